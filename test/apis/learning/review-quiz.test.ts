import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { clean } from "../../../src/realtime/fields";
import { COURSE, School } from "./fixture";

const CANARY = "the-right-one-7f3a";
const QUIZ = {
  id: "quiz123",
  title: "Joins",
  pass_score: 66.7,
  questions: [
    { id: "q1", prompt: "One?", choices: ["a", CANARY], answer: CANARY },
    { id: 2, prompt: "Two?", choices: ["a", "b"], answer: "b" },
    { id: "q3", prompt: "Three?", choices: ["a", "b", "c"], answer: "c" },
  ],
};

const make = (school: School, quiz: unknown = QUIZ, who = "teacher") =>
  school.call(who, `/courses/${COURSE}/quizzes`, quiz);
const submit = (school: School, who: string, answers: unknown, quiz = "quiz123") =>
  school.call(who, `/quizzes/${quiz}/submissions`, { answers });

test("answers reach nobody but those who teach the course", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  await make(school);
  await school.call("ann", `/courses/${COURSE}/enroll`, {});
  const ann = await school.inCourse("ann");
  const answers: unknown[] = [];
  for (const who of ["ann", "bob", "other_teacher"]) {
    for (const [path, json, method] of [
      ["/quizzes/quiz123"],
      ["/courses"],
      [`/courses/${COURSE}`],
      ["/quizzes/quiz123/submissions"],
      ["/quizzes/quiz123/submissions", { answers: { q1: "a", 2: "b", q3: "b" } }],
      ["/quizzes/quiz123/submissions", { answers: { q1: "wrong" } }],
      ["/quizzes/quiz123/submissions", { answers: { q9: "a" } }],
      [`/courses/${COURSE}/quizzes`, QUIZ],
      ["/courses/course123", { title: "x" }, "PATCH"],
    ] as [string, unknown?, string?][]) {
      answers.push((await school.call(who, path, json, method)).body);
    }
  }
  answers.push(await ann.rest());
  const text = JSON.stringify(answers);
  // The choice itself is shown; which one is right is not.
  expect(text).toContain(CANARY);
  expect(text).not.toContain('"answer"');
  for (const who of ["teacher", "boss", "key"]) {
    expect(JSON.stringify(await school.call(who, "/quizzes/quiz123"))).toContain(`"answer":"${CANARY}"`);
  }
});

test("answers of the wrong type are refused and store nothing", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  await make(school);
  for (const answers of [undefined, null, "a", 5, true, { q1: 1 }, { q1: null }, { q1: ["a"] }, { q9: "a" }]) {
    expect(await submit(school, "ann", answers)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("answers") },
    });
  }
  expect((await school.call("ann", "/quizzes/quiz123/submissions")).body.data).toEqual([]);
});

test("a list of answers is no object of answers", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  await make(school);
  expect((await submit(school, "ann", [])).status).toBe(400);
  expect((await school.call("ann", "/quizzes/quiz123/submissions")).body.data).toEqual([]);
});

test("whatever id a question was given, its answer counts", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  for (const [index, id] of ["a.b", "0", "🦉", "toString", "constructor", "prototype", "__proto__"].entries()) {
    const quiz = await make(school, {
      id: `quiz-${index}`,
      title: "A",
      pass_score: 50,
      questions: [{ id, prompt: "?", choices: ["x", "y"], answer: "y" }],
    });
    // Refusing such an id would do as well.
    if (quiz.status === 400) continue;
    const answer = await school.server.call("learning", `/api/v1/quizzes/quiz-${index}/submissions`, {
      method: "POST",
      token: await school.token("ann"),
      headers: { "content-type": "application/json" },
      body: `{"answers":{${JSON.stringify(id)}:"y"}}`,
    });
    expect([id, answer.body]).toMatchObject([id, { data: { score: 100, passed: true } }]);
  }
});

test("cleaning text a second time changes nothing, so that a choice or an id that was shown can be sent back", () => {
  const unit = fc.constantFrom("e", "\u0301", "\u200e", "\u202e", "\u0000", " ", "\n", "가", "\u1100", "\u1161", "x");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      expect(clean(clean(text))).toBe(clean(text));
    }),
  );
});

test("a try that cannot be stored is answered as unavailable, and told to nobody", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  await make(school);
  const teacher = await school.inCourse("teacher");
  const other = new Database(join(school.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  const answer = await submit(school, "ann", { q1: "a" });
  other.run("COMMIT");
  other.close();
  expect(await teacher.rest()).toEqual([]);
  expect((await school.call("ann", "/quizzes/quiz123/submissions")).body.data).toEqual([]);
  expect(answer.status).toBe(503);
});
