import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../../harness";
import { APP, LiveApp, STREAM } from "./fixture";

const PLACE = `${APP}\0${STREAM}`;

test("a resend is one however long ago the message was, and after a restart", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  let first: Record<string, unknown> = {};
  for (const start of [1, 2]) {
    await using live = await LiveApp.start(env);
    const [ann, bob] = [await live.chatter("ann"), await live.chatter("bob")];
    await ann.next("viewer.joined");
    await live.clock.advance(1_000);
    if (start === 1) {
      first = await live.say(ann, "Once", { client_id: "1" });
      const { chat } = live.server.app.house;
      for (let n = 0; n < 600; n++) {
        void chat.post(PLACE, { userId: `${APP}\0filler`, username: "F" }, `${n}`, `${n}`).stored;
      }
      chat.flush();
    }
    const before = await bob.rest();
    expect(await live.say(ann, "Once", { client_id: "1" })).toEqual(first);
    // Another user's message of the first one's name is another message.
    expect((await live.say(bob, "Mine", { client_id: start === 1 ? "1" : "2" })).message_id).not.toBe(first.message_id);
    const later = (await bob.rest()).slice(before.length).filter(({ event }) => event === "chat:message");
    expect(later.map(({ payload }) => (payload as { message: string }).message)).toEqual(["Mine"]);
  }
});

test("slow mode does not stand in the way of a resend, and a resend does not lengthen it", async () => {
  await using live = await LiveApp.start();
  const [boss, ann] = [await live.chatter("boss", { role: "admin" }), await live.chatter("ann")];
  await boss.ask("moderation:slow-mode", { stream_id: STREAM, enabled: true, interval: 5 });
  const first = await live.say(ann, "Once", { client_id: "1" });
  await live.clock.advance(4_000);
  expect(await live.say(ann, "Once", { client_id: "1" })).toEqual(first);
  expect(await live.say(ann, "Twice", { client_id: "2" })).toMatchObject({ code: "slow_mode" });
  await live.clock.advance(1_000);
  expect(await live.say(ann, "Twice", { client_id: "2" })).toMatchObject({ success: true });
  expect((await boss.rest()).filter(({ event }) => event === "chat:message")).toHaveLength(2);
});

test("who only subscribed or watches figures has not joined: what is said then waits for the join", async () => {
  await using live = await LiveApp.start();
  for (const event of ["stream:subscribe", "analytics:subscribe"]) {
    const client = await live.user(`user of ${event}`);
    // The stream is there.
    await live.chatter(`friend of ${event}`);
    await client.ask(event, { stream_id: STREAM });
    const said = client.ask("chat:message", { stream_id: STREAM, message: event });
    await client.ask("chat:join", { stream_id: STREAM });
    await live.clock.advance(50);
    expect(await said).toMatchObject({ success: true });
    // Who has joined and left is not too early but too late.
    await client.ask("chat:leave", { stream_id: STREAM });
    expect(await client.ask("chat:message", { stream_id: STREAM, message: "Too late" })).toMatchObject({
      error: "Join the chat first",
    });
  }
});

test("each message waits for its own two seconds", async () => {
  await using live = await LiveApp.start();
  const client = await live.user("ann");
  const first = client.ask("chat:message", { stream_id: STREAM, message: "first" });
  await client.ask("no such event");
  await live.clock.advance(1_500);
  const second = client.ask("chat:message", { stream_id: STREAM, message: "second" });
  await client.ask("no such event");
  await live.clock.advance(750);
  expect(await first).toMatchObject({ success: false, code: "permission_denied" });
  await client.ask("chat:join", { stream_id: STREAM });
  await live.clock.advance(50);
  expect(await second).toMatchObject({ success: true });
  expect((await client.rest()).filter(({ event }) => event === "chat:message").length).toBe(1);
});

test("a name that two have from their tokens is free only when both have gone", async () => {
  await using live = await LiveApp.start();
  const one = await live.chatter("one", { username: "Sam" });
  await live.chatter("two", { username: "SAM" });
  await live.leave(one);
  const third = await live.user("third");
  const join = () => third.ask("chat:join", { stream_id: STREAM, username: "sam" });
  expect(await join()).toMatchObject({ success: false, code: "conflict", field: "username" });
  const two = await live.user("two", { username: "SAM" });
  await two.ask("chat:join", { stream_id: STREAM, username: "Somebody else" });
  expect(await join()).toMatchObject({ success: true });
});

test("after a deletion who comes still sees fifty messages", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  const ids: unknown[] = [];
  for (let n = 0; n < 51; n++) {
    ids.push((await live.say(ann, `${n}`)).message_id);
    await live.clock.advance(600);
  }
  const boss = await live.user("boss", { role: "admin" });
  expect(await boss.ask("moderation:delete-message", { stream_id: STREAM, message_id: ids[30] })).toEqual({
    success: true,
  });
  await boss.ask("chat:join", { stream_id: STREAM });
  const { recent_messages } = await boss.next<{ recent_messages: { message: string }[] }>("chat:joined");
  const shown = [...Array(51).keys()].filter((n) => n !== 30).map(String);
  expect(recent_messages.map(({ message }) => message)).toEqual(shown);
});

