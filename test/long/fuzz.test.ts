import { expect, test } from "bun:test";
import { FRONTS, isAllowed } from "./fuzz/events";

test("it attacks every namespace of every API, and knows what their contracts forbid", () => {
  expect(new Set(FRONTS.map(({ api }) => api)).size).toBeGreaterThanOrEqual(5);
  const rows = FRONTS.flatMap(({ events }) => [...events.values()]);
  for (const row of rows) expect(isAllowed(row, JSON.stringify(row.example))).toBe(true);
  // Some take anything, such as a ping; most do not take an array.
  expect(rows.filter((row) => !isAllowed(row, "[[]]")).length).toBeGreaterThan(rows.length / 2);
});
