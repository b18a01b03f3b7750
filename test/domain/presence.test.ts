import { expect, test } from "bun:test";
import { Presence } from "../../src/domain/presence/presence";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { FakeClock } from "../clock";

const GRACE_MS = 5_000;

function start(graceMs = GRACE_MS) {
  const clock = new FakeClock();
  const seen: string[] = [];
  const presence = new Presence(clock, new Ticker(clock, openLog("error", { write: () => {} })), graceMs, {
    entered: (place, user) => seen.push(`${user} entered ${place}`),
    left: (place, user, stayedMs) => seen.push(`${user} left ${place} after ${Math.round(stayedMs / 1000)} s`),
  });
  return { clock, presence, seen };
}

test("a user counts once, whatever holds them, and until the grace after the last one is over", async () => {
  const { clock, presence, seen } = start();
  const [one, two] = [{}, {}];
  presence.enter("here", "ann", one);
  presence.enter("here", "ann", two);
  presence.enter("here", "bob", one);
  expect([presence.count("here"), presence.count("there"), presence.isHere("here", "ann")]).toEqual([2, 0, true]);
  presence.leave("here", "ann", one);
  await clock.advance(2 * GRACE_MS);
  expect(presence.isHere("here", "ann")).toBe(true);
  presence.leave("here", "ann", two);
  await clock.advance(GRACE_MS - 1);
  expect(presence.count("here")).toBe(2);
  await clock.advance(251);
  expect(presence.count("here")).toBe(1);
  expect(seen).toEqual(["ann entered here", "bob entered here", "ann left here after 15 s"]);
});

test("who comes back within the grace has not left, and has a whole one the next time", async () => {
  const { clock, presence, seen } = start();
  const holder = {};
  presence.enter("here", "ann", holder);
  for (let n = 0; n < 3; n++) {
    presence.leave("here", "ann", holder);
    await clock.advance(GRACE_MS - 1_000);
    presence.enter("here", "ann", holder);
    await clock.advance(500);
  }
  presence.leave("here", "ann", holder);
  await clock.advance(GRACE_MS - 1);
  expect(seen).toEqual(["ann entered here"]);
  await clock.advance(251);
  expect(seen.length).toBe(2);
});

test("who is put out is gone at once, and leaving twice or from elsewhere is nothing", async () => {
  const { clock, presence, seen } = start();
  const holder = {};
  presence.enter("here", "ann", holder);
  presence.leave("there", "ann", holder);
  presence.leave("here", "ann", {});
  presence.evict("here", "ann");
  presence.evict("here", "ann");
  presence.leave("here", "ann", holder);
  await clock.advance(2 * GRACE_MS);
  expect(seen).toEqual(["ann entered here", "ann left here after 0 s"]);
});

test("without a grace the last leave ends it", () => {
  const { presence, seen } = start(0);
  const holder = {};
  presence.enter("here", "ann", holder);
  presence.leave("here", "ann", holder);
  expect([presence.count("here"), seen.length]).toEqual([0, 2]);
});
