import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { WriteBehind } from "../../src/domain/progress/buffer";
import { Progress } from "../../src/domain/progress/progress";
import type { Refusal } from "../../src/refusal";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { openStore } from "../../src/store/database";
import { FakeClock } from "../clock";
import { temporaryFolder } from "../harness";

async function openProgress() {
  const folder = temporaryFolder();
  const clock = new FakeClock();
  const lines: { level: string; msg: string }[] = [];
  const log = openLog("info", { write: (line) => lines.push(JSON.parse(line)) });
  const store = await openStore(folder.path);
  const ticker = new Ticker(clock, log);
  const progress = new Progress(store, clock, log, ticker, 10_000);
  const raw = store.db.$client;
  return {
    progress,
    clock,
    lines,
    raw,
    path: join(folder.path, "headend.db"),
    stored: () =>
      raw.query("SELECT user_id, item_id, time FROM progress ORDER BY item_id").all() as {
        item_id: string;
        time: number;
      }[],
    [Symbol.dispose]() {
      ticker.stop();
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

test("what is reported in a period is one row per user and item, the newest, written in its time", async () => {
  using house = await openProgress();
  const { progress, clock } = house;
  for (let time = 0; time < 100; time++) progress.record("u1", "movie", "m", time, 0.5);
  progress.record("u2", "movie", "m", 7, 0.5);
  progress.record("u1", "tv", "m", 8, 0.5);
  await clock.advance(9_999);
  expect(house.stored()).toEqual([]);
  await clock.advance(1);
  expect(house.stored()).toHaveLength(3);
  expect(await progress.of("u1", { kind: "movie", itemId: "m" })).toMatchObject({ time: 99 });
  expect(progress.buffer.written).toBe(3);
});

test("a full disk costs nothing but time: kept, tried every second, logged once, and the newest reports win", async () => {
  using house = await openProgress();
  const { progress, clock, raw, lines } = house;
  const long = (item: number) => `${item}`.padEnd(100, "x");
  const { page_count } = raw.query("PRAGMA page_count").get() as { page_count: number };
  raw.run(`PRAGMA max_page_count = ${page_count + 1}`);
  for (let item = 0; item < 500; item++) progress.record("u1", "movie", long(item), 1, 0.5);
  await clock.advance(15_000);
  expect(house.stored()).toEqual([]);
  expect(progress.buffer.size).toBe(500);
  for (let item = 0; item < 500; item++) progress.record("u1", "movie", long(item), 2, 0.5);
  expect(await progress.of("u1", { kind: "movie", itemId: long(3) })).toMatchObject({ time: 2 });
  raw.run("PRAGMA max_page_count = 100000");
  await clock.advance(1_000);
  expect(progress.buffer.size).toBe(0);
  expect(new Set(house.stored().map((row) => row.time))).toEqual(new Set([2]));
  expect(lines.map(({ level }) => level)).toEqual(["error", "info"]);
});

test("a foreign lock is waited out, and the event loop is not held for longer than the busy time", async () => {
  using house = await openProgress();
  const { progress, clock, lines, path } = house;
  const foreign = new Database(path);
  foreign.run("BEGIN IMMEDIATE");
  progress.record("u1", "movie", "m", 1, 0.5);
  const begun = performance.now();
  expect(progress.flush()).toBe(false);
  expect(performance.now() - begun).toBeLessThan(1_000);
  await clock.advance(10_000);
  progress.record("u1", "movie", "m", 2, 0.5);
  progress.record("u1", "movie", "n", 3, 0.5);
  await clock.advance(3_000);
  expect(lines.filter(({ level }) => level === "error")).toHaveLength(1);
  expect(progress.buffer.failures).toBeGreaterThan(2);
  foreign.run("ROLLBACK");
  foreign.close();
  await clock.advance(1_000);
  expect(house.stored()).toMatchObject([
    { item_id: "m", time: 2 },
    { item_id: "n", time: 3 },
  ]);
  expect(lines.map(({ level }) => level)).toEqual(["error", "info"]);
});

test("one row that the database refuses is set aside and logged; the others are stored", async () => {
  using house = await openProgress();
  const { progress, raw, lines } = house;
  raw.run("CREATE TRIGGER bad BEFORE INSERT ON progress WHEN NEW.item_id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END");
  for (const itemId of ["a", "bad", "c"]) progress.record("u1", "movie", itemId, 1, 0.5);
  expect(progress.flush()).toBe(true);
  expect(house.stored().map((row) => row.item_id)).toEqual(["a", "c"]);
  expect(lines).toMatchObject([{ level: "error", msg: "a row cannot be stored and is set aside" }]);
  expect(progress.buffer.size).toBe(0);
});

test("a user who is forgotten leaves nothing, in memory or on disk", async () => {
  using house = await openProgress();
  const { progress } = house;
  progress.record("u1", "movie", "stored", 1, 0.5);
  progress.flush();
  progress.record("u1", "movie", "buffered", 1, 0.5);
  progress.record("u2", "movie", "other", 1, 0.5);
  await progress.forget("u1");
  expect(await progress.recent("u1", 10)).toEqual([]);
  progress.flush();
  expect(house.stored().map((row) => row.item_id)).toEqual(["other"]);
});

test("random reports, flushes, failures and reads: what is read is always what a plain map would say", async () => {
  const key = fc.record({ owner: fc.constantFrom("a", "b"), name: fc.constantFrom("x", "y", "z") });
  const step = fc.oneof(
    fc.record({ put: key }),
    fc.record({ flush: fc.boolean() }),
    fc.record({ drop: fc.constantFrom("a", "b") }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const disk = new Map<string, number>();
      const model = new Map<string, number>();
      let works = true;
      const buffer = new WriteBehind<{ key: string; value: number }>({
        name: "test",
        clock: new FakeClock(),
        log: openLog("error", { write: () => {} }),
        maxRows: 4,
        write(rows) {
          if (!works) throw new Error("no disk");
          for (const { key, value } of rows) disk.set(key, value);
          return { bad: [] };
        },
      });
      for (const [value, each] of steps.entries()) {
        if ("put" in each) {
          const { owner, name } = each.put;
          const isNew = buffer.get(owner, name) === undefined;
          const wasFull = buffer.size === 4;
          try {
            buffer.put(owner, name, { key: owner + name, value });
            expect(isNew && wasFull).toBe(false);
            model.set(owner + name, value);
          } catch (error) {
            expect((error as Refusal).code).toBe("unavailable");
            expect(isNew && wasFull).toBe(true);
          }
        } else if ("flush" in each) {
          works = each.flush;
          expect(buffer.flush()).toBe(works || buffer.size === 0);
        } else {
          for (const { key } of buffer.of(each.drop)) {
            const older = disk.get(key);
            if (older === undefined) model.delete(key);
            else model.set(key, older);
          }
          buffer.drop(each.drop);
        }
        const seen = new Map(disk);
        for (const owner of ["a", "b"]) for (const row of buffer.of(owner)) seen.set(row.key, row.value);
        expect(seen).toEqual(model);
        expect(buffer.size).toBe([...["a", "b"]].flatMap((owner) => [...buffer.of(owner)]).length);
      }
    }),
    { numRuns: 300 },
  );
});
