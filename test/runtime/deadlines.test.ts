import { expect, test } from "bun:test";
import { Deadlines } from "../../src/runtime/deadlines";

test("deadlines come due within a second, once, and can be moved and cleared", () => {
  const deadlines = new Deadlines<string>();
  deadlines.set("a", 1_500);
  deadlines.set("b", 1_500);
  deadlines.set("c", 1_500);
  deadlines.set("b", 9_000);
  deadlines.clear("c");
  deadlines.clear("never set");
  expect(deadlines.due(1_499)).toEqual([]);
  expect(deadlines.due(2_000)).toEqual(["a"]);
  expect(deadlines.due(8_000)).toEqual([]);
  expect(deadlines.size).toBe(1);
  // The clock may have jumped far ahead.
  expect(deadlines.due(1e12)).toEqual(["b"]);
  expect(deadlines.size).toBe(0);
});
