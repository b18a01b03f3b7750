import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Chat } from "../../src/domain/chat/chat";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { openStore } from "../../src/store/database";
import { FakeClock } from "../clock";
import { temporaryFolder } from "../harness";

const ANN = { userId: "ann", username: "Ann" };

async function open(log: unknown[] = []) {
  const folder = temporaryFolder();
  const store = await openStore(folder.path);
  const clock = new FakeClock();
  const write = (line: string) => void log.push(JSON.parse(line));
  const make = () => new Chat(store, clock, openLog("info", { write }), new Ticker(clock, openLog("error", { write })));
  return {
    clock,
    chat: make(),
    reopened: make,
    path: join(folder.path, "headend.db"),
    stored: () => store.db.$client.query("SELECT count(*) AS n FROM chat_messages").get() as { n: number },
    [Symbol.dispose]() {
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

test("messages wait 50 ms for company and are stored together, in order", async () => {
  using given = await open();
  const { chat, clock, stored } = given;
  let done = 0;
  for (let n = 0; n < 10; n++) void chat.post("room", ANN, `${n}`).stored.then(() => done++);
  await clock.advance(49);
  expect([done, stored().n, chat.waiting]).toEqual([0, 0, 10]);
  await clock.advance(1);
  expect([done, stored().n, chat.waiting]).toEqual([10, 10, 0]);
  expect(chat.recent("room").map(({ text }) => text)).toEqual([..."0123456789"]);
  expect(given.reopened().recent("room")).toEqual(chat.recent("room"));
});

test("a message is recent at once, and pages read what is not stored yet", async () => {
  using given = await open();
  const { chat } = given;
  const { message } = chat.post("room", ANN, "Hello");
  expect(chat.recent("room")).toEqual([message]);
  expect(chat.recent("other")).toEqual([]);
  expect(await chat.page("room", 10)).toEqual([message]);
  expect(await chat.page("room", 10, message.id)).toEqual([]);
  await expect(chat.page("other", 10, message.id)).rejects.toMatchObject({ code: "not_found", field: "before" });
});

test("while the database is locked senders are told, and everything is stored once it is free", async () => {
  const log: Record<string, unknown>[] = [];
  using given = await open(log);
  const { chat, clock, stored } = given;
  const other = new Database(given.path);
  other.run("BEGIN IMMEDIATE");
  const outcome = (promise: Promise<void>) =>
    promise.then(
      () => "stored",
      (error) => error.code,
    );
  const first = chat.post("room", ANN, "first", "1");
  const told = outcome(first.stored);
  await clock.advance(50);
  expect(await told).toBe("unavailable");
  // A resend meanwhile is the same message, and not stored either.
  const again = chat.post("room", ANN, "first", "1");
  expect([again.isNew, again.message.id, await outcome(again.stored)]).toEqual([
    false,
    first.message.id,
    "unavailable",
  ]);
  other.run("ROLLBACK");
  other.close();
  await clock.advance(1_000);
  expect(stored().n).toBe(1);
  expect(await outcome(chat.post("room", ANN, "first", "1").stored)).toBe("stored");
  expect(log.filter(({ level }) => level === "error").length).toBe(1);
});

test("deleting writes what goes with it in the same transaction, or nothing at all", async () => {
  using given = await open();
  const { chat } = given;
  const { message } = chat.post("room", ANN, "Regrettable");
  const fails = () => {
    throw new Error("the log cannot be written");
  };
  await expect(chat.remove("room", message.id, fails)).rejects.toThrow("the log cannot be written");
  expect(chat.recent("room")).toEqual([message]);
  let entries = 0;
  const counts = () => {
    entries++;
  };
  expect(await chat.remove("room", message.id, counts)).toBe(true);
  expect(await chat.remove("room", message.id, counts)).toBe(false);
  expect(await chat.remove("other", message.id, counts)).toBe(false);
  expect([entries, chat.recent("room")]).toEqual([1, []]);
});

test("of named messages the older ones are looked up where they are stored", async () => {
  using given = await open();
  const { chat, clock } = given;
  const { message } = chat.post("room", ANN, "0", "0");
  for (let n = 1; n < 700; n++) chat.post("room", ANN, `${n}`, `${n}`);
  // None of them is on disk yet, and none is forgotten.
  expect(chat.post("room", ANN, "0", "0")).toMatchObject({ isNew: false, message });
  await clock.advance(50);
  for (let n = 700; n < 1_300; n++) chat.post("room", ANN, `${n}`, `${n}`);
  await clock.advance(1_000);
  expect(chat.isKnown("room", "ann", "0")).toBe(true);
  expect(chat.isKnown("room", "bob", "0")).toBe(false);
  expect(chat.post("room", ANN, "0", "0")).toMatchObject({ isNew: false, message });
  expect(given.reopened().post("room", ANN, "0", "0")).toMatchObject({ isNew: false, message });
  expect(chat.post("room", ANN, "new", "new").isNew).toBe(true);
});

test("an outage leaves nothing behind in memory: named messages are forgotten again once they are stored", async () => {
  using given = await open();
  const { chat, clock } = given;
  const other = new Database(given.path);
  other.run("BEGIN IMMEDIATE");
  for (let n = 0; n < 2_000; n++) void chat.post("room", ANN, `${n}`, `${n}`);
  await clock.advance(50);
  expect(chat.remembered).toBe(2_000);
  other.run("ROLLBACK");
  other.close();
  await clock.advance(1_000);
  void chat.post("room", ANN, "after", "after");
  expect(chat.remembered).toBe(500);
  expect(chat.post("room", ANN, "0", "0").isNew).toBe(false);
});

test("what an outage gave up is stored when it is sent again, under its first id and once", async () => {
  using given = await open();
  const { chat, clock, stored } = given;
  const other = new Database(given.path);
  other.run("BEGIN IMMEDIATE");
  const first = chat.post("room", ANN, "first", "1");
  for (let n = 0; n < 20_000; n++) void chat.post("busy", ANN, `${n}`);
  await expect(first.stored).rejects.toMatchObject({ code: "unavailable" });
  other.run("ROLLBACK");
  other.close();
  await clock.advance(2_000);
  expect(stored().n).toBe(20_000);
  for (let times = 0; times < 2; times++) {
    const again = chat.post("room", ANN, "first", "1");
    expect([again.isNew, again.message.id]).toEqual([false, first.message.id]);
    // It learns that it must be stored anew, and then is.
    await clock.advance(0);
    await clock.advance(50);
    await again.stored;
    expect(stored().n).toBe(20_001);
  }
  expect(await chat.page("room", 10)).toEqual([first.message]);
});

test("what somebody said goes with the account, in memory and on disk; what others said stays", async () => {
  using given = await open();
  const { chat, stored, clock } = given;
  const bob = { userId: "bob", username: "Bob" };
  // Of another tenant, who has the same name to begin with.
  const other = { userId: "ann\0bob", username: "Bob" };
  for (let n = 0; n < 1_200; n++) void chat.post("room", ANN, `${n}`, `a${n}`);
  const kept = [chat.post("room", bob, "Hello", "b1"), chat.post("room", other, "Hello too", "o1")];
  const waiting = chat.post("elsewhere", ANN, "Not stored yet");
  const forgetting = chat.forget("ann");
  // Whoever talks meanwhile is heard.
  const meanwhile = chat.post("room", bob, "Still here");
  await forgetting;
  expect(await waiting.stored).toBeUndefined();
  expect(chat.recent("room").map(({ text }) => text)).toEqual(["Hello", "Hello too", "Still here"]);
  expect(chat.recent("elsewhere")).toEqual([]);
  await clock.advance(50);
  expect(stored().n).toBe(3);
  expect(given.reopened().recent("room")).toEqual(chat.recent("room"));
  for (const { message } of [...kept, meanwhile]) expect(chat.recent("room")).toContainEqual(message);
  expect(chat.post("room", other, "Hello too", "o1")).toMatchObject({ isNew: false });
  expect(chat.post("room", ANN, "As somebody new", "a1")).toMatchObject({ isNew: true });
});

test("while the database is locked nothing is forgotten, and whoever asks hears so", async () => {
  using given = await open();
  const { chat, stored } = given;
  const other = new Database(given.path);
  void chat.post("room", ANN, "Hello").stored.catch(() => undefined);
  other.run("BEGIN IMMEDIATE");
  await expect(chat.forget("ann")).rejects.toMatchObject({ code: "unavailable" });
  other.run("ROLLBACK");
  other.close();
  await chat.forget("ann");
  expect([stored().n, chat.recent("room")]).toEqual([0, []]);
});
