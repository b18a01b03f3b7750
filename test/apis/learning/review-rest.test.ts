import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { FakeClock } from "../../clock";
import { COURSE, School, VIDEO } from "./fixture";

const ODD_IDS = [
  "1_2",
  "a b",
  "a/b",
  "a%2Fb",
  "a%b",
  "%",
  "a?b#c",
  "🦉",
  "é",
  "..a",
  "a\\b",
  "'; DROP TABLE x; --",
  "__proto__",
  "constructor",
  "0",
  "-1",
  "null",
];

test("whatever id a course was given, its routes and rooms work with it", async () => {
  await using school = await School.start();
  for (const id of ODD_IDS) {
    await school.clock.advance(1_000);
    expect([id, (await school.call("teacher", "/courses", { id, title: "T" })).body]).toMatchObject([
      id,
      { data: { id } },
    ]);
    const path = `/courses/${encodeURIComponent(id)}`;
    expect(await school.call("ann", path)).toMatchObject({ status: 200, body: { data: { id } } });
    expect(await school.call("teacher", `${path}/videos`, { id, title: "V", duration_seconds: 1 })).toMatchObject({
      status: 201,
      body: { data: { id, course_id: id } },
    });
    expect(await school.call("ann", `${path}/enroll`, {})).toMatchObject({ status: 201 });
    const ann = await school.inCourse("ann", id);
    expect(await ann.ask("video_progress", { video_id: id, course_id: id, progress: 1, timestamp: 1 })).toEqual({
      success: true,
    });
    expect((await school.call("ann", `/videos/${encodeURIComponent(id)}/progress`)).body.data).toMatchObject({
      video_id: id,
      percent_complete: 1,
    });
    ann.close();
  }
});

test("an id is the same however it was sent: what is answered can be asked for", async () => {
  await using school = await School.start();
  for (const sent of [5, " x ", "y\u0000", "\u202ez", "e\u0301", "a\u200e\u0301"]) {
    const { body } = await school.call("teacher", "/courses", { id: sent, title: "T" });
    const { id } = body.data as { id: string };
    expect([sent, await school.call("ann", `/courses/${encodeURIComponent(id)}`)]).toMatchObject([
      sent,
      { status: 200, body: { data: { id } } },
    ]);
  }
});

test("ids that are none are refused, naming the field", async () => {
  await using school = await School.start();
  for (const id of ["", " ", "\u0000", "x".repeat(129), null, 1.5, true, {}, [], ["a"], 2 ** 60]) {
    expect([id, await school.call("boss", "/courses", { id, title: "T" })]).toMatchObject([
      id,
      { status: 400, body: { message: expect.stringMatching(/^id /) } },
    ]);
  }
  expect((await school.call("boss", `/courses/${"x".repeat(129)}`)).status).toBe(400);
});

test("bodies that are none are refused on every writing route, and nothing is written", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  await school.call("teacher", `/courses/${COURSE}/quizzes`, {
    id: "quiz123",
    title: "Q",
    pass_score: 1,
    questions: [{ id: "q", prompt: "?", choices: ["a", "b"], answer: "a" }],
  });
  const before = await counts(school);
  for (const [who, method, path] of [
    ["boss", "POST", "/courses"],
    ["boss", "PATCH", `/courses/${COURSE}`],
    ["bob", "POST", `/courses/${COURSE}/enroll`],
    ["ann", "POST", `/courses/${COURSE}/reviews`],
    ["boss", "POST", `/courses/${COURSE}/videos`],
    ["boss", "POST", `/courses/${COURSE}/quizzes`],
    ["ann", "POST", "/quizzes/quiz123/submissions"],
  ] as const) {
    for (const [type, body, status] of [
      ["application/json", "{", 400],
      ["application/json", '{"title":"\xff', 400],
      ["application/json", "[]", 400],
      ["application/json", "null", 400],
      ["application/json", '"x"', 400],
      ["application/json", `{"title":${"[".repeat(100)}${"]".repeat(100)}}`, 400],
      ["text/plain", "{}", 415],
      ["application/x-www-form-urlencoded", "title=x", 415],
      ["application/json", `{"title":"${"x".repeat(1 << 20)}"}`, 413],
    ] as const) {
      await school.clock.advance(1_000);
      const answer = await school.server.call("learning", `/api/v1${path}`, {
        method,
        body,
        token: await school.token(who),
        headers: { "content-type": type },
      });
      expect([path, body.slice(0, 20), answer.status, answer.body]).toEqual([
        path,
        body.slice(0, 20),
        status,
        { message: expect.stringMatching(/body|title|answers|rating|questions|pass_score/) },
      ]);
    }
  }
  expect(await counts(school)).toEqual(before);
});

