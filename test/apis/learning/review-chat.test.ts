import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Client } from "../../client";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { School, VIDEO } from "./fixture";

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
  expect([again, delivered]).toEqual([{ success: true, message_id }, 0]);
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

test("a deletion whose note fails leaves the message, or tells everybody that it is gone", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  const { message_id } = await school.say(ann, "Hello");
  await ann.next("new_chat_message");
  const db = new Database(join(school.server.folder, "headend.db"));
  const [log] = db
    .query("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'moderation_%log%'")
    .all() as {
    name: string;
  }[];
  db.run(`CREATE TRIGGER full BEFORE INSERT ON ${log?.name} BEGIN SELECT RAISE(ABORT, 'full'); END`);
  const teacher = await school.user("teacher");
  expect(await teacher.ask("delete_chat_message", { video_id: VIDEO, message_id })).toMatchObject({ success: false });
  db.run("DROP TRIGGER full");
  db.close();
  // A refused event changes nothing; so it can be sent again.
  expect(await teacher.ask("delete_chat_message", { video_id: VIDEO, message_id })).toEqual({ success: true });
  expect((await ann.rest()).map(({ event }) => event)).toEqual(["chat_message_deleted"]);
});
