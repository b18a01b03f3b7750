import { expect, test } from "bun:test";
import type { Client } from "../../client";
import { token as ours } from "../../harness";
import { APP, LiveApp, STREAM } from "./fixture";

const OTHER = "app_other";
const events = async (client: Client) => (await client.rest()).map(({ event }) => event);

test("two apps share nothing, though streams and users are called the same", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/apps", { app_id: OTHER, name: "Other" });
  const here = await live.chatter("ann", { username: "Ann" });
  const there = await live.user("ann", { username: "Ann", app: OTHER });
  expect(await there.ask("chat:join", { stream_id: STREAM, username: "Ann" })).toEqual({ success: true });
  expect(await there.next("chat:joined")).toMatchObject({ online_users: 1, recent_messages: [] });
  expect(await there.next("viewer.count.update")).toMatchObject({ count: 1 });
  // Messages and their names, limits.
  for (let n = 0; n < 6; n++) await live.say(here, `${n}`, { client_id: `${n}` });
  expect(await here.ask("chat:message", { stream_id: STREAM, message: "x" })).toMatchObject({
    code: "rate_limit_exceeded",
  });
  expect(await events(there)).toEqual([]);
  expect(await live.say(there, "There", { client_id: "0" })).toMatchObject({ success: true });
  expect(await there.next("chat:message")).toMatchObject({ message: "There" });
  // Typing and reactions.
  await here.ask("chat:typing", { stream_id: STREAM });
  await here.ask("reaction:send", { stream_id: STREAM, emoji: "x" });
  // A moderator of the one, bans, mutes, slow mode, and the state of the stream.
  const boss = await live.chatter("boss", { role: "admin" });
  await boss.ask("moderation:slow-mode", { stream_id: STREAM, enabled: true, interval: 600 });
  await boss.ask("moderation:ban", { stream_id: STREAM, target_user_id: "ann" });
  await live.rest(`/v1/streams/${STREAM}/live`, { app_id: APP });
  await live.clock.advance(10_000);
  expect(await events(there)).toEqual([]);
  expect(await live.say(there, "Still there")).toMatchObject({ success: true });
  for (const what of ["bans", "moderation", "messages"]) {
    const [ofHere, ofThere] = [APP, OTHER].map((app) => live.rest(`/v1/streams/${STREAM}/${what}?app_id=${app}`));
    expect((await ofHere)?.body).not.toEqual([]);
    const shown = (await ofThere)?.body as { message: string }[];
    expect(shown.map(({ message }) => message)).toEqual(what === "messages" ? ["There", "Still there"] : []);
  }
  // Nor with Headend's own users.
  const own = await live.server.connect("live", { auth: { token: await ours("ann") } });
  expect(await own.ask("chat:join", { stream_id: STREAM })).toEqual({ success: true });
  expect(await own.next("chat:joined")).toMatchObject({ online_users: 1, recent_messages: [] });
});

test("a socket that signs in as somebody else has left what the first one followed", async () => {
  await using live = await LiveApp.start();
  const watcher = await live.chatter("watcher");
  const socket = await live.chatter("ann", { username: "Ann" });
  await socket.ask("analytics:subscribe", { stream_id: STREAM });
  await socket.ask("authenticate", { token: await live.token("bob"), app_id: APP });
  expect(await socket.next("authenticated")).toMatchObject({ user_id: "bob" });
  await live.say(watcher, "Who hears it?");
  await live.clock.advance(5_250);
  const before = await socket.rest();
  expect(before.map(({ event }) => event).filter((event) => event !== "analytics:update")).toEqual([]);
  expect((await watcher.rest()).filter(({ event }) => event === "viewer.left")).toMatchObject([
    { payload: { user_id: "ann", username: "Ann", count: 1 } },
  ]);
  await live.clock.advance(20_000);
  expect((await socket.rest()).length).toBe(before.length);
  expect(await socket.ask("chat:typing", { stream_id: STREAM })).toMatchObject({ error: "Join the chat first" });
  await socket.ask("chat:join", { stream_id: STREAM, username: "Ann" });
  expect(await socket.next("chat:joined")).toMatchObject({ online_users: 2 });
});

test("who joins the chat hears of the stream too, until the chat is left", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  await live.rest(`/v1/streams/${STREAM}/live`, { app_id: APP, title: "Now" });
  await live.rest(`/v1/streams/${STREAM}/error`, { app_id: APP, error: "The encoder is gone" });
  expect(await events(ann)).toEqual(["stream.live", "stream.error"]);
  await ann.ask("chat:leave", { stream_id: STREAM });
  await live.rest(`/v1/streams/${STREAM}/offline`, { app_id: APP });
  expect(await events(ann)).toEqual(["stream.live", "stream.error"]);
});

test("a stream that nobody made but its viewers is forgotten, its bans and its chat are not", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  await live.say(ann, "Remember me");
  await live.restrict(STREAM, "ban", "troll", null);
  await live.leave(ann);
  await live.clock.advance(3_700_000);
  expect((await live.rest(`/v1/streams/${STREAM}?app_id=${APP}`)).status).toBe(404);
  const troll = await live.user("troll");
  expect(await troll.ask("moderation:ban", { stream_id: STREAM, target_user_id: "x" })).toMatchObject({
    code: "not_found",
  });
  expect(await troll.ask("chat:join", { stream_id: STREAM })).toMatchObject({ code: "user_banned" });
  const bob = await live.user("bob");
  await bob.ask("chat:join", { stream_id: STREAM });
  expect(await bob.next("chat:joined")).toMatchObject({ recent_messages: [{ message: "Remember me" }] });
});

test("at most twenty messages and reactions wait for a join, which then brings them in order or refuses them all", async () => {
  await using live = await LiveApp.start();
  const friend = await live.chatter("friend", { username: "Friend" });
  const ann = await live.user("ann");
  const asked: Promise<Record<string, unknown>>[] = [];
  const burst = async (messages: number, reactions: number) => {
    for (let n = 0; n < messages; n++)
      asked.push(ann.ask("chat:message", { stream_id: STREAM, message: `${asked.length}` }));
    for (let n = 0; n < reactions; n++)
      asked.push(ann.ask("reaction:send", { stream_id: STREAM, emoji: `${asked.length}` }));
    await ann.ask("no such event");
  };
  for (const fails of [true, false]) {
    asked.length = 0;
    await burst(5, 5);
    await live.clock.advance(1_000);
    await burst(5, 6);
    expect(await asked.at(-1)).toMatchObject({ success: false, error: "Join the chat first" });
    asked.pop();
    await ann.ask("chat:join", { stream_id: STREAM, username: fails ? "Friend" : "Ann" });
    await live.clock.advance(50);
    const wanted = fails ? { success: false, code: "conflict" } : { success: true };
    for (const answer of await Promise.all(asked)) expect(answer).toMatchObject(wanted);
    await live.clock.advance(60_000);
  }
  const said = (await friend.rest()).filter(({ event }) => event === "chat:message" || event === "reaction.sent");
  const what = said.map(({ payload }) => payload as { message?: string; emoji?: string });
  expect(what.map(({ message, emoji }) => Number(message ?? emoji))).toEqual([...Array(20).keys()]);
});
