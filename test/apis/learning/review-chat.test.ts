import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Client } from "../../client";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { COURSE, School, VIDEO } from "./fixture";

interface Message {
  message_id: string;
  user_id: string;
  user_email: string;
  message: string;
  timestamp: string;
}

/** Says so much, at a pace that the server takes, and waits until it is stored. */
async function sayAll(school: School, client: Client, texts: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const text of texts) {
    school.clock.pass(250);
    const answer = await school.say(client, text);
    expect(answer).toMatchObject({ success: true });
    ids.push(String(answer.message_id));
  }
  return ids;
}

/** What somebody is shown who comes to the video. */
async function history(school: School, who: string): Promise<Message[]> {
  const client = await school.user(who);
  await client.ask("join_video", { video_id: VIDEO });
  const { messages } = await client.next<{ messages: Message[] }>("video_history");
  client.close();
  return messages;
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

test("a message reaches everybody in the room, its sender and polling clients too, with the server's time", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const ann = await school.inVideo("ann");
  const bob = await school.inVideo("bob", VIDEO, { transports: ["polling"] });
  const outside = await school.inCourse("boss");
  expect(await ann.next("user_joined_video")).toEqual({ user_id: "bob", user_email: "bob@example.com" });
  const answer = await school.say(ann, "  Why?\u0000\u202e ", { timestamp: "1999-01-01T00:00:00Z", user_id: "bob" });
  const message = {
    message_id: expect.stringMatching(/^msg_[0-9a-f-]{36}$/),
    user_id: "ann",
    user_email: "ann@example.com",
    message: "Why?",
    timestamp: "2026-01-01T00:00:00.000Z",
  };
  expect(answer).toEqual({ success: true, message_id: message.message_id });
  for (const client of [ann, bob]) {
    expect(await client.rest()).toEqual([{ event: "new_chat_message", payload: message }]);
  }
  expect(await outside.rest()).toEqual([]);
});

test("the last 50 follow joined_video, oldest first, and after a restart too", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const texts = numbered(60);
  let ids: string[] = [];
  {
    await using school = await School.start({ HEADEND_DATA: folder.path }, clock);
    await school.enroll("ann");
    ids = await sayAll(school, await school.inVideo("ann"), texts);
    expect((await history(school, "teacher")).map(({ message }) => message)).toEqual(texts.slice(-50));
  }
  await using school = await School.start({ HEADEND_DATA: folder.path }, clock);
  const messages = await history(school, "teacher");
  expect(messages.map(({ message }) => message)).toEqual(texts.slice(-50));
  expect(messages.map(({ message_id }) => message_id)).toEqual(ids.slice(-50));
});

test("a deleted message is in no history, and the last 50 are still 50", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const ann = await school.inVideo("ann");
  const ids = await sayAll(school, ann, numbered(60));
  const teacher = await school.user("teacher");
  expect(await teacher.ask("delete_chat_message", { video_id: VIDEO, message_id: ids[59] })).toEqual({ success: true });
  expect(await ann.next("chat_message_deleted")).toMatchObject({ video_id: VIDEO, message_id: ids[59] });
  const shown = (await history(school, "bob")).map(({ message_id }) => message_id);
  expect(shown).not.toContain(ids[59]);
  expect(shown).toEqual(ids.slice(9, 59));
});

test("only those who teach the course delete, and what is not there is not found", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const ann = await school.inVideo("ann");
  await school.call("other_teacher", "/courses", { id: "other", title: "Other" });
  await school.call("other_teacher", "/courses/other/videos", { id: "theirs", title: "A", duration_seconds: 1 });
  const { message_id } = await school.say(ann, "Hello");
  for (const who of ["ann", "bob", "carl", "other_teacher"]) {
    const client = await school.user(who);
    expect(await client.ask("delete_chat_message", { video_id: VIDEO, message_id })).toMatchObject({
      success: false,
      error: "Forbidden: you do not teach this course",
    });
  }
  const other = await school.user("other_teacher");
  expect(await other.ask("delete_chat_message", { video_id: "theirs", message_id })).toMatchObject({
    error: "Not found: there is no such message",
  });
  const teacher = await school.user("teacher");
  expect(await teacher.ask("delete_chat_message", { video_id: VIDEO, message_id: "msg_none" })).toMatchObject({
    error: "Not found: there is no such message",
  });
  expect(await teacher.ask("delete_chat_message", { video_id: "nowhere", message_id })).toMatchObject({
    error: "Not found: there is no such video",
  });
  expect(await teacher.ask("delete_chat_message", { video_id: VIDEO })).toMatchObject({
    error: "message_id is required",
  });
  expect((await history(school, "boss")).map(({ message }) => message)).toEqual(["Hello"]);
  const boss = await school.user("boss");
  expect(await boss.ask("delete_chat_message", { video_id: VIDEO, message_id })).toEqual({ success: true });
  expect(await boss.ask("delete_chat_message", { video_id: VIDEO, message_id })).toMatchObject({ code: "not_found" });
  expect(await history(school, "boss")).toEqual([]);
});

