import { expect, test } from "bun:test";
import type { Client } from "../../client";
import { temporaryFolder } from "../../harness";
import { APP, LiveApp, STREAM } from "./fixture";

const BANNED = { success: false, type: "permission_denied", code: "user_banned" };
const MUTED = { success: false, type: "permission_denied", code: "user_muted" };

/** What a user may do on the stream: each of the five, `ok` or the code of the refusal. */
async function doors(live: LiveApp, client: Client): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [event, more] of [
    ["chat:join", {}],
    ["stream:subscribe", {}],
    ["chat:message", { message: "x" }],
    ["chat:typing", {}],
    ["reaction:send", { emoji: "x" }],
  ] as const) {
    const asked = client.ask<{ success: boolean; code: string }>(event, { stream_id: STREAM, ...more });
    await client.ask("no such event");
    await live.clock.advance(50);
    const { success, code } = await asked;
    found[event] = success ? "ok" : code;
  }
  return found;
}

const ALL_OPEN = {
  "chat:join": "ok",
  "stream:subscribe": "ok",
  "chat:message": "ok",
  "chat:typing": "ok",
  "reaction:send": "ok",
};
const ALL_SHUT = Object.fromEntries(Object.keys(ALL_OPEN).map((door) => [door, "user_banned"]));
const MUTE = {
  "chat:join": "ok",
  "stream:subscribe": "ok",
  "chat:message": "user_muted",
  "chat:typing": "user_muted",
  "reaction:send": "user_muted",
};

test("the banned user hears of it and nothing more; no second socket, reconnect, restart or spelling helps", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  {
    await using live = await LiveApp.start(env);
    const mod = await live.chatter("mod", { role: "moderator" });
    const one = await live.chatter("troll");
    const two = await live.user("troll");
    await two.ask("stream:subscribe", { stream_id: STREAM });
    await two.next("stream:subscribed");
    await two.next("viewer.count.update");
    await mod.next("viewer.joined");
    const banned = {
      stream_id: STREAM,
      user_id: "troll",
      moderator_id: "mod",
      reason: "Spam",
      duration: 3600,
      until: "2026-01-01T01:00:00.000Z",
      timestamp: "2026-01-01T00:00:00.000Z",
    };
    expect(
      await mod.ask("moderation:ban", {
        stream_id: STREAM,
        target_user_id: " troll\u200e",
        reason: "Spam",
        duration: 3600,
      }),
    ).toEqual({ success: true });
    for (const client of [mod, one, two]) expect(await client.next("user.banned")).toEqual(banned);
    await live.say(mod, "peace");
    await live.clock.advance(2_000);
    expect((await mod.rest()).map(({ event }) => event)).toEqual([
      "viewer.left",
      "chat:message",
      "viewer.count.update",
    ]);
    for (const client of [one, two]) {
      expect(await client.rest()).toEqual([]);
      expect(await doors(live, client)).toEqual(ALL_SHUT);
    }
    const fresh = await live.user("troll", {}, { transports: ["polling"] });
    expect(await doors(live, fresh)).toEqual(ALL_SHUT);
    expect(await fresh.ask("chat:join", { stream_id: "another" })).toEqual({ success: true });
    const { body } = await live.rest(`/v1/streams/${STREAM}/bans?app_id=${APP}`);
    expect(body).toEqual([
      { user_id: "troll", moderator_id: "mod", reason: "Spam", until: banned.until, timestamp: banned.timestamp },
    ]);
  }
  await using again = await LiveApp.start(env);
  expect(await doors(again, await again.user("troll"))).toEqual(ALL_SHUT);
});

test.each(["ban", "mute"] as const)(
  "a %s ends on the moment, not before; without a duration it does not end",
  async (kind) => {
    await using live = await LiveApp.start();
    const mod = await live.chatter("mod", { role: "moderator" });
    const user = await live.user("user");
    const shut = kind === "ban" ? ALL_SHUT : MUTE;
    await mod.ask(`moderation:${kind}`, { stream_id: STREAM, target_user_id: "user", duration: 60 });
    // Trying the doors takes 250 ms.
    await live.clock.advance(59_700);
    expect(await doors(live, user)).toEqual(shut);
    await live.clock.advance(50);
    expect(await doors(live, user)).toEqual(ALL_OPEN);
    await mod.ask(`moderation:${kind}`, { stream_id: STREAM, target_user_id: "user" });
    await live.clock.advance(1_000);
    live.clock.jump(365 * 86_400_000);
    expect(await doors(live, user)).toEqual(shut);
    expect(await mod.ask(`moderation:un${kind}`, { stream_id: STREAM, target_user_id: "user" })).toEqual({
      success: true,
    });
    expect(await doors(live, user)).toEqual(ALL_OPEN);
    expect(await mod.ask(`moderation:un${kind}`, { stream_id: STREAM, target_user_id: "user" })).toMatchObject({
      code: "not_found",
    });
  },
);