async function counts(school: School) {
  const db = new Database(join(school.server.folder, "headend.db"), { readonly: true });
  const tables = ["courses", "videos", "enrollments", "reviews", "quizzes", "submissions", "watched"];
  const found = tables.map((table) => db.query(`SELECT count(*) AS n FROM learning_${table}`).get());
  db.close();
  return found;
}

test("an empty body is none, whatever type it is said to have", async () => {
  await using school = await School.start();
  for (const [who, headers] of [
    ["ann", {}],
    ["bob", { "content-type": "application/json" }],
  ] as const) {
    const { status } = await school.server.call("learning", `/api/v1/courses/${COURSE}/enroll`, {
      method: "POST",
      token: await school.token(who),
      headers,
    });
    expect([who, status]).toEqual([who, 201]);
  }
});

test("an unknown route says so once", async () => {
  await using school = await School.start();
  const { status, body } = await school.call("ann", "/nothing");
  expect(status).toBe(404);
  expect(body.message).toBe("Not found: GET /api/v1/nothing");
});

test("what is not there is not found, on every route, and looks the same to everybody", async () => {
  await using school = await School.start();
  for (const who of ["ann", "teacher", "boss"]) {
    for (const path of [
      "/courses/x",
      "/courses/x/students",
      "/courses/x/progress",
      "/videos/x/progress",
      "/quizzes/x",
    ]) {
      const answer = await school.call(who, path);
      expect(answer).toMatchObject({
        status: 404,
        body: { message: expect.stringMatching(/^Not found: there is no/) },
      });
    }
  }
});

test("payloads of every event: any JSON is answered, and nothing is thrown", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  const events = [
    "join_course",
    "leave_course",
    "join_video",
    "leave_video",
    "video_progress",
    "send_chat_message",
    "delete_chat_message",
  ];
  const field = fc.constantFrom("video_id", "course_id", "progress", "timestamp", "message", "client_id", "message_id");
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom<unknown>(
      VIDEO,
      COURSE,
      0,
      -1,
      101,
      1e308,
      "50",
      "\u0000",
      "x".repeat(3_000),
      "\ud800",
      "🦉",
      "a/b",
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...events),
      fc.oneof(fc.dictionary(field, value), value),
      async (event, payload) => {
        school.clock.pass(1_000);
        const answer = ann.ask(event, payload);
        await ann.ask("no such event");
        await school.clock.advance(50);
        expect((await answer).success).toBeBoolean();
        expect((await answer).code).not.toBe("internal");
      },
    ),
    { numRuns: 150 },
  );
  expect(school.server.log.filter(({ level }) => level === "error" || level === 50)).toEqual([]);
});

test("figures out of range are refused, and store and tell nothing", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const [ann, teacher] = [await school.user("ann"), await school.inCourse("teacher")];
  await school.call("teacher", "/courses", { id: "second", title: "Second" });
  const second = await school.inCourse("teacher", "second");
  const good = { video_id: VIDEO, course_id: COURSE, progress: 5, timestamp: 5 };
  for (const [change, field] of [
    [{ progress: -1 }, "progress"],
    [{ progress: 100.1 }, "progress"],
    [{ progress: "5" }, "progress"],
    [{ progress: null }, "progress"],
    [{ timestamp: -0.1 }, "timestamp"],
    [{ timestamp: "5" }, "timestamp"],
    [{ timestamp: undefined }, "timestamp"],
    [{ course_id: undefined }, "course_id"],
    [{ course_id: "second" }, "course_id"],
    [{ course_id: "nowhere" }, "course_id"],
    [{ video_id: undefined }, "video_id"],
    [{ video_id: "nowhere" }, "video_id"],
  ] as const) {
    school.clock.pass(1_000);
    expect(await ann.ask("video_progress", { ...good, ...change })).toMatchObject({
      success: false,
      details: { field },
    });
  }
  await school.clock.advance(12_000);
  expect(await teacher.rest()).toEqual([]);
  expect(await second.rest()).toEqual([]);
});

