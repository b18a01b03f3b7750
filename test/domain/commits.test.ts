import { expect, test } from "bun:test";
import { Commits } from "../../src/domain/chat/commits";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { FakeClock } from "../clock";

const BUSY = Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });

/** @param commitMs what a commit takes, as the fake clock has it */
function start(commitMs = 0) {
  const clock = new FakeClock();
  const log: Record<string, unknown>[] = [];
  const quiet = openLog("info", { write: (line) => log.push(JSON.parse(line)) });
  const database = {
    commitMs,
    isDown: false,
    /** Rows that are refused by themselves. */
    bad: new Set<number>(),
    written: [] as number[][],
  };
  const commits = new Commits<{ n: number }>({
    name: "rows",
    clock,
    ticker: new Ticker(clock, quiet),
    log: quiet,
    write(rows) {
      clock.pass(database.commitMs);
      if (database.isDown) throw BUSY;
      database.written.push(rows.map(({ n }) => n));
      return rows.filter(({ n }) => database.bad.has(n));
    },
  });
  return { clock, log, commits, database };
}

const outcome = (stored: Promise<void>) =>
  stored.then(
    () => "stored",
    (error) => error.code,
  );

test("a batch waits 50 ms from its first row, whatever comes after that", async () => {
  const { commits, clock, database } = start();
  const { written } = database;
  void commits.add({ n: 1 });
  await clock.advance(40);
  void commits.add({ n: 2 });
  await clock.advance(9);
  expect([written, commits.size]).toEqual([[], 2]);
  await clock.advance(1);
  expect([written, commits.size]).toEqual([[[1, 2]], 0]);
  // Nothing to store is no commit.
  await clock.advance(10_000);
  expect(written.length).toBe(1);
});

test.each([
  [4, 50],
  [5, 50],
  [6, 60],
  [20, 200],
  [300, 3_000],
])("after a commit of %d ms the next batch waits %d ms", async (commitMs, waitMs) => {
  const { commits, clock, database } = start(commitMs);
  const { written } = database;
  void commits.add({ n: 1 });
  await clock.advance(50);
  expect(written).toEqual([[1]]);
  void commits.add({ n: 2 });
  await clock.advance(waitMs - 1);
  expect(written).toEqual([[1]]);
  await clock.advance(1);
  expect(written).toEqual([[1], [2]]);
  // A quick commit is enough to be quick again.
  database.commitMs = 0;
  void commits.add({ n: 3 });
  await clock.advance(waitMs);
  void commits.add({ n: 4 });
  await clock.advance(50);
  expect(written).toEqual([[1], [2], [3], [4]]);
});

test("a slow disk takes at most a tenth of the time, however much is to be stored", async () => {
  const { commits, clock, database } = start(30);
  const { written } = database;
  for (let n = 0; n < 600; n++) {
    void commits.add({ n });
    await clock.advance(10);
  }
  expect(written.length * 30).toBeLessThanOrEqual(clock.elapsed() / 10);
  expect(written.flat()).toEqual([...Array(written.flat().length).keys()]);
});

test("during an outage each sender is told once, one line is logged, and all is stored in order a second later", async () => {
  const { commits, clock, log, database } = start();
  const { written } = database;
  database.isDown = true;
  const first = outcome(commits.add({ n: 1 }));
  await clock.advance(50);
  expect(await first).toBe("unavailable");
  const second = outcome(commits.add({ n: 2 }));
  await clock.advance(999);
  expect([commits.size, commits.flush()]).toEqual([2, false]);
  expect(await second).toBe("unavailable");
  database.isDown = false;
  const third = outcome(commits.add({ n: 3 }));
  await clock.advance(1);
  expect([await third, written, commits.size]).toEqual(["stored", [[1, 2, 3]], 0]);
  expect(log.map(({ level }) => level)).toEqual(["error", "info"]);
});

test("a row that is refused by itself is not told as stored, and costs the others nothing", async () => {
  const { commits, clock, database } = start();
  database.bad.add(2);
  const told = [1, 2, 3].map((n) => outcome(commits.add({ n })));
  await clock.advance(50);
  expect(await Promise.all(told)).toEqual(["stored", "unavailable", "stored"]);
  expect(commits.size).toBe(0);
});

test("an outage piles up 20,000 rows, then the oldest are given up and their senders told", async () => {
  const { commits, clock, database } = start();
  const { written } = database;
  database.isDown = true;
  const rows = [...Array(20_002).keys()].map((n) => ({ n }));
  const told = rows.map((row) => outcome(commits.add(row)));
  expect([await told[0], await told[1]]).toEqual(["unavailable", "unavailable"]);
  expect(commits.size).toBe(20_000);
  expect([rows[1], rows[2]].map((row) => row && commits.isWaiting(row))).toEqual([false, true]);
  database.isDown = false;
  await clock.advance(2_000);
  expect([written.flat().length, written[0]?.[0]]).toEqual([20_000, 2]);
});