test("a resend with its client_id is delivered once, over sockets and a restart, even when it was deleted", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  let id: unknown;
  {
    await using school = await School.start({ HEADEND_DATA: folder.path }, clock);
    await school.enroll("ann", "bob");
    const [ann, again, bob] = [await school.inVideo("ann"), await school.inVideo("ann"), await school.inVideo("bob")];
    ({ message_id: id } = await school.say(ann, "Hello", { client_id: "c1" }));
    expect(await school.say(again, "Hello", { client_id: "c1" })).toEqual({ success: true, message_id: id });
    expect(await school.say(bob, "Hello too", { client_id: "c1" })).not.toMatchObject({ message_id: id });
    expect((await bob.rest()).map(({ event }) => event)).toEqual(["new_chat_message", "new_chat_message"]);
  }
  await using school = await School.start({ HEADEND_DATA: folder.path }, clock);
  const [ann, bob] = [await school.inVideo("ann"), await school.inVideo("bob")];
  expect(await school.say(ann, "Hello", { client_id: "c1" })).toEqual({ success: true, message_id: id });
  const teacher = await school.user("teacher");
  await teacher.ask("delete_chat_message", { video_id: VIDEO, message_id: id });
  expect(await school.say(ann, "Hello", { client_id: "c1" })).toEqual({ success: true, message_id: id });
  expect((await bob.rest()).map(({ event }) => event)).toEqual(["chat_message_deleted"]);
});

test("a resend after 500 other named messages is still the same message", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const [ann, bob] = [await school.inVideo("ann"), await school.inVideo("bob")];
  const { message_id } = await school.say(ann, "First", { client_id: "c0" });
  for (let second = 0; second <= 101; second++) {
    school.clock.pass(1_000);
    const said = [0, 1, 2, 3].map((index) =>
      ann.send("send_chat_message", { video_id: VIDEO, message: "x", client_id: `c1 ${second} ${index}` }),
    );
    expect(said).toHaveLength(4);
    bob.send("send_chat_message", { video_id: VIDEO, message: "x", client_id: `c1 ${second}` });
    await Promise.all([ann, bob].map((client) => client.ask("leave_course", { course_id: "none" })));
  }
  await ann.ask("leave_course", { course_id: "none" });
  await school.clock.advance(1_000);
  await bob.rest();
  const heard = bob.heard.filter(({ event }) => event === "new_chat_message").length;
  expect(heard).toBe(511);
  const again = await school.say(ann, "First", { client_id: "c0" });
  await bob.rest();
  const delivered = bob.heard.filter(({ event }) => event === "new_chat_message").length - heard;
  const db = new Database(join(school.server.folder, "headend.db"));
  const rows = db.query("SELECT id FROM chat_messages WHERE client_id = 'c0'").all() as { id: string }[];
  db.close();
  // Whatever it is answered with must be in the database: an acknowledgement means stored.
  expect(rows.map(({ id }) => id)).toContain(String(again.message_id));
  expect({ ...again, delivered }).toEqual({ success: true, message_id, delivered: 0 });
});

