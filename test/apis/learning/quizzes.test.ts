import { expect, test } from "bun:test";
import fc from "fast-check";
import { mark } from "../../../src/apis/learning/quizzes";
import { Refusal } from "../../../src/refusal";
import { COURSE, School } from "./fixture";

const QUIZ = {
  id: "quiz123",
  title: "Joins",
  pass_score: 66.7,
  questions: [
    { id: "q1", prompt: "1 + 1?", choices: ["1", "2"], answer: "2" },
    { id: "q2", prompt: "2 + 2?", choices: ["4", "5"], answer: "4" },
    { id: "q3", prompt: "3 + 3?", choices: ["5", "6"], answer: "6" },
  ],
};

async function withQuiz(): Promise<School> {
  const school = await School.start();
  await school.enroll("ann");
  expect(await school.call("teacher", `/courses/${COURSE}/quizzes`, QUIZ)).toMatchObject({ status: 201 });
  return school;
}

test("the server marks a try, answers with the score, and tells the instructor", async () => {
  await using school = await withQuiz();
  const [teacher, student] = [await school.inCourse("teacher"), await school.inCourse("ann")];
  const submit = (answers: unknown, who = "ann") => school.call(who, "/quizzes/quiz123/submissions", { answers });
  const tried = await submit({ q1: "2", q2: "4", q3: "5" });
  expect(tried).toMatchObject({ status: 201, body: { data: { user_id: "ann", score: 66.7, passed: true } } });
  expect((await submit({ q1: "2" })).body.data).toMatchObject({ score: 33.3, passed: false });
  expect((await submit({})).body.data).toMatchObject({ score: 0, passed: false });
  const result = { user_id: "ann", quiz_id: "quiz123" };
  expect(await teacher.rest()).toEqual([
    { event: "quiz_submission", payload: { ...result, score: 66.7, passed: true } },
    { event: "quiz_submission", payload: { ...result, score: 33.3, passed: false } },
    { event: "quiz_submission", payload: { ...result, score: 0, passed: false } },
  ]);
  expect(await student.rest()).toEqual([]);

  for (const [answers, message] of [
    [{ q1: "3" }, "answers.q1 is none of the choices"],
    [{ q9: "2" }, "answers.q9 answers no question of this quiz"],
    [{ q1: 2 }, "answers.q1 must be a string"],
    ["2", "answers must be an object"],
    [undefined, "answers is required"],
  ] as const) {
    expect(await submit(answers)).toMatchObject({ status: 400, body: { message } });
  }
  expect(await submit({}, "bob")).toMatchObject({ status: 403 });
  expect(await school.call("ann", "/quizzes/nothing/submissions", { answers: {} })).toMatchObject({ status: 404 });
  expect((await teacher.rest()).length).toBe(3);
});

test("students never see an answer; who teaches does", async () => {
  await using school = await withQuiz();
  const own = await school.call("ann", "/quizzes/quiz123");
  expect(own.body.data).toMatchObject({ id: "quiz123", course_id: COURSE, pass_score: 66.7 });
  expect((own.body.data as typeof QUIZ).questions).toEqual(
    QUIZ.questions.map(({ id, prompt, choices }) => ({ id, prompt, choices })) as never,
  );
  const tried = await school.call("ann", "/quizzes/quiz123/submissions", { answers: { q1: "1" } });
  const course = await school.call("ann", `/courses/${COURSE}`);
  for (const { body } of [own, tried, course]) expect(JSON.stringify(body)).not.toContain('"answer"');
  expect(course.body.data).toMatchObject({ quizzes: [{ id: "quiz123", title: "Joins", pass_score: 66.7 }] });
  for (const who of ["teacher", "boss", "key"]) {
    expect((await school.call(who, "/quizzes/quiz123")).body.data).toMatchObject({ questions: QUIZ.questions });
  }
  for (const who of ["bob", "other_teacher"]) {
    expect(await school.call(who, "/quizzes/quiz123")).toMatchObject({ status: 403 });
  }
});

test("one sees one's own tries, the instructor everybody's, newest first, a hundred of each student", async () => {
  await using school = await withQuiz();
  await school.enroll("bob");
  const path = "/quizzes/quiz123/submissions";
  await school.call("bob", path, { answers: { q2: "4" } });
  for (let n = 0; n < 101; n++) {
    await school.call("ann", path, { answers: n === 100 ? { q1: "2" } : {} });
    await school.clock.advance(50);
  }
  const own = (await school.call("ann", path)).body.data as { user_id: string; score: number }[];
  expect(own.length).toBe(100);
  expect(own[0]).toMatchObject({ user_id: "ann", score: 33.3 });
  const all = (await school.call("teacher", path)).body.data as { user_id: string }[];
  expect(all.filter(({ user_id }) => user_id === "bob")).toHaveLength(1);
  expect(all.length).toBe(101);
  expect((await school.call("teacher", `${path}?limit=1`)).body.data).toEqual([own[0]] as never);
});

test("a quiz that makes no sense is refused, and says where", async () => {
  await using school = await withQuiz();
  const [question] = QUIZ.questions;
  for (const [change, message] of [
    [{ id: "quiz123" }, "id is taken"],
    [{ pass_score: 101 }, "pass_score must be at most 100"],
    [{ questions: [] }, "questions needs at least 1"],
    [{ questions: [{ ...question, answer: "7" }] }, "questions.0 has an answer that is none of its choices"],
    [{ questions: [{ ...question, choices: ["2"] }] }, "questions.0.choices needs at least 2"],
    [{ questions: [{ ...question, choices: ["2", "2"] }] }, "questions.0 has the same choice twice"],
    [{ questions: [question, question] }, "questions have the same id twice"],
    [{ questions: [{ ...question, prompt: undefined }] }, "questions.0.prompt is required"],
  ] as const) {
    const { status, body } = await school.call("teacher", `/courses/${COURSE}/quizzes`, {
      ...QUIZ,
      id: "other",
      ...change,
    });
    expect([status >= 400 && status < 500, body]).toEqual([true, { message }]);
  }
  for (const who of ["ann", "other_teacher"]) {
    expect(await school.call(who, `/courses/${COURSE}/quizzes`, QUIZ)).toMatchObject({ status: 403 });
  }
});

test("a score is the share of right answers with one decimal, whatever is answered", () => {
  const question = (n: number) => ({ id: `q${n}`, prompt: "?", choices: ["a", "b", "c"], answer: "abc"[n % 3] ?? "a" });
  const tries = fc.array(fc.constantFrom("a", "b", "c", undefined), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(tries, fc.double({ min: 0, max: 100, noNaN: true }), (choices, passScore) => {
      const questions = choices.map((_, n) => question(n));
      const given = choices.flatMap((choice, n) => (choice === undefined ? [] : [[`q${n}`, choice]]));
      const right = choices.filter((choice, n) => choice === questions[n]?.answer).length;
      const { score, passed } = mark(questions, passScore, Object.fromEntries(given));
      expect(Math.abs(score - (100 * right) / choices.length)).toBeLessThanOrEqual(0.05 + 1e-9);
      expect(score).toBe(Number(score.toFixed(1)));
      expect(passed).toBe(score >= passScore);
      expect(score === 100).toBe(right === choices.length);
    }),
  );
  expect(() => mark([question(0)], 50, { other: "a" })).toThrow(Refusal);
});
