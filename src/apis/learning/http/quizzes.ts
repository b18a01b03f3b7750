import * as v from "valibot";
import type { Identity } from "../../../domain/tokens/identity";
import { anyObject } from "../../../http/body";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { amount, id, line, text } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { demandAdded } from "../catalogue";
import { mark } from "../quizzes";
import { instructorRoom, showQuiz, showSubmission } from "../wire";
import type { LearningCallers, Parts } from "./parts";
import { listed, QUIZ, SUBMISSION } from "./shapes";

/** Of one course; more are a mistake of a program. */
const MAX_QUIZZES = 1_000;

const question = v.pipe(
  v.object({
    id: v.pipe(
      id(),
      // As names of members these mean something to JavaScript; an answer to them would be lost.
      v.check((text) => !["__proto__", "constructor", "prototype"].includes(text), "is a reserved word"),
    ),
    prompt: text(1, 2_000),
    choices: v.pipe(v.array(text(1, 500)), v.minLength(2), v.maxLength(20)),
    answer: text(1, 500),
  }),
  v.check(({ choices }) => new Set(choices).size === choices.length, "has the same choice twice"),
  v.check(({ choices, answer }) => choices.includes(answer), "has an answer that is none of its choices"),
);
const newQuiz = v.object({
  id: v.optional(id()),
  title: line(1, 256),
  pass_score: amount(0, 100),
  questions: v.pipe(
    v.array(question),
    v.minLength(1),
    v.maxLength(200),
    v.check((all) => new Set(all.map(({ id }) => id)).size === all.length, "have the same id twice"),
  ),
});
const submission = v.object({ answers: v.pipe(anyObject(), v.record(line(1, 128), text(1, 500))) });

export const quizRoutes = {
  addQuiz: route("POST /api/v1/courses/:course_id/quizzes", {
    summary: "Adds a quiz to a course; each answer is one of its question's choices.",
    access: "user or key",
    only: "the course's instructor or an admin",
    body: newQuiz,
    example: {
      title: "Flour",
      pass_score: 70,
      questions: [{ id: "q1", prompt: "What makes bread rise?", choices: ["yeast", "salt"], answer: "yeast" }],
    },
    answer: QUIZ,
    status: 201,
    refuses: ["not_found", "conflict"],
  }),
  getQuiz: route("GET /api/v1/quizzes/:quiz_id", {
    summary: "A quiz; its answers are for those who teach the course only.",
    access: "user or key",
    only: "the course's students and instructor, or an admin",
    answer: QUIZ,
    refuses: ["not_found"],
  }),
  submitQuiz: route("POST /api/v1/quizzes/:quiz_id/submissions", {
    summary: "Answers a quiz, by question; the server marks it, and those who teach hear `quiz_submission`.",
    access: "user",
    only: "the course's students and instructor, or an admin",
    body: submission,
    example: { answers: { q1: "yeast" } },
    answer: SUBMISSION,
    status: 201,
    refuses: ["not_found"],
  }),
  listSubmissions: route("GET /api/v1/quizzes/:quiz_id/submissions", {
    summary: "The caller's tries, newest first; everybody's for those who teach the course.",
    access: "user or key",
    only: "the course's students and instructor, or an admin",
    query: listed,
    answer: listOf(SUBMISSION),
    refuses: ["not_found"],
  }),
};

/** Quizzes and what students answered. */
export function quizHandlers({
  house: { clock },
  line: { publisher },
  quizzes,
  catalogue,
}: Parts): RouteHandlers<typeof quizRoutes, LearningCallers> {
  return {
    async addQuiz({ identity, params, body }) {
      const course = catalogue.courseOf(identity, params.course_id);
      const { id = Bun.randomUUIDv7(), title, pass_score, questions } = await body();
      const quiz = { id, courseId: course.id, title, passScore: pass_score, questions, createdAt: clock.now() };
      demandAdded(await quizzes.add(quiz, MAX_QUIZZES), MAX_QUIZZES);
      return showQuiz(quiz, true);
    },

    async getQuiz({ identity, params }) {
      const { quiz, course } = await quizOf(identity, params.quiz_id);
      return showQuiz(quiz, catalogue.teaches(identity, course));
    },

    async submitQuiz({ identity, params, body }) {
      const { quiz } = await quizOf(identity, params.quiz_id);
      const { answers } = await body();
      const { score, passed } = mark(quiz.questions, quiz.passScore, answers);
      const { userId } = identity;
      const submitted = { id: Bun.randomUUIDv7(), quizId: quiz.id, userId, score, passed, createdAt: clock.now() };
      await quizzes.submit(submitted);
      publisher.toRoom("/", instructorRoom(quiz.courseId), "quiz_submission", {
        user_id: userId,
        quiz_id: quiz.id,
        score,
        passed,
      });
      return showSubmission(submitted);
    },

    async listSubmissions(call) {
      const { identity } = call;
      const { quiz, course } = await quizOf(identity, call.params.quiz_id);
      const own = catalogue.teaches(identity, course) ? undefined : identity.userId;
      return (await quizzes.submissions(quiz.id, own, call.query)).map(showSubmission);
    },
  };

  /** A quiz and its course, for somebody who may take part in it. */
  async function quizOf(identity: Identity, quizId: string) {
    const quiz = await quizzes.find(quizId);
    if (!quiz) throw new Refusal("not_found", "there is no such quiz", { field: "quiz_id" });
    return { quiz, course: catalogue.courseFor(identity, quiz.courseId) };
  }
}
