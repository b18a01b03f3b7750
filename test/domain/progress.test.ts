import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { removeProgress } from "../../src/domain/progress/progress";
import { openProgress } from "./screening";

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
  // 100 ms, and as much again for a busy machine.
  expect(performance.now() - begun).toBeLessThan(500);
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

test("the newest report is the one that came last, whatever the clock says meanwhile", async () => {
  using house = await openProgress();
  const { progress, clock } = house;
  const item = { kind: "movie", itemId: "m" } as const;
  progress.record("u1", "movie", "m", 100, 0.9);
  progress.flush();
  clock.jump(-3_600_000);
  progress.record("u1", "movie", "m", 5, 0.1);
  expect(await progress.of("u1", item)).toMatchObject({ time: 5, progress: 0.1, updatedAt: clock.now() });
  progress.flush();
  expect(await progress.of("u1", item)).toMatchObject({ time: 5, progress: 0.1, updatedAt: clock.now() });
  expect(house.stored()).toHaveLength(1);
});

test("whoever leaves is on disk within a second, together with those who leave meanwhile", async () => {
  using house = await openProgress();
  const { progress, clock } = house;
  progress.record("u1", "movie", "m", 1, 0.5);
  progress.flushSoon();
  await clock.advance(200);
  progress.record("u2", "movie", "m", 1, 0.5);
  progress.flushSoon();
  const seen = new Set<number>();
  for (let waited = 200; waited < 1_000; waited += 10) {
    seen.add(house.stored().length);
    await clock.advance(10);
  }
  expect([...seen]).toEqual([0, 2]);
  // With nothing to write nothing is begun.
  house.setWritable(false);
  progress.flushSoon();
  await clock.advance(20_000);
  expect(progress.buffer.failures).toBe(0);
});

test("a flush that fails is tried again every second until it works, not only every period", async () => {
  using house = await openProgress();
  const { progress, clock } = house;
  house.setWritable(false);
  progress.record("u1", "movie", "m", 1, 0.5);
  await clock.advance(10_000);
  expect(progress.buffer.failures).toBe(1);
  await clock.advance(3_000);
  expect(progress.buffer.failures).toBe(4);
  house.setWritable(true);
  await clock.advance(1_000);
  expect(house.stored()).toHaveLength(1);
  await clock.advance(60_000);
  expect(progress.buffer.failures).toBe(4);
});

test("what is in memory is read while nothing can be written", async () => {
  using house = await openProgress();
  const { progress } = house;
  progress.record("u1", "movie", "old", 1, 0.5);
  progress.flush();
  house.setWritable(false);
  progress.record("u1", "movie", "new", 2, 0.5);
  progress.record("u1", "movie", "old", 3, 0.5);
  expect(progress.flush()).toBe(false);
  expect(await progress.of("u1", { kind: "movie", itemId: "old" })).toMatchObject({ time: 3 });
  expect((await progress.recent("u1", 10)).map(({ itemId, time }) => [itemId, time])).toEqual([
    ["new", 2],
    ["old", 3],
  ]);
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

test.each<[string, unknown]>([
  ["not a number", Number.NaN],
  ["nothing", null],
  ["an object", { seconds: 1 }],
  ["a symbol", Symbol("time")],
])("a time that is %s in the buffer does not cost anybody else's row", async (_what, time) => {
  using house = await openProgress();
  const { progress, lines } = house;
  progress.record("u1", "movie", "a", 1, 0.5);
  progress.record("u2", "movie", "b", time as number, 0.5);
  progress.record("u3", "movie", "c", 1, 0.5);
  expect(progress.flush()).toBe(true);
  expect(house.stored().map((row) => row.item_id)).toEqual(["a", "c"]);
  expect(lines).toMatchObject([{ level: "error", msg: "a row cannot be stored and is set aside" }]);
  expect(progress.buffer.size).toBe(0);
});

test("a bad row in the middle of an outage is set aside when it is over, and the others are stored", async () => {
  using house = await openProgress();
  const { progress, raw, lines } = house;
  raw.run("CREATE TRIGGER bad BEFORE INSERT ON progress WHEN NEW.item_id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END");
  const { page_count } = raw.query("PRAGMA page_count").get() as { page_count: number };
  raw.run(`PRAGMA max_page_count = ${page_count + 1}`);
  const items = Array.from({ length: 300 }, (_, item) => `${item}`.padEnd(120, "x"));
  for (const itemId of ["bad", ...items]) progress.record("u1", "movie", itemId, 1, 0.5);
  for (let tries = 0; tries < 3; tries++) expect(progress.flush()).toBe(false);
  expect(progress.buffer.size).toBe(301);
  expect(house.stored()).toEqual([]);
  raw.run("PRAGMA max_page_count = 100000");
  expect(progress.flush()).toBe(true);
  expect(house.stored()).toHaveLength(300);
  expect(lines.map(({ msg }) => msg)).toEqual([
    "storing failed; what came in is kept in memory and tried again",
    "a row cannot be stored and is set aside",
    "storing works again; nothing was lost",
  ]);
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

test("a command removes what is stored of a user, and only of that user", async () => {
  using house = await openProgress();
  const { progress } = house;
  for (const user of ["u1", "u2", "u"]) progress.record(user, "movie", "m", 1, 0.5);
  progress.flush();
  removeProgress(house.store, "u1");
  expect(house.stored().map((row) => row.user_id)).toEqual(["u", "u2"]);
});

test("of a user the newest ten thousand items are kept, of everybody else all", async () => {
  using house = await openProgress();
  const { progress, clock, raw } = house;
  for (let item = 0; item < 10_700; item++) {
    progress.record("u1", item % 2 ? "tv" : "movie", `${item}`, item, 0.5);
    clock.pass(1);
  }
  progress.record("u2", "movie", "old", 1, 0.5);
  progress.flush();
  const counts = () =>
    raw.query("SELECT user_id AS user, count(*) AS n, min(time) AS first FROM progress GROUP BY 1").all();
  await progress.prune();
  expect(counts()).toEqual([
    { user: "u1", n: 10_000, first: 700 },
    { user: "u2", n: 1, first: 1 },
  ]);
  // Only who has reported since is looked at: rows that came in another way tell.
  raw.run("INSERT INTO progress SELECT user_id, kind, 'old ' || item_id, -1, 0, 0 FROM progress LIMIT 5");
  await progress.prune();
  expect(counts()).toMatchObject([{ user: "u1", n: 10_005 }, { user: "u2" }]);
  progress.record("u1", "tv", "next", 1, 0.5);
  progress.flush();
  await progress.prune();
  expect(counts()).toMatchObject([{ user: "u1", n: 10_000 }, { user: "u2" }]);
});
