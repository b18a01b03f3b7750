import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { Client } from "../../client";
import { temporaryFolder } from "../../harness";
import { LiveApp, STREAM } from "./fixture";

const AT = expect.stringMatching(/^2026-01-01T00:0\d:\d\d\.\d{3}Z$/);

test("joining answers with the chat as it is, then the viewer count; a message goes to everybody, oneself included", async () => {
  await using live = await LiveApp.start();
  const ann = await live.user("ann", { username: "Ann" });
  await ann.ask("chat:join", { stream_id: STREAM, user_id: "ann", username: "Ann" });
  expect(await ann.rest()).toEqual([
    {
      event: "chat:joined",
      payload: { stream_id: STREAM, online_users: 1, slow_mode: { enabled: false, interval: 0 }, recent_messages: [] },
    },
    { event: "viewer.count.update", payload: { stream_id: STREAM, count: 1, timestamp: AT } },
  ]);
  await ann.next("chat:joined");
  await ann.next("viewer.count.update");
  const bob = await live.chatter("bob");
  const elsewhere = await live.user("eve");
  await elsewhere.ask("chat:join", { stream_id: "another" });
  await ann.next("viewer.joined");
  const said = await live.say(ann, " Hello\n everyone! \u202e👋 ");
  const message = {
    message_id: said.message_id,
    stream_id: STREAM,
    user_id: "ann",
    username: "Ann",
    message: "Hello\n everyone! 👋",
    timestamp: AT,
  };
  expect(said).toEqual({ success: true, message_id: expect.stringMatching(/^msg_[0-9a-f-]{36}$/) });
  for (const client of [ann, bob]) expect(await client.next("chat:message")).toEqual(message as never);
  await elsewhere.next("chat:joined");
  await elsewhere.next("viewer.count.update");
  expect(await elsewhere.rest()).toEqual([]);
  const late = await live.user("late");
  await late.ask("chat:join", { stream_id: STREAM });
  expect(await late.next("chat:joined")).toMatchObject({ online_users: 3, recent_messages: [message] });
});

test("whoever joins sees the last 50 messages, oldest first; REST has the rest", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  for (let n = 1; n <= 60; n++) {
    expect(await live.say(ann, `m${n}`)).toMatchObject({ success: true });
    await live.clock.advance(1_000);
  }
  const late = await live.user("late");
  await late.ask("chat:join", { stream_id: STREAM });
  const { recent_messages } = await late.next<{ recent_messages: { message: string; message_id: string }[] }>(
    "chat:joined",
  );
  expect(recent_messages.map(({ message }) => message)).toEqual(Array.from({ length: 50 }, (_, n) => `m${n + 11}`));
  const before = recent_messages[0]?.message_id;
  const { body } = await live.rest(`/v1/streams/${STREAM}/messages?app_id=app_xyz789&limit=5&before=${before}`);
  expect((body as { message: string }[]).map(({ message }) => message)).toEqual(["m6", "m7", "m8", "m9", "m10"]);
});

test("what is sent before the first join of the stream waits for it; without one it is refused after 2 s", async () => {
  await using live = await LiveApp.start();
  const ann = await live.user("ann");
  const early = ann.ask("chat:message", { stream_id: STREAM, message: "early" });
  const reaction = ann.ask("reaction:send", { stream_id: STREAM, emoji: "👍" });
  await ann.ask("chat:join", { stream_id: STREAM });
  await live.clock.advance(50);
  expect([await early, await reaction]).toMatchObject([{ success: true }, { success: true }]);
  expect((await ann.rest()).map(({ event }) => event)).toEqual([
    "chat:joined",
    "viewer.count.update",
    "chat:message",
    "reaction.sent",
  ]);

  const bob = await live.user("bob");
  const lost = bob.ask("chat:message", { stream_id: STREAM, message: "lost" });
  await bob.ask("no such event");
  await live.clock.advance(1_900);
  expect(await Promise.race([lost, bob.ask("no such event")])).toMatchObject({ error: "Unknown event" });
  await live.clock.advance(500);
  expect(await lost).toEqual({
    success: false,
    error: "Join the chat first",
    type: "permission_denied",
    code: "permission_denied",
  });
  await ann.next("chat:message");
  expect((await ann.rest()).filter(({ event }) => event === "chat:message")).toEqual([]);
});

