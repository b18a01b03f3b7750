import { expect, test } from "bun:test";
import { COURSE, School, VIDEO } from "./fixture";

test("who may take the course joins its videos, is shown what was said, and the others hear who came", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const ann = await school.user("ann");
  expect(await ann.ask("join_video", { video_id: VIDEO })).toEqual({ success: true });
  expect(await ann.rest()).toEqual([
    { event: "joined_video", payload: { video_id: VIDEO, status: "Joined successfully" } },
    { event: "video_history", payload: { video_id: VIDEO, messages: [] } },
  ]);
  const bob = await school.inVideo("bob");
  expect(await ann.next("user_joined_video")).toEqual({ user_id: "bob", user_email: "bob@example.com" });
  const teacher = await school.inVideo("teacher");
  expect(await ann.next("user_joined_video")).toMatchObject({ user_id: "teacher" });
  expect(await bob.next("user_joined_video")).toMatchObject({ user_id: "teacher" });
  expect(await bob.rest()).toEqual([]);
  expect(await teacher.rest()).toEqual([]);
});

test("who is there already does not come again: with a second socket, or by joining twice", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const ann = await school.inVideo("ann");
  const bob = await school.inVideo("bob");
  await ann.next("user_joined_video");
  const second = await school.inVideo("bob");
  await bob.ask("join_video", { video_id: VIDEO });
  expect(await ann.rest()).toEqual([]);
  // And has come anew once both have left.
  await second.ask("leave_video", { video_id: VIDEO });
  expect(await second.next("left_video")).toEqual({ video_id: VIDEO, status: "Left successfully" });
  await second.ask("join_video", { video_id: VIDEO });
  expect(await ann.rest()).toEqual([]);
  await second.ask("leave_video", { video_id: VIDEO });
  await bob.ask("leave_video", { video_id: VIDEO });
  await bob.ask("join_video", { video_id: VIDEO });
  expect(await ann.next("user_joined_video")).toMatchObject({ user_id: "bob" });
  expect(await ann.rest()).toEqual([]);
});

test("nobody else joins, and refusals say why", async () => {
  await using school = await School.start();
  const bob = await school.user("bob");
  for (const [payload, message] of [
    [{ video_id: VIDEO }, "Forbidden: you are not enrolled in this course"],
    [{ video_id: "nothing" }, "Not found: there is no such video"],
    [{}, "video_id is required"],
  ] as const) {
    bob.send("join_video", payload);
    expect(await bob.next("error")).toMatchObject({ message });
  }
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  await school.say(ann, "Does bob hear this?");
  expect(await bob.rest()).toEqual([]);
  expect(await bob.ask("send_chat_message", { video_id: VIDEO, message: "Me too" })).toMatchObject({
    code: "permission_denied",
  });
});

test("a message reaches everybody in the video with the server's time and id, and is acknowledged when it is stored", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const [ann, bob] = [await school.inVideo("ann"), await school.inVideo("bob", VIDEO, { transports: ["polling"] })];
  await ann.next("user_joined_video");
  const sent = { timestamp: "2024-01-20T10:30:00Z", user_id: "bob", user_email: "bob@example.com" };
  const answer = await school.say(ann, "  A question\tabout\nthe content ", sent);
  expect(answer).toEqual({ success: true, message_id: expect.stringMatching(/^msg_[0-9a-f-]{36}$/) });
  const message = {
    message_id: answer.message_id,
    user_id: "ann",
    user_email: "ann@example.com",
    message: "A question\tabout\nthe content",
    timestamp: "2026-01-01T00:00:00.000Z",
  };
  for (const client of [ann, bob]) {
    expect(await client.next("new_chat_message")).toEqual(message);
    expect(await client.rest()).toEqual([]);
  }
});

test("one must be in the video to say something there, whatever one may", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  const teacher = await school.user("teacher");
  expect(await teacher.ask("send_chat_message", { video_id: VIDEO, message: "Hello" })).toEqual({
    success: false,
    error: "Forbidden: join the video first",
    code: "permission_denied",
  });
  await ann.ask("leave_video", { video_id: VIDEO });
  await ann.next("left_video");
  ann.send("send_chat_message", { video_id: VIDEO, message: "Hello" });
  expect(await ann.next("error")).toMatchObject({ message: "Forbidden: join the video first" });
  expect(await ann.rest()).toEqual([]);
});

test("messages have 1 to 2000 characters and come five a second, over all sockets of the user", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const [ann, second] = [await school.inVideo("ann"), await school.inVideo("ann")];
  const say = (client: typeof ann, message: unknown) => client.ask("send_chat_message", { video_id: VIDEO, message });
  for (const message of ["", " \u202e ", "x".repeat(2_001), 5, undefined]) {
    const answer = await say(ann, message);
    expect(answer).toMatchObject({ success: false, code: "invalid_request", details: { field: "message" } });
    await school.clock.advance(200);
  }
  await school.clock.advance(1_000);
  expect(await school.say(ann, "👍".repeat(2_000))).toMatchObject({ success: true });
  await school.clock.advance(1_000);
  const answers = Array.from({ length: 6 }, (_, n) => say(n % 2 ? ann : second, `${n}`));
  for (const client of [ann, second]) await client.ask("no such event");
  await school.clock.advance(50);
  const refused = (await Promise.all(answers)).filter(({ success }) => !success);
  expect(refused).toEqual([
    { success: false, error: "Too many requests", code: "rate_limit_exceeded", retry_after: 0.2 },
  ]);
});