test("a history of very long messages is cut at what a slow link can take", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  for (let n = 0; n < 40; n++) {
    await live.say(ann, `${n} ${"👍".repeat(1_990)}`);
    await live.clock.advance(600);
  }
  const late = await live.user("late");
  await late.ask("chat:join", { stream_id: STREAM });
  const joined = await late.next<{ recent_messages: { message: string }[] }>("chat:joined");
  expect(Buffer.byteLength(JSON.stringify(joined))).toBeLessThan(256 * 1024);
  expect(joined.recent_messages.length).toBeGreaterThan(25);
  expect(joined.recent_messages.at(-1)?.message).toStartWith("39 ");
});

test("streams that were left do not count towards the hundred of a socket", async () => {
  await using live = await LiveApp.start();
  const client = await live.user("ann");
  const go = async (event: string, n: number) => {
    await live.clock.advance(50);
    return client.ask(event, { stream_id: `s${n}` });
  };
  for (let n = 0; n < 250; n++) {
    expect(await go("chat:join", n)).toMatchObject({ success: true });
    await go("chat:leave", n);
  }
  for (let n = 300; n < 400; n++) expect(await go("stream:subscribe", n)).toMatchObject({ success: true });
  expect(await go("chat:join", 400)).toMatchObject({ code: "conflict" });
  expect(await go("chat:join", 300)).toMatchObject({ success: true });
});

test("turning slow mode off takes whatever interval comes along; turning it on needs one", async () => {
  await using live = await LiveApp.start();
  const boss = await live.chatter("boss", { role: "admin" });
  const set = (mode: object) => boss.ask("moderation:slow-mode", { stream_id: STREAM, ...mode });
  for (const interval of [0, null, "x", undefined, -5]) {
    expect(await set({ enabled: true, interval: 5 })).toEqual({ success: true });
    expect(await boss.next("chat.slow-mode")).toMatchObject({ enabled: true, interval: 5 });
    expect(await set({ enabled: false, interval })).toEqual({ success: true });
    expect(await boss.next("chat.slow-mode")).toMatchObject({ enabled: false, interval: 0 });
    await live.clock.advance(10_000);
  }
  for (const interval of [0, 601, 1.5, undefined, null]) {
    expect(await set({ enabled: true, interval })).toMatchObject({ code: "invalid_request", field: "interval" });
    await live.clock.advance(10_000);
  }
  expect(await set({ enabled: "yes", interval: 5 })).toMatchObject({ code: "invalid_request", field: "enabled" });
});

test("what may be left out may be null", async () => {
  await using live = await LiveApp.start();
  const ann = await live.server.connect("live");
  await ann.ask("authenticate", { token: await live.token("ann", { username: "Ann" }), app_id: null });
  expect(await ann.next("authenticated")).toEqual({ user_id: "ann", username: "Ann", app_id: APP });
  const nothing = { stream_id: STREAM, user_id: null, username: null };
  expect(await ann.ask("chat:join", nothing)).toEqual({ success: true });
  expect(await live.say(ann, "Hello", { ...nothing, client_id: null })).toMatchObject({ success: true });
  expect(await live.say(ann, "Hello", { ...nothing, client_id: null })).toMatchObject({ success: true });
  expect(await ann.ask("chat:typing", nothing)).toEqual({ success: true });
  expect(await ann.ask("reaction:send", { ...nothing, emoji: "x", x: null, y: null })).toEqual({ success: true });
  const heard = (await ann.rest()).filter(({ event }) => event === "chat:message");
  expect(heard.map(({ payload }) => (payload as { username: string }).username)).toEqual(["Ann", "Ann"]);
  expect(await ann.ask("chat:leave", nothing)).toEqual({ success: true });
});

test("a name that comes with typing is taken like any other", async () => {
  await using live = await LiveApp.start();
  const [ann, bob] = [await live.chatter("ann"), await live.chatter("bob", { username: "Bob" })];
  await ann.ask("chat:typing", { stream_id: STREAM, username: "Annie" });
  expect(await bob.next("chat:typing")).toEqual({ stream_id: STREAM, user_id: "ann", username: "Annie" });
  await live.clock.advance(2_000);
  expect(await ann.ask("chat:typing", { stream_id: STREAM, username: "BOB" })).toMatchObject({ code: "conflict" });
  expect((await bob.rest()).filter(({ event }) => event === "chat:typing")).toEqual([]);
});

test("a moderator cannot act on an admin who is not there and whose role only tokens tell, restart or not", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  const ban = async (live: LiveApp) => {
    const moderator = await live.chatter("moderator", { role: "moderator" });
    const answer = await moderator.ask("moderation:ban", { stream_id: STREAM, target_user_id: "chief" });
    await live.leave(moderator);
    return answer;
  };
  {
    await using live = await LiveApp.start(env);
    await live.leave(await live.chatter("chief", { role: "admin" }));
    expect(await ban(live)).toMatchObject({ success: false, code: "permission_denied" });
  }
  await using live = await LiveApp.start(env);
  expect(await ban(live)).toMatchObject({ success: false, code: "permission_denied" });
  // Until a token says that they are none any more.
  await live.leave(await live.chatter("chief"));
  expect(await ban(live)).toMatchObject({ success: true });
});

