import { expect, test } from "bun:test";
import fc from "fast-check";
import { Limits, rate } from "../../src/domain/limits";
import { FakeClock } from "../clock";

const RATES = [rate(5, 1_000), rate(100, 60_000), rate(20, 1_000, 40)];

/** A bucket the long way round: tokens that come back one by one. */
class Oracle {
  #tokens: number;
  #at = 0;
  constructor(
    readonly burst: number,
    readonly intervalMs: number,
  ) {
    this.#tokens = burst;
  }
  at(now: number): number {
    this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#at) / this.intervalMs);
    this.#at = now;
    return this.#tokens;
  }
  take(): void {
    this.#tokens--;
  }
}

test("arrivals at random: what is accepted is what a bucket of tokens accepts, and every wait is true", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 300 }), async (gaps) => {
      const clock = new FakeClock();
      const limits = new Limits(clock);
      const buckets = RATES.map((each, index) => ({ key: `b${index}`, rate: each }));
      const oracles = RATES.map((each) => new Oracle(each.burst, each.intervalMs));
      for (const gap of gaps) {
        clock.pass(gap);
        const isFree = oracles.every((oracle) => oracle.at(clock.elapsed()) >= 1 - 1e-9);
        const waitMs = limits.take(buckets);
        expect(waitMs === 0).toBe(isFree);
        if (isFree) for (const oracle of oracles) oracle.take();
        else {
          const short = oracles.map((oracle) => (1 - oracle.at(clock.elapsed())) * oracle.intervalMs);
          expect(waitMs).toBeCloseTo(Math.max(...short), 5);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("waiting as long as told succeeds, a little less does not; a refusal takes nothing", () => {
  const clock = new FakeClock();
  const limits = new Limits(clock);
  const buckets = [
    { key: "second", rate: rate(5, 1_000) },
    { key: "minute", rate: rate(100, 60_000) },
  ];
  for (let taken = 0; taken < 5; taken++) expect(limits.take(buckets)).toBe(0);
  const waitMs = limits.take(buckets);
  for (let again = 0; again < 50; again++) expect(limits.take(buckets)).toBe(waitMs);
  clock.pass(waitMs - 50);
  expect(limits.take(buckets)).toBe(50);
  clock.pass(50);
  expect(limits.take(buckets)).toBe(0);
});

test("a full bucket is forgotten, one that is not is kept; what is given back can be taken again", async () => {
  const clock = new FakeClock();
  const limits = new Limits(clock);
  const bucket = [{ key: "k", rate: rate(2, 1_000) }];
  limits.take(bucket);
  limits.take(bucket);
  limits.giveBack(bucket);
  expect(limits.take(bucket)).toBe(0);
  expect(limits.take(bucket)).toBe(500);
  limits.sweep();
  expect(limits.size).toBe(1);
  clock.pass(1_000);
  limits.sweep();
  expect(limits.size).toBe(0);
});

test("a flood of keys does not grow memory without bound", () => {
  const limits = new Limits(new FakeClock());
  for (let key = 0; key < 600_000; key++) limits.take([{ key: `k${key}`, rate: rate(1, 60_000) }]);
  expect(limits.size).toBeLessThanOrEqual(500_000);
});