test("who comes later is shown the last fifty, oldest first, after a restart too", async () => {
  const { FakeClock } = await import("../../clock");
  const { temporaryFolder } = await import("../../harness");
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  const clock = new FakeClock();
  const last = Array.from({ length: 50 }, (_, n) => `message ${n + 5}`);
  {
    await using school = await School.start(env, clock);
    await school.enroll("ann");
    const ann = await school.inVideo("ann");
    for (let n = 0; n < 55; n++) {
      await school.say(ann, `message ${n}`);
      await clock.advance(200);
    }
    const late = await school.user("teacher");
    await late.ask("join_video", { video_id: VIDEO });
    const { messages } = await late.next<{ messages: { message: string }[] }>("video_history");
    expect(messages.map(({ message }) => message)).toEqual(last);
  }
  await using school = await School.start(env, clock);
  const ann = await school.user("ann");
  await ann.ask("join_video", { video_id: VIDEO });
  const { messages } = await ann.next<{ messages: Record<string, unknown>[] }>("video_history");
  expect(messages.map(({ message }) => message)).toEqual(last);
  expect(Object.keys(messages[0] ?? {})).toEqual(["message_id", "user_id", "user_email", "message", "timestamp"]);
});

test("the history of long messages is cut at what a slow link can take", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  for (let n = 0; n < 40; n++) {
    await school.say(ann, `${n} ${"👍".repeat(1_990)}`);
    await school.clock.advance(200);
  }
  const late = await school.user("teacher");
  await late.ask("join_video", { video_id: VIDEO });
  const history = await late.next<{ messages: { message: string }[] }>("video_history");
  expect(Buffer.byteLength(JSON.stringify(history))).toBeLessThan(256 * 1024);
  expect(history.messages.length).toBeGreaterThan(25);
  expect(history.messages.at(-1)?.message).toStartWith("39 ");
});

test("a resend with the same client_id is answered with the same message and delivered once", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const [bob, ann] = [await school.inVideo("bob"), await school.inVideo("ann")];
  await bob.next("user_joined_video");
  const first = await school.say(ann, "Once", { client_id: "1" });
  expect(await school.say(ann, "Once", { client_id: "1" })).toEqual(first);
  expect((await bob.rest()).map(({ event }) => event)).toEqual(["new_chat_message"]);
});

test("who teaches the course deletes messages; others do not, and what is gone stays gone", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const [ann, bob] = [await school.inVideo("ann"), await school.inVideo("bob")];
  await ann.next("user_joined_video");
  const { message_id } = await school.say(ann, "Regrettable");
  await ann.next("new_chat_message");
  await bob.next("new_chat_message");
  const [teacher, stranger] = [await school.user("teacher"), await school.user("other_teacher")];
  const deletion = { video_id: VIDEO, message_id };
  for (const client of [ann, stranger]) {
    expect(await client.ask("delete_chat_message", deletion)).toMatchObject({
      success: false,
      error: "Forbidden: you do not teach this course",
    });
  }
  expect(await teacher.ask("delete_chat_message", deletion)).toEqual({ success: true });
  for (const client of [ann, bob]) {
    expect(await client.rest()).toEqual([
      {
        event: "chat_message_deleted",
        payload: { ...deletion, moderator_id: "teacher", timestamp: "2026-01-01T00:00:00.050Z" },
      },
    ]);
  }
  expect(await teacher.ask("delete_chat_message", deletion)).toMatchObject({
    error: "Not found: there is no such message",
  });
  expect(await teacher.ask("delete_chat_message", { video_id: "nothing", message_id })).toMatchObject({
    code: "not_found",
  });
  const late = await school.user("ann");
  await late.ask("join_video", { video_id: VIDEO });
  expect(await late.next("video_history")).toEqual({ video_id: VIDEO, messages: [] });
});

test("a message of another video is not deleted by way of one's own", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const { message_id } = await school.say(await school.inVideo("ann"), "Safe here");
  await school.call("other_teacher", "/courses", { id: "other", title: "Other" });
  await school.call("other_teacher", "/courses/other/videos", { id: "v2", title: "V", duration_seconds: 1 });
  const other = await school.user("other_teacher");
  expect(await other.ask("delete_chat_message", { video_id: "v2", message_id })).toMatchObject({ code: "not_found" });
});

test("the rooms of a course and of a video with the same id are two", async () => {
  await using school = await School.start();
  await school.call("teacher", "/courses", { id: VIDEO, title: "Named like a video" });
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  const teacher = await school.inCourse("teacher", VIDEO);
  await school.call("bob", `/courses/${VIDEO}/enroll`, {});
  expect((await teacher.rest()).map(({ event }) => event)).toEqual(["new_enrollment"]);
  expect(await ann.rest()).toEqual([]);
  await school.say(ann, "Only in the video");
  expect((await teacher.rest()).length).toBe(1);
  expect(COURSE).not.toBe(VIDEO);
});
