import { expect, test } from "bun:test";
import { FRONTS, isAllowed } from "./fuzz/events";
import { fuzz } from "./fuzz/fuzzing";

/** A million of them is `bun run fuzz`. */
const CASES = 3_000;

test("hostile input at three depths: refused or cut off, unseen by others, without an error in the log", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { faults, cases } = await fuzz(CASES, seed, () => undefined);
  // The seed is how it is had again: bun run fuzz CASES SEED.
  expect({ seed, faults }).toEqual({ seed, faults: [] });
  expect(cases).toBeGreaterThanOrEqual(CASES);
}, 120_000);

test("it attacks every namespace of every API, and knows what their contracts forbid", () => {
  expect(new Set(FRONTS.map(({ api }) => api)).size).toBeGreaterThanOrEqual(5);
  const rows = FRONTS.flatMap(({ events }) => [...events.values()]);
  for (const row of rows) expect(isAllowed(row, JSON.stringify(row.example))).toBe(true);
  // Some take anything, such as a ping; most do not take an array.
  expect(rows.filter((row) => !isAllowed(row, "[[]]")).length).toBeGreaterThan(rows.length / 2);
});
