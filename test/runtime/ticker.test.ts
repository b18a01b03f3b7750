import { expect, test } from "bun:test";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { FakeClock } from "../clock";

function logged() {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: openLog("info", { write: (line) => lines.push(JSON.parse(line)) }) };
}

test("a task that throws is logged and stays scheduled; one that is still running is not started again", async () => {
  const clock = new FakeClock();
  const { lines, log } = logged();
  const ticker = new Ticker(clock, log);
  let runs = 0;
  let starts = 0;
  let finish = () => {};
  ticker.every("bad", 1_000, () => {
    runs++;
    throw new Error("no");
  });
  ticker.every("slow", 1_000, () => {
    starts++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  await clock.advance(3_000);
  expect([runs, starts]).toEqual([3, 1]);
  expect(lines).toHaveLength(3);
  finish();
  await clock.advance(1_000);
  expect(starts).toBe(2);
  ticker.stop();
  await clock.advance(5_000);
  expect([runs, starts]).toEqual([4, 2]);
});

test("soon runs once, however often it is asked for meanwhile", async () => {
  const clock = new FakeClock();
  const ticker = new Ticker(clock, logged().log);
  let runs = 0;
  for (let times = 0; times < 5; times++) ticker.soon("once", 100, () => void runs++);
  await clock.advance(100);
  expect(runs).toBe(1);
  ticker.soon("once", 100, () => void runs++);
  await clock.advance(100);
  expect(runs).toBe(2);
});
