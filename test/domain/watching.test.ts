import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Position } from "../../src/domain/progress/progress";
import { openProgress } from "./screening";

const WEEK_MS = 7 * 86_400_000;

const ids = (positions: readonly Position[]) => positions.map(({ itemId }) => itemId);

test("recent positions are merged from disk and memory, newest first, each item once, up to the limit", async () => {
  using house = await openProgress();
  const { progress, clock } = house;
  for (const itemId of ["a", "b", "c", "d"]) {
    progress.record("u1", "movie", itemId, 1, 0.5);
    clock.pass(1);
  }
  progress.record("u2", "movie", "theirs", 1, 0.5);
  progress.flush();
  progress.record("u1", "movie", "b", 2, 0.5);
  clock.pass(1);
  progress.record("u1", "tv", "b", 3, 0.5);
  expect(ids(await progress.recent("u1", 100))).toEqual(["b", "b", "d", "c", "a"]);
  expect((await progress.recent("u1", 2)).map(({ kind, time }) => [kind, time])).toEqual([
    ["tv", 3],
    ["movie", 2],
  ]);
  expect(ids(await progress.recent("u1", 4))).toEqual(["b", "b", "d", "c"]);
  progress.flush();
  expect(ids(await progress.recent("u1", 4))).toEqual(["b", "b", "d", "c"]);
  expect(await progress.recent("nobody", 10)).toEqual([]);
});

for (const where of ["on disk", "in memory"]) {
  test(`an item ${where} counts as being watched below 0.9`, async () => {
    using house = await openProgress();
    const { progress } = house;
    const shares = { none: 0, half: 0.5, nearly: 0.8999999999, "at the edge": 0.9, all: 1 };
    for (const [itemId, share] of Object.entries(shares)) progress.record("u1", "movie", itemId, 1, share);
    if (where === "on disk") progress.flush();
    expect(ids(await progress.watching("u1", 100)).sort()).toEqual(["half", "nearly", "none"]);
    expect(await progress.recent("u1", 100)).toHaveLength(5);
  });

  test(`an item ${where} counts as being watched for seven days after it was touched`, async () => {
    using house = await openProgress();
    const { progress, clock } = house;
    progress.record("u1", "movie", "m", 1, 0.5);
    if (where === "on disk") progress.flush();
    clock.pass(WEEK_MS);
    expect(ids(await progress.watching("u1", 100))).toEqual(["m"]);
    clock.pass(1);
    expect(await progress.watching("u1", 100)).toEqual([]);
    expect(ids(await progress.recent("u1", 100))).toEqual(["m"]);
    // Touched again, it is watched again.
    progress.record("u1", "movie", "m", 2, 0.5);
    expect(ids(await progress.watching("u1", 100))).toEqual(["m"]);
  });
}

test("what memory knows of an item hides what the disk has, also when it takes it off the list", async () => {
  using house = await openProgress();
  const { progress, clock } = house;
  for (const itemId of ["done", "going", "again"]) {
    progress.record("u1", "movie", itemId, 1, itemId === "again" ? 1 : 0.5);
    clock.pass(1);
  }
  progress.flush();
  expect(ids(await progress.watching("u1", 100))).toEqual(["going", "done"]);
  progress.record("u1", "movie", "done", 2, 0.95);
  progress.record("u1", "movie", "again", 0, 0.01);
  expect(ids(await progress.watching("u1", 100))).toEqual(["again", "going"]);
  expect(ids(await progress.watching("u1", 1))).toEqual(["again"]);
});

const user = fc.constantFrom("u1", "u2");
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("report" as const),
      user,
      kind: fc.constantFrom("tv" as const, "movie" as const),
      itemId: fc.constantFrom("a", "b", "c"),
      share: fc.constantFrom(0, 0.5, 0.9, 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flush" as const), works: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1_000, WEEK_MS / 2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forget" as const), user }) },
);

test("reports, flushes, outages and time at random: what is read is always what a plain list says", async () => {
  using house = await openProgress();
  const { progress, clock } = house;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60, size: "max" }), async (commands) => {
      const model = new Map<string, Position>();
      for (const each of commands) {
        // No two reports at the same moment, so that "newest first" is one order.
        clock.pass(1);
        if (each.do === "report") {
          const { user, kind, itemId, share } = each;
          progress.record(user, kind, itemId, clock.elapsed(), share);
          const position = {
            userId: user,
            kind,
            itemId,
            time: clock.elapsed(),
            progress: share,
            updatedAt: clock.now(),
          };
          model.set(`${user} ${kind} ${itemId}`, position);
        } else if (each.do === "flush") {
          house.setWritable(each.works);
          const hadNothing = progress.buffer.size === 0;
          expect(progress.flush()).toBe(each.works || hadNothing);
          house.setWritable(true);
        } else if (each.do === "wait") {
          clock.pass(each.ms);
        } else {
          await progress.forget(each.user);
          for (const key of [...model.keys()]) if (key.startsWith(`${each.user} `)) model.delete(key);
        }
        for (const user of ["u1", "u2"]) {
          const mine = [...model.values()].filter(({ userId }) => userId === user);
          const newest = mine.sort((a, b) => b.updatedAt - a.updatedAt);
          const since = clock.now() - WEEK_MS;
          const watching = newest.filter(({ progress, updatedAt }) => progress < 0.9 && updatedAt >= since);
          for (const limit of [1, 2, 100]) {
            expect(await progress.recent(user, limit)).toEqual(newest.slice(0, limit));
            expect(await progress.watching(user, limit)).toEqual(watching.slice(0, limit));
          }
          for (const position of newest) expect(await progress.of(user, position)).toEqual(position);
        }
      }
      for (const user of ["u1", "u2"]) await progress.forget(user);
      expect(house.stored()).toEqual([]);
      expect(progress.buffer.size).toBe(0);
    }),
    { numRuns: 25 },
  );
});
