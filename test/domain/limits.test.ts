import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Bucket, Limits, type Rate, rate } from "../../src/domain/limits";
import { FakeClock } from "../clock";
import { Oracle } from "./oracle";

/** Whole milliseconds per token, so that the oracle can count without fractions. */
const RATES = [rate(5, 1_000), rate(100, 60_000), rate(20, 1_000, 40)];

const step = fc.record({
  gap: fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 60 }), weight: 8 },
    { arbitrary: fc.integer({ min: 0, max: 5_000 }), weight: 1 },
  ),
  user: fc.integer({ min: 0, max: 1 }),
  /** Which of the rates the event is under. */
  under: fc.subarray([0, 1, 2], { minLength: 1 }),
  also: fc.constantFrom("nothing", "nothing", "nothing", "give back", "sweep", "jump" as const),
});

test("arrivals at random, of several users under several limits: what is accepted is what buckets of tokens accept", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600, size: "max" }), (steps) => {
      const clock = new FakeClock();
      const limits = new Limits(clock);
      const oracles = [0, 1].map(() => RATES.map((each) => new Oracle(each)));
      for (const { gap, user, under, also } of steps) {
        clock.pass(gap);
        // Neither of these may ever change what is accepted.
        if (also === "sweep") limits.sweep();
        if (also === "jump") clock.jump(-86_400_000);
        const buckets = under.map((index) => ({ key: `user ${user} rate ${index}`, rate: RATES[index] as Rate }));
        const mine = under.map((index) => oracles[user]?.[index] as Oracle);
        const expected = Math.max(...mine.map((oracle) => oracle.wait(clock.elapsed())));
        expect(limits.wait(buckets)).toBe(expected);
        expect(limits.take(buckets)).toBe(expected);
        if (expected > 0) continue;
        for (const oracle of mine) oracle.take();
        if (also !== "give back") continue;
        limits.giveBack(buckets);
        for (const oracle of mine) oracle.giveBack();
      }
    }),
    { numRuns: 300 },
  );
});

test("no stretch of time, wherever it begins, lets more through than its burst and what came back meanwhile", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...RATES),
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 150, maxLength: 250, size: "max" }),
      (rate, gaps) => {
        const clock = new FakeClock();
        const limits = new Limits(clock);
        const accepted: number[] = [];
        for (const gap of gaps) {
          clock.pass(gap);
          if (limits.take([{ key: "k", rate }]) === 0) accepted.push(clock.elapsed());
        }
        for (const [first, from] of accepted.entries()) {
          for (const [last, until] of accepted.entries()) {
            if (last < first) continue;
            expect(last - first + 1).toBeLessThanOrEqual(rate.burst + Math.floor((until - from) / rate.intervalMs));
          }
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("waiting exactly as long as told succeeds, a millisecond less does not", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 80, maxLength: 150, size: "max" }), (gaps) => {
      const clock = new FakeClock();
      const limits = new Limits(clock);
      const buckets = RATES.map((rate, index) => ({ key: `b${index}`, rate }));
      let refusals = 0;
      for (const gap of gaps) {
        clock.pass(gap);
        const wait = limits.take(buckets);
        if (wait === 0) continue;
        refusals++;
        clock.pass(wait - 1);
        expect(limits.take(buckets)).toBe(1);
        clock.pass(1);
        expect(limits.take(buckets)).toBe(0);
      }
      expect(refusals).toBeGreaterThan(0);
    }),
    { numRuns: 50 },
  );
});

