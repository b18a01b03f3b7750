// Courses, students and what they say.

export const COURSES = [
  { id: "course123", title: "Databases without tears", description: "From the first SELECT to sleeping well." },
  { id: "abc123", title: "JavaScript for people with hobbies", description: "One language, most of its traps." },
] as const;

export const VIDEOS = [
  { course: "course123", id: "video123", title: "Why your query is slow", seconds: 600 },
  { course: "course123", id: "video124", title: "Indexes, or: knowing where things are", seconds: 840 },
  { course: "abc123", id: "video125", title: "Promises, and how to keep them", seconds: 720 },
] as const;

export const QUIZZES = [
  {
    course: "course123",
    id: "quiz123",
    title: "Are you afraid of JOIN?",
    questions: [
      { id: "q1", prompt: "What does an index cost?", choices: ["Nothing", "Writes", "A kidney"], answer: "Writes" },
      { id: "q2", prompt: "NULL = NULL is", choices: ["true", "false", "unknown"], answer: "unknown" },
      {
        id: "q3",
        prompt: "A backup is",
        choices: ["a restore that was tried", "a feeling"],
        answer: "a restore that was tried",
      },
    ],
  },
  {
    course: "abc123",
    id: "quiz124",
    title: "Equal, or equal equal?",
    questions: [
      { id: "q1", prompt: "typeof null is", choices: ["null", "object", "a mystery"], answer: "object" },
      { id: "q2", prompt: "0.1 + 0.2 is", choices: ["0.3", "about 0.3"], answer: "about 0.3" },
    ],
  },
] as const;

export const DESCRIPTIONS: readonly string[] = [
  "From the first SELECT to sleeping well.",
  "From the first SELECT to sleeping well. Now with subtitles.",
  "From the first SELECT to sleeping well. Bring a snack for chapter 4.",
];

export const FIRST_NAMES: readonly string[] = [
  ...["amir", "bea", "chidi", "dana", "elif", "finn", "grace", "hugo", "ines", "jonas"],
  ...["kaya", "liam", "mina", "noah", "olga", "pablo", "quinn", "ruth", "sami", "tess"],
];
export const LAST_NAMES: readonly string[] = ["berg", "costa", "diaz", "evans", "fischer", "garcia", "hansen", "ito"];

/** What students ask, and what the instructor answers. */
export const QUESTIONS: readonly (readonly [question: string, answer: string])[] = [
  ["why is it called a B-tree?", "Nobody knows, and the inventor enjoyed that."],
  ["my query takes 40 seconds, is that slow?", "For a sourdough, no. For a query, add an index."],
  ["can I use a spreadsheet instead?", "You can also use a spoon to dig a tunnel."],
  ["what is the difference between WHERE and HAVING?", "WHERE is before the party, HAVING after it."],
  ["do I have to learn all of this for the exam?", "Only what will be asked. So yes."],
  ["at 4:20, is that a typo?", "Well spotted. It is a feature until Friday."],
  ["is NoSQL better?", "Better at what? That is lesson 9."],
  ["my laptop is on fire", "Then write quickly: what did EXPLAIN say?"],
];

export const REMARKS: readonly string[] = [
  "ohhh now I get it",
  "watching this at 1.5x, he sounds like a goose",
  "pause, coffee",
  "this is the best explanation so far",
  "I have rewound this part four times",
  "same here",
];

/** To a question that is in no script: whoever looks at the demo may ask one. */
export const ANSWERS: readonly string[] = [
  "Good question! The short answer is yes, the long one is lesson 12.",
  "I was hoping somebody would ask. It depends.",
  "Try it and tell us what happens. Not in production.",
];

export const REVIEWS: readonly (readonly [rating: number, comment: string])[] = [
  [5, "I laughed, I cried, I normalised."],
  [5, "My queries are fast and my skin is clear."],
  [4, "Great, but the goose was never explained."],
  [4, "Would have liked more indexes on the index lesson."],
  [3, "Too much coffee in the background."],
  [5, "Finally somebody who explains NULL without sighing."],
];