const RANKS = [
  ["viewer", {}],
  ["moderator", { role: "moderator" }],
  ["owner", { role: "owner" }],
  ["admin", { role: "admin" }],
] as const;

test("who may act on whom: a moderator on viewers, the owner on moderators too, an admin on everybody", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "T", owner_id: "streamer" });
  await live.rest(`/v1/streams/${STREAM}/moderators/granted`, { app_id: APP }, "PUT");
  const who = [
    ...RANKS.map(([name, role]) => [name, role] as const),
    ["streamer", {}] as const,
    ["granted", {}] as const,
  ];
  const clients = new Map<string, Client>();
  for (const [name, role] of who) clients.set(name, await live.chatter(name, role));
  const rank: Record<string, number> = { viewer: 0, moderator: 1, granted: 1, owner: 2, streamer: 2, admin: 3 };
  const observer = clients.get("viewer") as Client;
  for (const [actor] of who) {
    for (const [target] of who) {
      if (actor === target) continue;
      await live.clock.advance(60_000);
      const client = clients.get(actor) as Client;
      await observer.rest();
      const { success } = await client.ask<{ success: boolean }>("moderation:mute", {
        stream_id: STREAM,
        target_user_id: target,
        duration: 1,
      });
      const may = rank[actor] === 3 || ((rank[actor] ?? 0) > 0 && (rank[actor] ?? 0) > (rank[target] ?? 0));
      expect([actor, target, success]).toEqual([actor, target, may]);
      const heard = (await observer.rest()).filter(({ event }) => event === "user.muted");
      expect([actor, target, heard.length]).toEqual([actor, target, may ? 1 : 0]);
      for (const _ of heard) await observer.next("user.muted");
    }
  }
}, 20_000);

test("a moderator cannot lift what stands above: not the mute of another moderator, nor the own one", async () => {
  await using live = await LiveApp.start();
  const owner = await live.chatter("owner", { role: "owner" });
  const mod = await live.chatter("mod", { role: "moderator" });
  await owner.ask("moderation:mute", { stream_id: STREAM, target_user_id: "mod" });
  const lift = { stream_id: STREAM, target_user_id: "mod" };
  expect(await mod.ask("moderation:unmute", lift)).toMatchObject({ success: false, code: "permission_denied" });
  expect(await owner.ask("moderation:unmute", lift)).toEqual({ success: true });
});

test("a deleted message is gone for everybody, told under both names, and not found twice or on another stream", async () => {
  await using live = await LiveApp.start();
  const mod = await live.chatter("mod", { role: "moderator" });
  const { message_id } = await live.say(mod, "oops");
  await mod.ask("chat:join", { stream_id: "another" });
  expect(await mod.ask("moderation:delete-message", { stream_id: "another", message_id })).toMatchObject({
    code: "not_found",
  });
  expect(await mod.ask("moderation:delete-message", { stream_id: STREAM, message_id })).toEqual({ success: true });
  const gone = { stream_id: STREAM, message_id, moderator_id: "mod", timestamp: "2026-01-01T00:00:00.050Z" };
  expect(await mod.next("chat.message.deleted")).toEqual(gone);
  expect(await mod.next("chat:message.deleted")).toEqual(gone);
  expect(await mod.ask("moderation:delete-message", { stream_id: STREAM, message_id })).toMatchObject({
    code: "not_found",
  });
  const late = await live.user("late");
  await late.ask("chat:join", { stream_id: STREAM });
  expect(await late.next("chat:joined")).toMatchObject({ recent_messages: [] });
});