test("the wait is true to a microsecond for odd rates and for a clock that counts fractions", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 97 }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 100, maxLength: 200, size: "max" }),
      (count, start, gaps) => {
        const clock = new FakeClock();
        clock.pass(start);
        const limits = new Limits(clock);
        const buckets = [{ key: "k", rate: rate(count, 1_000) }];
        for (const gap of gaps) {
          clock.pass(gap);
          const wait = limits.take(buckets);
          if (wait <= 1) continue;
          clock.pass(wait - 1);
          expect(limits.take(buckets)).toBeGreaterThan(0);
          clock.pass(1.001);
          expect(limits.take(buckets)).toBe(0);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("where two limits hold both must have a token, the wait is the longer one, and a refusal takes none", () => {
  const clock = new FakeClock();
  const limits = new Limits(clock);
  const second = { key: "second", rate: rate(5, 1_000) };
  const minute = { key: "minute", rate: rate(6, 60_000) };
  for (let taken = 0; taken < 5; taken++) expect(limits.take([second, minute])).toBe(0);
  for (let again = 0; again < 50; again++) expect(limits.take([second, minute])).toBe(200);
  clock.pass(200);
  expect(limits.take([second, minute])).toBe(0);
  // Now the minute is empty as well: six were taken, the first 200 ms ago.
  expect(limits.take([second, minute])).toBe(9_800);
  // Refused for the minute's sake, so the second's tokens come back untouched.
  clock.pass(1_000);
  for (let again = 0; again < 50; again++) expect(limits.take([second, minute])).toBe(8_800);
  for (let taken = 0; taken < 5; taken++) expect(limits.take([second])).toBe(0);
  expect(limits.take([second])).toBe(200);
});

test("what is given back can be taken again, and never makes a bucket more than full", () => {
  const clock = new FakeClock();
  const limits = new Limits(clock);
  const bucket = [{ key: "k", rate: rate(2, 1_000) }];
  limits.giveBack(bucket);
  limits.take(bucket);
  limits.take(bucket);
  limits.giveBack(bucket);
  expect(limits.take(bucket)).toBe(0);
  expect(limits.take(bucket)).toBe(500);
  clock.pass(10_000);
  for (let times = 0; times < 5; times++) limits.giveBack(bucket);
  expect([limits.take(bucket), limits.take(bucket), limits.take(bucket)]).toEqual([0, 0, 500]);
});

test("sweeping forgets full buckets and no others", () => {
  const clock = new FakeClock();
  const limits = new Limits(clock);
  const buckets: Bucket[] = [
    { key: "quick", rate: rate(10, 1_000) },
    { key: "slow", rate: rate(1, 60_000) },
  ];
  limits.take(buckets);
  clock.pass(99);
  limits.sweep();
  expect(limits.size).toBe(2);
  clock.pass(1);
  limits.sweep();
  expect(limits.size).toBe(1);
  expect(limits.take(buckets)).toBe(59_900);
  clock.pass(59_900);
  limits.sweep();
  expect(limits.size).toBe(0);
});

test("a flood of keys does not grow memory without bound, and those of late keep their state", () => {
  const limits = new Limits(new FakeClock());
  const bucket = (key: number) => [{ key: `k${key}`, rate: rate(1, 60_000) }];
  for (let key = 0; key < 600_000; key++) {
    limits.take(bucket(key));
    if (limits.size > 500_000) throw new Error(`${limits.size} keys are kept`);
  }
  expect(limits.take(bucket(599_999))).toBe(60_000);
});

test("under a flood of keys those that are used stay, however old they are, and an old one of no use does not", () => {
  const limits = new Limits(new FakeClock());
  const everybody = [{ key: "everybody", rate: rate(1_000, 60_000) }];
  const once = [{ key: "once", rate: rate(1, 60_000) }];
  limits.take(everybody);
  limits.take(once);
  for (let key = 0; key < 600_000; key++) {
    if (key % 750 === 0) limits.take(everybody);
    limits.take([{ key: `k${key}`, rate: rate(1, 60_000) }]);
  }
  // 801 of 1,000 were taken.
  for (let left = 0; left < 199; left++) expect(limits.take(everybody)).toBe(0);
  expect(limits.take(everybody)).toBeGreaterThan(0);
  expect(limits.take(once)).toBe(0);
});

test("buckets that are full again make room before any that is not, however long ago it was used", () => {
  const clock = new FakeClock();
  const limits = new Limits(clock);
  const oldest = [{ key: "oldest", rate: rate(1, 3_600_000) }];
  limits.take(oldest);
  for (let key = 0; key < 200_000; key++) limits.take([{ key: `idle ${key}`, rate: rate(1, 1) }]);
  clock.pass(10);
  for (let key = 0; key < 300_000; key++) limits.take([{ key: `k${key}`, rate: rate(1, 3_600_000) }]);
  expect(limits.size).toBe(300_001);
  expect(limits.take(oldest)).toBe(3_599_990);
});