test("only members may speak; leaving ends it, and the stream's events with it unless they were subscribed to", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  const both = await live.user("both");
  await both.ask("stream:subscribe", { stream_id: STREAM });
  await both.ask("chat:join", { stream_id: STREAM });
  for (const client of [ann, both]) {
    await client.ask("chat:leave", { stream_id: STREAM });
    expect(await client.ask("chat:leave", { stream_id: STREAM })).toEqual({ success: true });
    expect(await client.ask("chat:message", { stream_id: STREAM, message: "x" })).toMatchObject({
      code: "permission_denied",
    });
    expect(await client.ask("chat:typing", { stream_id: STREAM })).toMatchObject({ code: "permission_denied" });
  }
  expect(await ann.ask("reaction:send", { stream_id: STREAM, emoji: "x" })).toMatchObject({
    code: "permission_denied",
  });
  expect(await both.ask("reaction:send", { stream_id: STREAM, emoji: "x" })).toEqual({ success: true });
  expect(await both.next("reaction.sent")).toMatchObject({ emoji: "x", user_id: "both" });
  expect((await ann.rest()).map(({ event }) => event)).toEqual(["viewer.joined"]);
});

test("nobody speaks as somebody else, and nobody takes a name that is taken", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  const bob = await live.user("bob");
  for (const [event, more] of [
    ["chat:join", {}],
    ["chat:message", { message: "x" }],
    ["chat:typing", {}],
    ["chat:leave", {}],
    ["reaction:send", { emoji: "x" }],
  ] as const) {
    expect(await bob.ask(event, { stream_id: STREAM, user_id: "ann", ...more })).toMatchObject({
      success: false,
      code: "permission_denied",
    });
  }
  await ann.ask("chat:join", { stream_id: STREAM, username: "GamerPro" });
  for (const username of ["gamerpro", "ＧａｍｅｒＰｒｏ", " GamerPro\u200e "]) {
    expect(await bob.ask("chat:join", { stream_id: STREAM, username })).toMatchObject({
      success: false,
      code: "conflict",
      field: "username",
    });
  }
  expect(await bob.ask("chat:join", { stream_id: STREAM, username: "Bob" })).toEqual({ success: true });
  await ann.ask("chat:join", { stream_id: STREAM, username: "Ann the first" });
  expect(await bob.ask("chat:join", { stream_id: STREAM, username: "GamerPro" })).toEqual({ success: true });
});

test("typing is seen by the others only, and at most once in 2 s", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann", { username: "Ann" });
  const phone = await live.chatter("ann", { username: "Ann" });
  const bob = await live.chatter("bob");
  await ann.next("viewer.joined");
  for (let keys = 0; keys < 5; keys++)
    expect(await ann.ask("chat:typing", { stream_id: STREAM })).toEqual({ success: true });
  expect(await bob.rest()).toEqual([
    { event: "chat:typing", payload: { stream_id: STREAM, user_id: "ann", username: "Ann" } },
  ]);
  await live.clock.advance(2_000);
  await ann.ask("chat:typing", { stream_id: STREAM });
  expect((await bob.rest()).filter(({ event }) => event === "chat:typing")).toHaveLength(2);
  for (const own of [ann, phone]) {
    expect((await own.rest()).filter(({ event }) => event === "chat:typing")).toEqual([]);
  }
});

interface Answer {
  success: boolean;
  type?: string;
  retry_after: number;
}

/** Asks and gives the answers, with the time that storing takes. */
async function sayAll(live: LiveApp, clients: Client[]): Promise<Answer[]> {
  const asked = clients.map((client) => client.ask<Answer>("chat:message", { stream_id: STREAM, message: "x" }));
  for (const client of new Set(clients)) await client.ask("no such event");
  await live.clock.advance(50);
  return Promise.all(asked);
}

test("5 messages a second over all sockets and reconnects; the wait that is told is true", async () => {
  await using live = await LiveApp.start();
  const first = await live.chatter("ann");
  const second = await live.user("ann");
  await second.ask("chat:join", { stream_id: STREAM });
  const answers = await sayAll(live, [first, second, first, second, first, second]);
  const refused = answers.filter(({ success }) => !success);
  expect(refused).toEqual([expect.objectContaining({ type: "rate_limit_exceeded", retry_after: 0.2 })]);
  // 50 ms have passed with storing.
  await live.clock.advance(100);
  expect(await first.ask("chat:message", { stream_id: STREAM, message: "x" })).toMatchObject({
    success: false,
    retry_after: 0.05,
  });
  second.close();
  const again = await live.user("ann");
  await again.ask("chat:join", { stream_id: STREAM });
  expect(await again.ask("chat:message", { stream_id: STREAM, message: "x" })).toMatchObject({
    success: false,
    retry_after: 0.05,
  });
  await live.clock.advance(50);
  expect(await sayAll(live, [again])).toMatchObject([{ success: true }]);
});