test("five messages a second over all sockets and videos of a user", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  await school.call("teacher", `/courses/${COURSE}/videos`, { id: "v2", title: "Two", duration_seconds: 60 });
  const [one, two] = [await school.inVideo("ann"), await school.inVideo("ann", "v2")];
  const answers = [];
  for (let index = 0; index < 6; index++) {
    answers.push(await school.say(index % 2 ? one : two, "Hi", { video_id: index % 2 ? VIDEO : "v2" }));
    school.clock.pass(-50);
  }
  const [refused] = answers.filter(({ success }) => success === false);
  expect(answers.filter(({ success }) => success === true)).toHaveLength(5);
  expect(refused).toMatchObject({ code: "rate_limit_exceeded", retry_after: expect.any(Number) });
});

test("only members of the room speak: not before joining, not after leaving", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const bob = await school.inVideo("boss");
  const ann = await school.user("ann");
  const refusal = { success: false, error: "Forbidden: join the video first", code: "permission_denied" };
  expect(await ann.ask("send_chat_message", { video_id: VIDEO, message: "Hi" })).toEqual(refusal);
  await ann.ask("join_video", { video_id: VIDEO });
  await ann.ask("leave_video", { video_id: VIDEO });
  expect(await ann.ask("send_chat_message", { video_id: VIDEO, message: "Hi" })).toEqual(refusal);
  expect(await ann.ask("send_chat_message", { video_id: "nowhere", message: "Hi" })).toMatchObject({
    error: "Not found: there is no such video",
  });
  expect((await bob.rest()).map(({ event }) => event)).toEqual(["user_joined_video"]);
});

test("messages of odd lengths and types are refused, naming the field", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  for (const message of [undefined, null, "", "  \n ", "\u202e\u0000", 5, {}, [], ["a"], "x".repeat(2001), "🦉".repeat(2001)]) {
    school.clock.pass(1_000);
    expect(await ann.ask("send_chat_message", { video_id: VIDEO, message })).toMatchObject({
      success: false,
      code: "invalid_request",
      error: expect.stringMatching(/^message /),
      details: { field: "message" },
    });
  }
  school.clock.pass(1_000);
  expect(await school.say(ann, "🦉".repeat(2000))).toMatchObject({ success: true });
});

test("while the database is locked a message is delivered, answered as unavailable, and stored by a resend", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const [ann, bob] = [await school.inVideo("ann"), await school.inVideo("bob")];
  const other = new Database(join(school.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  expect(await school.say(ann, "Hello", { client_id: "c1" })).toMatchObject({ success: false, code: "unavailable" });
  expect(await bob.next("new_chat_message")).toMatchObject({ message: "Hello" });
  other.run("COMMIT");
  other.close();
  expect(await school.say(ann, "Hello", { client_id: "c1" })).toMatchObject({ success: true });
  await school.clock.advance(2_000);
  expect(await bob.rest()).toEqual([]);
  expect((await history(school, "teacher")).map(({ message }) => message)).toEqual(["Hello"]);
});

test("while the database is locked a deletion is answered as unavailable, and works afterwards", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  const { message_id } = await school.say(ann, "Hello");
  await ann.next("new_chat_message");
  const teacher = await school.user("teacher");
  const other = new Database(join(school.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  const refused = await teacher.ask("delete_chat_message", { video_id: VIDEO, message_id });
  other.run("COMMIT");
  other.close();
  expect(await ann.rest()).toEqual([]);
  expect(await teacher.ask("delete_chat_message", { video_id: VIDEO, message_id })).toEqual({ success: true });
  expect((await ann.rest()).map(({ event }) => event)).toEqual(["chat_message_deleted"]);
  expect(refused).toMatchObject({ success: false, code: "unavailable" });
});

test("somebody's coming is told to the others once, however many sockets they have", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const ann = await school.inVideo("ann");
  const one = await school.inVideo("bob");
  const two = await school.inVideo("bob");
  await two.ask("join_video", { video_id: VIDEO });
  expect(await ann.rest()).toEqual([
    { event: "user_joined_video", payload: { user_id: "bob", user_email: "bob@example.com" } },
  ]);
  expect(await one.rest()).toEqual([]);
  await one.ask("leave_video", { video_id: VIDEO });
  await one.ask("join_video", { video_id: VIDEO });
  expect(await ann.rest()).toHaveLength(1);
  await one.ask("leave_video", { video_id: VIDEO });
  two.close();
  await Bun.sleep(50);
  await one.ask("join_video", { video_id: VIDEO });
  expect(await ann.rest()).toHaveLength(2);
});
