import { expect, test } from "bun:test";
import type { Client } from "../../client";
import { COURSE, School, VIDEO } from "./fixture";

const PASSWORD = "a long password of the tests";

/** Somebody with an account here, signed in over REST. */
async function member(school: School, id: string, roles: string[] = []): Promise<string> {
  await school.server.app.house.accounts.add({ id, email: `${id}@example.com`, password: PASSWORD, roles });
  const { body } = await school.server.call("learning", "/api/v1/auth/login", {
    json: { email: `${id}@example.com`, password: PASSWORD },
  });
  return (body as { data: { access_token: string } }).data.access_token;
}

async function with_(school: School, token: string): Promise<Client> {
  const client = await school.server.connect("learning", { auth: { token } });
  await client.next("connected");
  return client;
}

const outcome = ({ success, code }: Record<string, unknown>) => (success === true ? "ok" : String(code));

test("every event, by who sends it", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  await school.call("other_teacher", "/courses", { id: "other", title: "Other" });
  const teacher = await school.inVideo("teacher");
  const { message_id } = await school.say(teacher, "Hello");
  const events = [
    ["join_course", { course_id: COURSE }],
    ["join_video", { video_id: VIDEO }],
    ["video_progress", { video_id: VIDEO, course_id: COURSE, progress: 1, timestamp: 1 }],
    ["send_chat_message", { video_id: VIDEO, message: "Hi" }],
    ["delete_chat_message", { video_id: VIDEO, message_id: "msg_none" }],
    ["leave_video", { video_id: VIDEO }],
    ["leave_course", { course_id: COURSE }],
  ] as const;
  const table: Record<string, string[]> = {};
  for (const who of ["stranger", "ann", "other_teacher", "teacher", "boss"]) {
    const client = await school.user(who);
    table[who] = [];
    for (const [event, payload] of events) {
      const answer = client.ask(event, payload);
      await client.ask("no such event");
      await school.clock.advance(50);
      table[who].push(outcome(await answer));
    }
    client.close();
  }
  const no = "permission_denied";
  const refused = [no, no, no, no, no, "ok", "ok"];
  expect(table).toEqual({
    stranger: refused,
    other_teacher: refused,
    ann: ["ok", "ok", "ok", "ok", no, "ok", "ok"],
    teacher: ["ok", "ok", "ok", "ok", "not_found", "ok", "ok"],
    boss: ["ok", "ok", "ok", "ok", "not_found", "ok", "ok"],
  });
  expect(message_id).toBeString();
});

test("every route, by who calls it", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const quiz = { title: "Q", pass_score: 1, questions: [{ id: "q", prompt: "?", choices: ["a", "b"], answer: "a" }] };
  await school.call("teacher", `/courses/${COURSE}/quizzes`, { id: "quiz123", ...quiz });
  const course = `/courses/${COURSE}`;
  const routes = [
    ["GET", "/courses"],
    ["POST", "/courses", { title: "Mine", instructor_id: "WHO" }],
    ["GET", course],
    ["PATCH", course, { title: "Databases" }],
    ["GET", `${course}/students`],
    ["GET", `${course}/progress`],
    ["POST", `${course}/videos`, { title: "V", duration_seconds: 1 }],
    ["POST", `${course}/quizzes`, quiz],
    ["POST", `${course}/reviews`, { rating: 5, comment: "Good" }],
    ["GET", "/quizzes/quiz123"],
    ["POST", "/quizzes/quiz123/submissions", { answers: {} }],
    ["GET", `/videos/${VIDEO}/progress`],
    ["POST", `${course}/enroll`, { user_id: "WHO" }],
  ] as const;
  const table: Record<string, number[]> = {};
  for (const who of ["nobody", "stranger", "ann", "other_teacher", "teacher", "boss", "key"]) {
    table[who] = [];
    for (const [method, path, body] of routes) {
      const json = body && JSON.parse(JSON.stringify(body).replace("WHO", who));
      const { status } =
        who === "nobody"
          ? await school.server.call("learning", `/api/v1${path}`, { json, method })
          : await school.call(who, path, json, method);
      table[who].push(status);
    }
  }
  expect(table).toEqual({
    nobody: routes.map(() => 401),
    stranger: [200, 403, 200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 201],
    ann: [200, 403, 200, 403, 403, 403, 403, 403, 201, 200, 201, 200, 200],
    other_teacher: [200, 201, 200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 201],
    teacher: [200, 201, 200, 200, 200, 200, 201, 201, 403, 200, 201, 200, 201],
    boss: [200, 201, 200, 200, 200, 200, 201, 201, 403, 200, 201, 200, 201],
    key: [200, 201, 200, 200, 200, 200, 201, 201, 403, 200, 401, 401, 201],
  });
});

test("an instructor's room is its own: what students do is seen by nobody else", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  await school.call("other_teacher", "/courses", { id: "other", title: "Other" });
  await school.call("key", `/courses/${COURSE}/enroll`, { user_id: "other_teacher" });
  const quiz = { title: "Q", pass_score: 1, questions: [{ id: "q", prompt: "?", choices: ["a", "b"], answer: "a" }] };
  await school.call("teacher", `/courses/${COURSE}/quizzes`, { id: "quiz123", ...quiz });
  const bob = await school.inCourse("bob");
  const other = await school.inCourse("other_teacher");
  await other.ask("join_course", { course_id: "other" });
  await other.next("joined_course");
  for (const client of [bob, other]) {
    for (const course_id of [`instructor_${COURSE}`, `instructor_${COURSE}\0`]) {
      expect(await client.ask("join_course", { course_id })).toMatchObject({ code: "not_found" });
    }
  }
  const ann = await school.user("ann");
  await school.report(ann, 5, 5);
  await school.call("ann", "/quizzes/quiz123/submissions", { answers: { q: "a" } });
  await school.clock.advance(10_000);
  expect(await bob.rest()).toEqual([]);
  expect(await other.rest()).toEqual([]);
});