test("an admin who only calls is known as one too", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "One" });
  const token = await live.token("chief", { role: "admin" });
  expect((await live.server.call("live", `/v1/streams/${STREAM}`, { token })).status).toBe(200);
  const moderator = await live.chatter("moderator", { role: "moderator" });
  expect(await moderator.ask("moderation:ban", { stream_id: STREAM, target_user_id: "chief" })).toMatchObject({
    success: false,
    code: "permission_denied",
  });
});

test("while the database is locked moderation is refused as unavailable and changes nothing; later it works", async () => {
  await using live = await LiveApp.start();
  const [boss, ann] = [await live.chatter("boss", { role: "admin" }), await live.chatter("ann")];
  const { message_id } = await live.say(ann, "Regrettable");
  await ann.rest();
  const heard = ann.heard.length;
  const acts = [
    ["moderation:ban", { target_user_id: "bob" }],
    ["moderation:mute", { target_user_id: "bob" }],
    ["moderation:slow-mode", { enabled: true, interval: 5 }],
    ["moderation:delete-message", { message_id }],
  ] as const;
  const other = new Database(join(live.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  for (const [event, what] of acts) {
    expect(await boss.ask(event, { stream_id: STREAM, ...what })).toMatchObject({
      success: false,
      error: "The server cannot store this now",
      code: "unavailable",
    });
  }
  expect((await ann.rest()).length).toBe(heard);
  other.run("ROLLBACK");
  other.close();
  for (const [event, what] of acts)
    expect(await boss.ask(event, { stream_id: STREAM, ...what })).toEqual({ success: true });
  const { body } = await live.rest(`/v1/streams/${STREAM}/moderation?app_id=${APP}`);
  expect((body as { action: string }[]).map(({ action }) => action)).toEqual([
    "delete_message",
    "slow_mode 5",
    "mute",
    "ban",
  ]);
});

test("calls over a locked database are refused as unavailable, tell nobody anything, and work later", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "One" });
  const boss = await live.chatter("boss", { role: "admin" });
  for (const [event, user] of [
    ["moderation:ban", "banned"],
    ["moderation:mute", "muted"],
  ]) {
    expect(await boss.ask(`${event}`, { stream_id: STREAM, target_user_id: user })).toEqual({ success: true });
  }
  await live.clock.advance(60_000);
  const stream = `/v1/streams/${STREAM}`;
  const calls = [
    [`${stream}/live`, {}],
    [`${stream}/error`, { error: "The encoder is gone" }],
    [`${stream}/offline`, {}],
    [`${stream}/moderators/helper`, {}, "PUT"],
    [`${stream}/moderators/helper`, {}, "DELETE"],
    ["/v1/streams", { stream_id: "another", title: "Two" }],
    ["/internal/stream-event", { stream_id: STREAM, event_type: "stream.live" }],
  ] as const;
  const lifts = [
    ["moderation:unban", "banned"],
    ["moderation:unmute", "muted"],
  ] as const;
  const call = ([path, json, method]: readonly [string, object, string?]) =>
    live.rest(path, { app_id: APP, ...json }, method);
  const heard = (await boss.rest()).length;
  const other = new Database(join(live.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  for (const each of calls) {
    // What is as it should be already takes no writing.
    if (each[0].endsWith("/offline")) continue;
    expect(await call(each)).toMatchObject({ status: 503, body: { error: { type: "unavailable" } } });
  }
  expect((await live.rest("/v1/apps", { app_id: "more", name: "More" })).status).toBe(503);
  for (const [event, target_user_id] of lifts) {
    const answer = await boss.ask(event, { stream_id: STREAM, target_user_id });
    expect(answer).toMatchObject({ success: false, code: "unavailable" });
  }
  expect((await boss.rest()).length).toBe(heard);
  other.run("ROLLBACK");
  other.close();
  for (const each of calls) expect((await call(each)).status).toBeLessThan(300);
  expect((await live.rest("/v1/apps", { app_id: "more", name: "More" })).status).toBe(201);
  for (const [event, target_user_id] of lifts) {
    expect(await boss.ask(event, { stream_id: STREAM, target_user_id })).toEqual({ success: true });
  }
  expect((await boss.rest()).slice(heard).map(({ event }) => event)).toEqual([
    "stream.live",
    "stream.error",
    "stream.offline",
    "stream.live",
    "user.unbanned",
    "user.unmuted",
  ]);
  const { body } = await live.rest(`${stream}/moderation?app_id=${APP}`);
  expect((body as { action: string }[]).map(({ action }) => action)).toEqual([
    "unmute",
    "unban",
    "revoke_moderator",
    "grant_moderator",
    "mute",
    "ban",
  ]);
});
