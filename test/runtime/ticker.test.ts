import { expect, test } from "bun:test";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { FakeClock } from "../clock";

function opened() {
  const clock = new FakeClock();
  const lines: Record<string, unknown>[] = [];
  const log = openLog("info", { write: (line) => lines.push(JSON.parse(line)) });
  return { clock, lines, ticker: new Ticker(clock, log) };
}

test.each<[string, () => void | Promise<void>]>([
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no"))],
])("a task that %s is logged each time and stays scheduled", async (_what, fail) => {
  const { clock, lines, ticker } = opened();
  let runs = 0;
  ticker.every("bad", 1_000, () => {
    runs++;
    return fail();
  });
  await clock.advance(999);
  expect(runs).toBe(0);
  await clock.advance(2_001);
  expect(runs).toBe(3);
  const line = { level: "error", task: "bad", err: { message: "no" } };
  expect(lines).toMatchObject([line, line, line]);
});

test("a task that is still running when its time comes again is skipped, and the others are not held up by it", async () => {
  const { clock, lines, ticker } = opened();
  const finish: (() => void)[] = [];
  let others = 0;
  ticker.every("slow", 1_000, () => new Promise((resolve) => finish.push(resolve)));
  ticker.every("quick", 1_000, () => void others++);
  await clock.advance(5_000);
  expect([finish.length, others]).toEqual([1, 5]);
  finish[0]?.();
  await clock.advance(500);
  expect(finish).toHaveLength(1);
  await clock.advance(500);
  expect([finish.length, others]).toEqual([2, 6]);
  expect(lines).toEqual([]);
});

test("two tasks of one name are two tasks", async () => {
  const { clock, ticker } = opened();
  const ran: string[] = [];
  ticker.every("same", 1_000, () => void ran.push("first"));
  ticker.every("same", 1_000, () => void ran.push("second"));
  await clock.advance(1_000);
  expect(ran).toEqual(["first", "second"]);
});

test("soon runs once, after the first delay, however often it is asked for meanwhile", async () => {
  const { clock, ticker } = opened();
  const ran: string[] = [];
  for (let times = 0; times < 5; times++) {
    ticker.soon("once", 100, () => void ran.push("once"));
    ticker.soon("other", 100, () => void ran.push("other"));
    await clock.advance(20);
  }
  expect(ran).toEqual(["once", "other"]);
  ticker.soon("once", 100, () => void ran.push("again"));
  await clock.advance(100);
  expect(ran).toEqual(["once", "other", "again"]);
  await clock.advance(10_000);
  expect(ran).toHaveLength(3);
});

test("soon may be asked for again by the task itself, and one that fails is logged", async () => {
  const { clock, lines, ticker } = opened();
  let tries = 0;
  const attempt = () => {
    if (++tries < 3) ticker.soon("retry", 1_000, attempt);
    throw new Error(`try ${tries}`);
  };
  ticker.soon("retry", 1_000, attempt);
  await clock.advance(10_000);
  expect(tries).toBe(3);
  expect(lines.map(({ task }) => task)).toEqual(["retry", "retry", "retry"]);
});

test("nothing runs after stop, whether it was due again or soon", async () => {
  const { clock, ticker } = opened();
  let runs = 0;
  ticker.every("every", 1_000, () => void runs++);
  ticker.soon("soon", 1_500, () => void runs++);
  await clock.advance(1_000);
  ticker.stop();
  ticker.stop();
  await clock.advance(60_000);
  expect(runs).toBe(1);
});