test("somebody who is deleted while the disk is full does not come back with the next flush", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const { accounts, store } = school.server.app.house;
  const client = (store.db as unknown as { $client: Database }).$client;
  const videos = Array.from({ length: 30 }, (_, index) => `${"v".repeat(120)}${index}`);
  for (const id of videos)
    await school.call("key", `/courses/${COURSE}/videos`, { id, title: "V", duration_seconds: 1 });
  const ann = await school.user("ann");
  for (const video of videos) expect(await school.report(ann, 5, 5, video)).toEqual({ success: true });
  await accounts.remove("ann");
  client.run("PRAGMA max_page_count = 1");
  await school.clock.advance(3_000);
  client.run("PRAGMA max_page_count = 1073741823");
  await school.clock.advance(12_000);
  expect((await school.call("teacher", `/courses/${COURSE}/students`)).body.data).toEqual([]);
  expect((await school.call("teacher", `/courses/${COURSE}/progress`)).body.data).toHaveLength(0);
});

test("what a locked database cannot take is answered as unavailable and told to nobody", async () => {
  await using school = await School.start({}, new FakeClock());
  await school.enroll("ann");
  const teacher = await school.inCourse("teacher");
  const db = new Database(join(school.server.folder, "headend.db"));
  db.run("BEGIN IMMEDIATE");
  const answers = [
    await school.call("bob", `/courses/${COURSE}/enroll`, {}),
    await school.call("ann", `/courses/${COURSE}/reviews`, { rating: 5, comment: "Good" }),
    await school.call("teacher", `/courses/${COURSE}`, { title: "New" }, "PATCH"),
    await school.call("teacher", "/courses", { id: "new", title: "New" }),
  ];
  db.run("COMMIT");
  db.close();
  expect(await teacher.rest()).toEqual([]);
  const bob = await school.user("bob");
  expect(await bob.ask("join_course", { course_id: COURSE })).toMatchObject({ code: "permission_denied" });
  expect((await school.call("ann", `/courses/${COURSE}`)).body.data).toMatchObject({ title: "Databases" });
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
});

test("user and time in a payload count for nothing", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const teacher = await school.inCourse("teacher");
  const ann = await school.user("ann");
  await ann.ask("video_progress", { video_id: VIDEO, course_id: COURSE, progress: 5, timestamp: 6, user_id: "bob" });
  expect(await teacher.next("student_progress")).toEqual({
    user_id: "ann",
    video_id: VIDEO,
    progress: 5,
    timestamp: 6,
  });
  expect(
    (
      await school.call("ann", `/courses/${COURSE}/reviews`, {
        rating: 1,
        comment: "x",
        user_id: "bob",
        user_email: "b",
      })
    ).body.data,
  ).toMatchObject({ user_id: "ann", user_email: "ann@example.com" });
  expect(await teacher.next("new_review")).toEqual({ user_email: "ann@example.com", rating: 1, comment: "x" });
});

test("names that hide characters are shown without them", async () => {
  await using school = await School.start();
  const token = await school.token("eve", { email: "\u202emoc.elpmaxe@nna\n\u0000" });
  const teacher = await school.inCourse("teacher");
  await school.server.call("learning", `/api/v1/courses/${COURSE}/enroll`, { token, method: "POST" });
  const { user_email } = await teacher.next<{ user_email: string }>("new_enrollment");
  for (const hidden of ["\u202e", "\n", "\u0000"]) expect(user_email).not.toContain(hidden);
});

test("the key counts as a bearer too", async () => {
  await using school = await School.start();
  const answer = await school.server.call("learning", `/api/v1/courses/${COURSE}/enroll`, {
    headers: { authorization: `Bearer a-key-of-the-tests-with-32-characters-or-more` },
    json: { user_id: "carl" },
  });
  expect(answer.status).toBe(201);
});
