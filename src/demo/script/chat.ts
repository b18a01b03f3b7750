// What is said in the stream's chat: dialogues, whose speakers are numbered, and lines that need no answer.

export type Dialogue = readonly (readonly [speaker: number, line: string])[];

/** Speaker 0 is the streamer. */
export const DIALOGUES: readonly Dialogue[] = [
  [
    [1, "how many turnips is that now"],
    [0, "four hundred and twelve. I have a system"],
    [2, "the system is panic"],
    [0, "the system is organised panic"],
  ],
  [
    [1, "wait did you SELL the watering can"],
    [0, "I needed 40 coins"],
    [2, "for what"],
    [0, "a new watering can"],
    [3, "😂😂😂"],
  ],
  [
    [1, "first time here, what is the goal of this game?"],
    [2, "grow turnips, avoid the goose"],
    [1, "what does the goose do"],
    [3, "you will know"],
    [0, "we do not say its name while it can hear us"],
  ],
  [
    [1, "my cat just sat on the keyboard and bought a season pass"],
    [2, "cat has taste"],
    [1, "cat has my credit card"],
  ],
  [
    [0, "okay chat, left barn or right barn?"],
    [1, "left"],
    [2, "right"],
    [3, "burn both"],
    [0, "left it is. nobody tell the insurance"],
  ],
  [
    [1, "the goose is behind you"],
    [0, "very funny"],
    [2, "no really"],
    [0, "OH NO"],
    [3, "every single time 💀"],
  ],
  [
    [1, "is the stream lagging or is it just me?"],
    [2, "just you"],
    [3, "it is fine here"],
    [1, "ok I am on hotel wifi with 40 other people watching this"],
  ],
  [
    [1, "what is the world record for this?"],
    [0, "1:42:07, by a retired dentist from Oslo"],
    [2, "you are at 3 hours"],
    [0, "I am savouring it"],
  ],
  [
    [1, "can you say happy birthday to my sister?"],
    [0, "happy birthday, sister! how old?"],
    [1, "she says that is classified"],
    [0, "so 29 again, good"],
  ],
  [
    [1, "did anybody else hear a microwave"],
    [0, "that is my dinner. it has been calling me for an hour"],
    [2, "GO EAT"],
    [3, "eat captain eat"],
  ],
  [
    [1, "I finally finished my thesis today!!"],
    [2, "congrats!! 🎉"],
    [3, "what was it about"],
    [1, "turnips, actually"],
    [0, "you are hired"],
  ],
  [
    [1, "explain the economy of this village please"],
    [0, "I grow turnips. the mayor taxes turnips. the goose eats the mayor's turnips"],
    [2, "so the goose is the central bank"],
    [0, "the goose IS the central bank"],
  ],
  [
    [1, "what keyboard is that? it sounds like rain"],
    [0, "it is raining, the window is open"],
    [1, "nice switches though"],
  ],
  [
    [1, "I have been muted by three streamers today, let's go for four"],
    [2, "we are a friendly chat"],
    [1, "rats"],
  ],
  [
    [1, "how do you stay awake this long"],
    [0, "fear"],
    [2, "and tea"],
    [0, "fear and tea"],
  ],
  [
    [1, "is there a save button in this game"],
    [0, "there was"],
    [2, "WAS?"],
    [0, "the goose"],
  ],
];

export const LINES: readonly string[] = [
  "hi everyone 👋",
  "gg",
  "just got home, what did I miss?",
  "that jump was illegal",
  "I came for the gameplay and stayed for the goose",
  "POG",
  "brb, the pasta is boiling over",
  "back. the pasta won",
  "this soundtrack has no right to be this good",
  "chat is moving so fast nobody will notice that I water my plants with sparkling water",
  "my boss is in this chat, hi Karen",
  "0 deaths since two minutes, new record",
  "somebody clip that!!",
  "the turnip was innocent",
  "I should be asleep",
  "same",
  "who else is watching from work",
  "that was so close 😱",
  "never trust a scarecrow that blinks",
  "I bet five imaginary coins on the goose",
  "W",
  "how is it already midnight",
  "petition to rename the goose Gerald",
  "Gerald is watching you",
  "love this chat ❤️",
  "the mayor is so suspicious",
  "my dog barks every time the rooster crows",
  "pause, I need a snack",
  "you can not pause life",
  "okay THAT was skill",
  "okay that was luck",
  "lag? or art?",
  "hydration check 💧",
  "posture check, everybody",
  "I just sat up so fast",
  "new here, is it always like this?",
  "it is always like this",
];

/** What the streamer says by himself. */
export const MUSINGS: readonly string[] = [
  "okay. new plan. same as the old plan, but with confidence",
  "if I stand very still the goose can not see me",
  "thank you all for being here, even you in the back",
  "that was on purpose",
  "do not try this with real turnips",
  "we are now officially behind schedule",
  "I would like to thank my sponsor, the colour green",
  "one more run and then bed. I mean it this time",
];

/** To somebody who is not of the cast: it may be whoever is looking at the demo. */
export const GREETINGS: readonly string[] = [
  "hey {name}, welcome! 👋",
  "{name} is here! now we can start",
  "oh, a new voice. hi {name}!",
  "{name} gets it",
  "what {name} said",
  "+1 {name}",
];

export const TROLLING: readonly string[] = [
  "THE GOOSE WINS IN THE END, SPOILER!!!",
  "FREE TURNIPS at totally-not-a-scam.example 🥕🥕🥕",
  "actually it is not a turnip, it is a rutabaga",
  "first",
  "boooooring",
  "my little brother plays this better with his feet",
  "SPAM SPAM SPAM SPAM",
  "why is nobody answering me",
  "I paid for this stream (I did not)",
  "mods asleep, post geese 🪿🪿🪿🪿🪿",
];

export const WARNINGS: readonly string[] = [
  "{name}, one more and you sit in the barn",
  "let's keep it friendly please, {name}",
  "{name}: no ads, no spoilers, no geese. rule 3",
];

export const RELIEF: readonly string[] = [
  "thank you Maude 🙏",
  "and peace returned to the village",
  "Maude never sleeps",
  "banhammer 🔨",
];

export const TITLES: readonly string[] = [
  "Turnip Tycoon: any% (goose allowed)",
  "Turnip Tycoon: no-watering-can challenge",
  "Just chatting while the crops grow",
  "Midnight harvest, part 7 of 3",
  "We build a barn and nobody gets hurt",
];

export const EMOJI: readonly string[] = ["👍", "😂", "❤️", "🔥", "🎉", "😱", "🥕", "🪿", "👏", "💀"];

/** Fills in who is meant. */
export function addressed(line: string, name: string): string {
  return line.replaceAll("{name}", name);
}