test("100 messages a minute, of which the first hundred may come as fast as 5 a second", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  let accepted = 0;
  let refused: Answer | undefined;
  while (!refused) {
    const answers = await sayAll(live, Array(5).fill(ann));
    accepted += answers.filter(({ success }) => success).length;
    refused = answers.find(({ success }) => !success);
    // As long as the bucket of a second needs to be full again.
    if (!refused) await live.clock.advance(950);
  }
  const came = Math.floor((live.clock.elapsed() - 50) / 600);
  expect(accepted).toBe(100 + came);
  await live.clock.advance(refused.retry_after * 1000 - 100);
  expect(await ann.ask("chat:message", { stream_id: STREAM, message: "x" })).toMatchObject({
    success: false,
    retry_after: 0.05,
  });
  await live.clock.advance(50);
  expect(await sayAll(live, [ann])).toMatchObject([{ success: true }]);
});

test("a resend is harmless: the same message, delivered once, over another socket and after a restart", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  const resend = { client_id: "c-1" };
  let messageId: unknown;
  {
    await using live = await LiveApp.start(env);
    const ann = await live.chatter("ann");
    const other = await live.user("ann");
    await other.ask("chat:join", { stream_id: STREAM });
    const answers = [
      await live.say(ann, "once", resend),
      await live.say(other, "once", resend),
      await live.say(ann, "once", resend),
    ];
    messageId = answers[0]?.message_id;
    expect(new Set(answers.map((answer) => answer.message_id))).toEqual(new Set([messageId]));
    expect((await ann.rest()).filter(({ event }) => event === "chat:message")).toHaveLength(1);
    const bob = await live.chatter("bob");
    expect((await live.say(bob, "mine", resend)).message_id).not.toBe(messageId);
  }
  await using again = await LiveApp.start(env);
  const ann = await again.user("ann");
  await ann.ask("chat:join", { stream_id: STREAM });
  expect(await again.say(ann, "once", resend)).toEqual({ success: true, message_id: messageId });
  expect((await ann.next<{ recent_messages: unknown[] }>("chat:joined")).recent_messages).toHaveLength(2);
});

test("a locked disk delays no delivery: unavailable is told, and a resend stores it once it works again", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  const foreign = new Database(`${live.server.folder}/headend.db`);
  foreign.run("BEGIN IMMEDIATE");
  const answer = await live.say(ann, "hello", { client_id: "c-1" });
  expect(answer).toMatchObject({ success: false, code: "unavailable" });
  const delivered = await ann.next("chat:message");
  foreign.run("ROLLBACK");
  foreign.close();
  expect(await live.say(ann, "hello", { client_id: "c-1" })).toEqual({
    success: true,
    message_id: delivered.message_id,
  });
  expect((await ann.rest()).filter(({ event }) => event === "chat:message")).toEqual([]);
  const { body } = await live.rest(`/v1/streams/${STREAM}/messages?app_id=app_xyz789`);
  expect(body).toEqual([delivered]);
});

test("clients that poll, and one that upgrades after joining, hear everything once and in order", async () => {
  await using live = await LiveApp.start();
  const poller = await live.chatter("poller", {}, { transports: ["polling"] });
  const upgrader = await live.user("upgrader", {}, { transports: ["polling", "websocket"] });
  await upgrader.ask("chat:join", { stream_id: STREAM });
  const talker = await live.chatter("talker");
  const texts: string[] = [];
  for (let n = 0; n < 40; n++) {
    texts.push(`m${n}`);
    await live.say(talker, `m${n}`);
    await live.clock.advance(1_000);
  }
  expect(upgrader.socket.io.engine.transport.name).toBe("websocket");
  for (const client of [poller, upgrader, talker]) {
    const heard = (await client.rest()).filter(({ event }) => event === "chat:message");
    expect(heard.map(({ payload }) => (payload as { message: string }).message)).toEqual(texts);
  }
});

test("registered streams only, where the operator wants it so", async () => {
  await using live = await LiveApp.start({ HEADEND_LIVE_STREAMS: "registered" });
  const ann = await live.user("ann");
  for (const event of ["chat:join", "stream:subscribe", "analytics:subscribe"]) {
    expect(await ann.ask(event, { stream_id: STREAM })).toMatchObject({ success: false, code: "not_found" });
  }
  await live.rest("/v1/streams", { app_id: "app_xyz789", stream_id: STREAM, title: "Mine" });
  expect(await ann.ask("chat:join", { stream_id: STREAM })).toEqual({ success: true });
});