test("slow mode: told under both names, its wait is true, moderators are exempt, and a restart changes nothing", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  {
    await using live = await LiveApp.start(env);
    const mod = await live.chatter("mod", { role: "moderator" });
    const user = await live.chatter("user");
    expect(await mod.ask("moderation:slow-mode", { stream_id: STREAM, enabled: true })).toMatchObject({
      code: "invalid_request",
      field: "interval",
    });
    expect(await mod.ask("moderation:slow-mode", { stream_id: STREAM, enabled: true, interval: 5 })).toEqual({
      success: true,
    });
    const mode = { stream_id: STREAM, enabled: true, interval: 5 };
    expect(await user.next("chat.slow-mode")).toEqual(mode);
    expect(await user.next("chat:slow-mode")).toEqual(mode);
    expect(await live.say(user, "one")).toMatchObject({ success: true });
    const refused = await user.ask<{ retry_after: number }>("chat:message", { stream_id: STREAM, message: "two" });
    expect(refused).toMatchObject({
      success: false,
      type: "rate_limit_exceeded",
      code: "slow_mode",
      retry_after: 4.95,
    });
    await live.clock.advance(4_900);
    expect(await user.ask("chat:message", { stream_id: STREAM, message: "two" })).toMatchObject({
      code: "slow_mode",
      retry_after: 0.05,
    });
    await live.clock.advance(50);
    expect(await live.say(user, "two")).toMatchObject({ success: true });
    expect(await live.say(mod, "a")).toMatchObject({ success: true });
    expect(await live.say(mod, "b")).toMatchObject({ success: true });
    const late = await live.user("late");
    await late.ask("chat:join", { stream_id: STREAM });
    expect(await late.next("chat:joined")).toMatchObject({ slow_mode: { enabled: true, interval: 5 } });
    await mod.ask("moderation:slow-mode", { stream_id: STREAM, enabled: true, interval: 600 });
  }
  // The clock of the second server begins where that of the first did: its messages are of the future, as after a jump.
  await using again = await LiveApp.start(env);
  const user = await again.chatter("user");
  expect(await user.ask("chat:message", { stream_id: STREAM, message: "three" })).toMatchObject({ code: "slow_mode" });
});

test.each([
  ["moderation:ban", { target_user_id: "x", duration: 0 }, "duration"],
  ["moderation:ban", { target_user_id: "x", duration: -1 }, "duration"],
  ["moderation:ban", { target_user_id: "x", duration: 31_536_001 }, "duration"],
  ["moderation:ban", { target_user_id: "x", duration: "3600" }, "duration"],
  ["moderation:mute", { target_user_id: "x", duration: 1.5 }, "duration"],
  ["moderation:ban", { duration: 5 }, "target_user_id"],
  ["moderation:slow-mode", { enabled: true, interval: 0 }, "interval"],
  ["moderation:slow-mode", { enabled: true, interval: 601 }, "interval"],
  ["moderation:slow-mode", { interval: 5 }, "enabled"],
])("%s %j is refused and names %s", async (event, payload, field) => {
  await using live = await LiveApp.start();
  const mod = await live.chatter("mod", { role: "moderator" });
  expect(await mod.ask(event, { stream_id: STREAM, ...payload })).toMatchObject({
    success: false,
    code: "invalid_request",
    field,
  });
  expect(await mod.rest()).toEqual([]);
});

test("20 moderation actions a minute, all kinds together; the log says who did what to whom, and why", async () => {
  await using live = await LiveApp.start();
  const mod = await live.chatter("mod", { role: "moderator" });
  for (let n = 0; n < 10; n++) {
    expect(
      await mod.ask("moderation:mute", { stream_id: STREAM, target_user_id: `u${n}`, duration: 60, reason: "loud" }),
    ).toEqual({ success: true });
    expect(await mod.ask("moderation:unmute", { stream_id: STREAM, target_user_id: `u${n}` })).toEqual({
      success: true,
    });
  }
  expect(await mod.ask("moderation:ban", { stream_id: STREAM, target_user_id: "x" })).toMatchObject({
    code: "rate_limit_exceeded",
    retry_after: 3,
  });
  const { body } = await live.rest(`/v1/streams/${STREAM}/moderation?app_id=${APP}`);
  expect(body).toHaveLength(20);
  expect((body as unknown[]).slice(-2)).toEqual([
    {
      moderator_id: "mod",
      action: "unmute",
      target: "u0",
      reason: null,
      until: null,
      timestamp: "2026-01-01T00:00:00.000Z",
    },
    {
      moderator_id: "mod",
      action: "mute",
      target: "u0",
      reason: "loud",
      until: "2026-01-01T00:01:00.000Z",
      timestamp: "2026-01-01T00:00:00.000Z",
    },
  ]);
});

test("the refusals of the banned and the muted say until when", async () => {
  await using live = await LiveApp.start();
  const mod = await live.chatter("mod", { role: "moderator" });
  const user = await live.chatter("user");
  await mod.ask("moderation:mute", { stream_id: STREAM, target_user_id: "user", duration: 30 });
  const until = "2026-01-01T00:00:30.000Z";
  expect(await user.ask("chat:message", { stream_id: STREAM, message: "x" })).toEqual({
    ...MUTED,
    error: "You are muted here",
    until,
  });
  await mod.ask("moderation:ban", { stream_id: STREAM, target_user_id: "user" });
  expect(await user.ask("chat:join", { stream_id: STREAM })).toEqual({
    ...BANNED,
    error: "You are banned here",
    until: null,
  });
  user.send("chat:join", { stream_id: STREAM });
  expect(await user.next("error")).toEqual({
    type: "permission_denied",
    code: "user_banned",
    message: "You are banned here",
    until: null,
  });
});
