import { tokenOf } from "../place";
import { type Pledge, pairs } from "./pledge";

const QUESTION = { id: "q", prompt: "Which?", choices: ["a", "b"], answer: "a" };

/** Courses, who is in them, their reviews, their quizzes and every try at one. */
export const courses: Pledge = {
  name: "courses, enrollments, quizzes",
  async visit({ place, user, random, ledger, isOver }) {
    const teacher = await tokenOf(user, "instructor");
    const post = (path: string, json: object, as = teacher) =>
      place.call("learning", "POST", `/api/v1${path}`, as, json);
    for (let n = 0; !place.isGone && !isOver(); n++) {
      const [course, quiz, student] = [`course-${user}-${n}`, `quiz-${user}-${n}`, `${user}-student-${n}`];
      const as = await tokenOf(student);
      if (await post("/courses", { id: course, title: "A course" })) ledger.note(`course ${course}`, 1);
      if (await post(`/courses/${course}/enroll`, {}, as)) ledger.note(`enrollment ${course} ${student}`, 1);
      const made = await post(`/courses/${course}/quizzes`, {
        id: quiz,
        title: "A quiz",
        pass_score: 50,
        questions: [QUESTION],
      });
      if (made) ledger.note(`quiz ${quiz}`, 1);
      for (let attempt = 1; attempt <= 2; attempt++) {
        if (await post(`/quizzes/${quiz}/submissions`, { answers: { q: "a" } }, as))
          ledger.note(`tries ${quiz}`, attempt);
      }
      if (await post(`/courses/${course}/reviews`, { rating: 5, comment: "Good" }, as))
        ledger.note(`review ${course}`, 1);
      await Bun.sleep(random.whole(20, 200));
    }
  },
  stored: (db) =>
    pairs(
      db,
      `SELECT 'course ' || id, 1 FROM learning_courses
       UNION ALL SELECT 'enrollment ' || course_id || ' ' || user_id, 1 FROM learning_enrollments
       UNION ALL SELECT 'quiz ' || id, 1 FROM learning_quizzes
       UNION ALL SELECT 'tries ' || quiz_id, count(*) FROM learning_submissions GROUP BY quiz_id
       UNION ALL SELECT 'review ' || course_id, 1 FROM learning_reviews`,
    ),
};