test("courses whose ids look like rooms of others stay apart", async () => {
  await using school = await School.start();
  const ids = ["1", "1_2", "2", "course_1", "instructor_1", "video_1", "_", "1 2", "1/2", "🦉"];
  for (const id of ids) {
    await school.call("teacher", "/courses", { id, title: id });
    await school.call("teacher", `/courses/${encodeURIComponent(id)}/videos`, { id, title: id, duration_seconds: 1 });
  }
  for (const id of ids) {
    const listener = `listener of ${id}`;
    await school.call("key", `/courses/${encodeURIComponent(id)}/enroll`, { user_id: listener });
  }
  const clients = new Map<string, Client>();
  for (const id of ids) {
    const client = await school.inCourse(`listener of ${id}`, id);
    await client.ask("join_video", { video_id: id });
    await client.next("joined_video");
    await client.next("video_history");
    clients.set(id, client);
  }
  for (const id of ids) {
    expect(
      await school.call("teacher", `/courses/${encodeURIComponent(id)}`, { title: `new ${id}` }, "PATCH"),
    ).toMatchObject({ status: 200 });
    for (const [of, client] of clients) {
      const heard = await client.rest();
      if (of === id) expect(await client.next("course_updated")).toMatchObject({ course_id: id });
      else expect(heard).toEqual([]);
    }
  }
});

test("an admin who is one no longer hears no more of courses, within 2 s, and may do nothing there", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const { accounts } = school.server.app.house;
  const chief = await with_(school, await member(school, "chief", ["admin"]));
  const helper = await with_(school, await member(school, "helper", ["admin"]));
  await school.call("key", `/courses/${COURSE}/enroll`, { user_id: "helper" });
  for (const client of [chief, helper]) {
    for (const [event, payload] of [
      ["join_course", { course_id: COURSE }],
      ["join_video", { video_id: VIDEO }],
    ] as const) {
      expect(await client.ask(event, payload)).toEqual({ success: true });
    }
    for (const event of ["joined_course", "joined_video", "video_history"]) await client.next(event);
  }
  await chief.rest();
  await chief.next("user_joined_video");
  await accounts.setRoles("chief", []);
  await accounts.setRoles("helper", []);
  await school.clock.advance(2_000);
  const ann = await school.inVideo("ann");
  await school.report(ann, 5, 5);
  await school.say(ann, "Hello");
  await school.enroll("bob");
  await school.clock.advance(10_000);
  expect(await chief.rest()).toEqual([]);
  expect((await helper.rest()).map(({ event }) => event)).toEqual([
    "user_joined_video",
    "new_chat_message",
    "new_enrollment",
  ]);
  expect(await chief.ask("join_course", { course_id: COURSE })).toMatchObject({ code: "permission_denied" });
  expect(await helper.ask("delete_chat_message", { video_id: VIDEO, message_id: "x" })).toMatchObject({
    code: "permission_denied",
  });
});

test("a polling instructor hears everything that one with a websocket hears", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const transports = ["polling"];
  const clients = [await school.user("teacher", { transports }), await school.user("teacher")];
  for (const client of clients) {
    await client.ask("join_course", { course_id: COURSE });
    await client.ask("join_video", { video_id: VIDEO });
  }
  const ann = await school.inVideo("ann", VIDEO, { transports });
  await school.report(ann, 5, 5);
  await school.say(ann, "Hello");
  await school.enroll("bob");
  await school.call("ann", `/courses/${COURSE}/reviews`, { rating: 5, comment: "Good" });
  await school.call("teacher", `/courses/${COURSE}`, { title: "New" }, "PATCH");
  await school.clock.advance(10_000);
  const [polling, socket] = await Promise.all(clients.map((client) => client.rest()));
  expect(socket?.map(({ event }) => event)).toEqual([
    "joined_course",
    "joined_video",
    "video_history",
    "user_joined_video",
    "student_progress",
    "new_chat_message",
    "new_enrollment",
    "new_review",
    "course_updated",
    "progress_update",
  ]);
  expect(polling).toEqual(socket as never);
});

test("behind one port everything is the same under /learning", async () => {
  await using school = await School.start({ HEADEND_PORT: "0" });
  await school.enroll("ann");
  const { app } = school.server;
  expect(app.url("learning")).toEndWith("/learning");
  const path = "/learning/socket.io/";
  const origin = app.url("learning").slice(0, -"/learning".length);
  const connect = async (who: string) => {
    const { io } = await import("socket.io-client");
    const { Client } = await import("../../client");
    const socket = io(origin, {
      path,
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      auth: { token: await school.token(who) },
    });
    const client = new Client(socket);
    await client.next("connected");
    await client.ask("join_course", { course_id: COURSE });
    await client.next("joined_course");
    return client;
  };
  const [ann, teacher] = [await connect("ann"), await connect("teacher")];
  await school.report(ann, 5, 5);
  await school.enroll("bob");
  await school.clock.advance(10_000);
  expect((await teacher.rest()).map(({ event }) => event)).toEqual([
    "student_progress",
    "new_enrollment",
    "progress_update",
  ]);
  expect((await ann.rest()).map(({ event }) => event)).toEqual(["new_enrollment"]);
  ann.close();
  teacher.close();
});
