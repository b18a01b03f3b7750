import { describe, expect, test } from "bun:test";
import type { Client } from "../client";
import { FakeClock } from "../clock";
import { startTestApp, type TestApp, token } from "../harness";

// The wall clock of a machine jumps: somebody sets it, NTP steps it. Intervals, limits and order go by time that cannot.

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const JUMPS: [name: string, ms: number][] = [
  ["a day ahead", DAY_MS],
  ["a day back", -DAY_MS],
];

async function chatter(app: TestApp, user: string, claims = {}): Promise<Client> {
  const client = await app.connect("live", { auth: { token: await token(user, claims) } });
  await client.next("authenticated");
  await client.ask("chat:join", { stream_id: "s" });
  return client;
}

/** Says something, with the time that storing it takes. */
async function say(client: Client, clock: FakeClock, message: string): Promise<Record<string, unknown>> {
  const answer = client.ask("chat:message", { stream_id: "s", message });
  let isThere = false;
  void answer.finally(() => {
    isThere = true;
  });
  for (let turn = 0; turn < 100 && !isThere; turn++) {
    await clock.advance(20);
    await Bun.sleep(1);
  }
  return answer;
}

describe.each(JUMPS)("when the clock jumps %s", (_, jumpMs) => {
  test("sockets stay, and what is reported is stored as before", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const client = await app.connect("playback");
    await client.ask("authenticate", { token: await token("u1") });
    const report = (time: number) => client.ask("playing", { type: "movie", movieId: "m", time, progress: 0.5 });
    expect(await report(1)).toEqual({ success: true });
    clock.jump(jumpMs);
    expect(await report(2)).toEqual({ success: true });
    await clock.advance(11_000);
    const { body } = await app.call("playback", "/progress/movie/m", { token: await token("u1") });
    expect(body).toMatchObject({ time: 2 });
    const stored = app.app.house.store.db.$client.query("SELECT time FROM progress").values();
    expect(stored).toEqual([[2]]);
    expect(client.socket.connected).toBe(true);
    expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("messages keep their order", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const client = await chatter(app, "u1");
    expect(await say(client, clock, "before")).toMatchObject({ success: true });
    clock.jump(jumpMs);
    expect(await say(client, clock, "after")).toMatchObject({ success: true });
    const moderator = await token("m", { role: "moderator" });
    const { body } = await app.call("live", "/v1/streams/s/messages", { token: moderator });
    expect(JSON.stringify(body)).toMatch(/"before".*"after"/);
  });

  test("nobody may say more than before, and nobody waits longer", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const client = await chatter(app, "u1");
    const messages = Array.from({ length: 5 }, (_, n) => say(client, clock, `m${n}`));
    for (const answer of await Promise.all(messages)) expect(answer).toMatchObject({ success: true });
    const flood = Array.from({ length: 10 }, () => client.ask("chat:message", { stream_id: "s", message: "x" }));
    clock.jump(jumpMs);
    const answers = flood.map((answer) => Promise.race([answer, Bun.sleep(200).then(() => undefined)]));
    const refused = (await Promise.all(answers)).filter((answer) => answer?.success === false);
    expect(refused.length).toBeGreaterThan(4);
    await clock.advance(1_000);
    expect(await say(client, clock, "again")).toMatchObject({ success: true });
  });
});

test("tokens and bans end by the clock on the wall, whichever way it came there", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const moderator = await chatter(app, "m", { role: "moderator" });
  const banned = await chatter(app, "u1");
  const expiring = await chatter(app, "u2", { exp: Math.floor((clock.now() + HOUR_MS) / 1000) });
  const ban = { stream_id: "s", target_user_id: "u1", duration: 3_600 };
  expect(await moderator.ask("moderation:ban", ban)).toMatchObject({ success: true });
  clock.jump(-DAY_MS);
  await clock.advance(2_000);
  expect(await banned.ask("chat:join", { stream_id: "s" })).toMatchObject({ success: false, code: "user_banned" });
  expect(expiring.socket.connected).toBe(true);
  clock.jump(2 * DAY_MS);
  const reason = expiring.disconnected();
  await clock.advance(2_000);
  expect(await reason).toBe("io server disconnect");
  expect(await banned.ask("chat:join", { stream_id: "s" })).toMatchObject({ success: true });
});
