import { expect, test } from "bun:test";
import { Moderation } from "../../src/domain/moderation/moderation";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { openStore } from "../../src/store/database";
import { FakeClock } from "../clock";
import { temporaryFolder } from "../harness";

const ACT = { moderatorId: "boss", reason: "Spam" };
const SECOND = 1_000;

async function open(lastWritten: () => Map<string, number> = () => new Map()) {
  const folder = temporaryFolder();
  const store = await openStore(folder.path);
  const clock = new FakeClock();
  const make = () =>
    new Moderation(store, clock, new Ticker(clock, openLog("error", { write: () => {} })), lastWritten);
  return {
    clock,
    moderation: make(),
    /** What a server that starts now would see. */
    restarted: make,
    [Symbol.dispose]() {
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

test("a ban holds to the millisecond of its end, in its own place, and over a restart", async () => {
  using given = await open();
  const { moderation, clock } = given;
  await moderation.restrict("here", "ban", "ann", 60 * SECOND, ACT);
  const refused = () =>
    [moderation, given.restarted()].map((each) => each.speechRefusal("here", "ann")?.reason ?? "free");
  clock.pass(60 * SECOND - 1);
  expect(refused()).toEqual(["user_banned", "user_banned"]);
  expect(moderation.banRefusal("there", "ann")).toBeUndefined();
  expect(moderation.banRefusal("here", "bob")).toBeUndefined();
  clock.pass(1);
  expect(refused()).toEqual(["free", "free"]);
  expect(await moderation.bans("here")).toEqual([]);
});

test("the wall clock decides, whatever jumps it makes", async () => {
  using given = await open();
  const { moderation, clock } = given;
  await moderation.restrict("here", "mute", "ann", 60 * SECOND, ACT);
  clock.jump(60 * SECOND);
  expect(moderation.speechRefusal("here", "ann")).toBeUndefined();
  clock.jump(-30 * SECOND);
  expect(moderation.speechRefusal("here", "ann")?.reason).toBe("user_muted");
});

test("a mute takes the voice, a ban the place too, and each is lifted by itself", async () => {
  using given = await open();
  const { moderation } = given;
  await moderation.restrict("here", "mute", "ann", null, ACT);
  expect(moderation.banRefusal("here", "ann")).toBeUndefined();
  expect(moderation.speechRefusal("here", "ann")).toMatchObject({ reason: "user_muted", facts: { until: null } });
  await moderation.restrict("here", "ban", "ann", null, ACT);
  expect(moderation.speechRefusal("here", "ann")?.reason).toBe("user_banned");
  expect(await moderation.lift("here", "ban", "ann", ACT)).toBe(true);
  expect(await moderation.lift("here", "ban", "ann", ACT)).toBe(false);
  expect(moderation.speechRefusal("here", "ann")?.reason).toBe("user_muted");
  const done = (await moderation.log("here", 10)).map(({ action, target }) => `${action} ${target}`);
  expect(done).toEqual(["unban ann", "ban ann", "mute ann"]);
});

test("slow mode counts from the user's last message, before a restart too", async () => {
  const lastWritten = new Map<string, number>();
  using given = await open(() => lastWritten);
  const { moderation, clock } = given;
  await moderation.setSlowMode("here", 30 * SECOND, ACT);
  expect(moderation.slowModeRefusal("here", "ann")).toBeUndefined();
  moderation.spoke("here", "ann");
  lastWritten.set("ann", clock.now());
  clock.pass(10 * SECOND);
  for (const each of [moderation, given.restarted()]) {
    expect(each.slowModeRefusal("here", "ann")).toMatchObject({ reason: "slow_mode", retryAfterMs: 20 * SECOND });
    expect(each.slowModeRefusal("here", "bob")).toBeUndefined();
  }
  clock.pass(20 * SECOND);
  expect(moderation.slowModeRefusal("here", "ann")).toBeUndefined();
  await moderation.setSlowMode("here", null, ACT);
  expect([moderation.slowModeMs("here"), given.restarted().slowModeMs("here")]).toEqual([null, null]);
});

test("what is over, and old entries of the log, are pruned", async () => {
  using given = await open();
  const { moderation, clock } = given;
  await moderation.restrict("here", "ban", "ann", SECOND, ACT);
  await moderation.restrict("here", "ban", "bob", null, ACT);
  clock.pass(2 * SECOND);
  await moderation.prune(clock.now() + 1);
  expect((await given.restarted().bans("here")).map(({ userId }) => userId)).toEqual(["bob"]);
  expect(await moderation.log("here", 10)).toEqual([]);
});

test("slow mode never asks for more than its interval, although the wall clock was set back before a restart", async () => {
  const lastWritten = new Map<string, number>();
  using given = await open(() => lastWritten);
  const { moderation, clock } = given;
  await moderation.setSlowMode("here", 30 * SECOND, ACT);
  lastWritten.set("ann", clock.now());
  clock.jump(-3_600 * SECOND);
  expect(given.restarted().slowModeRefusal("here", "ann")?.retryAfterMs).toBe(30 * SECOND);
});

test("bans that have ended are forgotten, in a place that is never quiet too", async () => {
  using given = await open();
  const { moderation, clock } = given;
  for (let n = 0; n < 100; n++) await moderation.restrict("here", n % 2 ? "ban" : "mute", `u${n}`, SECOND, ACT);
  await moderation.restrict("here", "ban", "bob", null, ACT);
  expect(moderation.remembered).toBe(101);
  clock.pass(2 * SECOND);
  await moderation.prune(0);
  expect(moderation.remembered).toBe(1);
  expect(moderation.banRefusal("here", "bob")).toBeDefined();
});

test("a moderator whose account is gone is none any more, anywhere and after a restart; others are", async () => {
  using given = await open();
  const { moderation } = given;
  for (const scope of ["here", "there"]) await moderation.setModerator(scope, "ann", true, ACT);
  await moderation.setModerator("here", "bob", true, ACT);
  await moderation.forget("ann");
  for (const each of [moderation, given.restarted()]) {
    const asked = [each.isModerator("here", "ann"), each.isModerator("there", "ann"), each.isModerator("here", "bob")];
    expect(asked).toEqual([false, false, true]);
  }
});
