import { expect, test } from "bun:test";
import fc from "fast-check";
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

test("what never ends never comes due, and what is past is due at once", () => {
  const deadlines = new Deadlines<string>();
  deadlines.set("never", Number.POSITIVE_INFINITY);
  deadlines.set("long ago", -5_000);
  expect(deadlines.due(0)).toEqual(["long ago"]);
  expect(deadlines.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
  deadlines.clear("never");
  expect(deadlines.size).toBe(0);
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ set: fc.integer({ min: 0, max: 9 }), inMs: fc.integer({ min: -500, max: 9_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ clear: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ passMs: fc.integer({ min: 0, max: 3_000 }) }) },
);

test("set, moved, cleared and asked for at random: never early, never a second late, never twice", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
      const deadlines = new Deadlines<number>();
      const model = new Map<number, number>();
      let now = 0;
      for (const each of steps) {
        if ("set" in each) {
          deadlines.set(each.set, now + each.inMs);
          model.set(each.set, now + each.inMs);
        } else if ("clear" in each) {
          deadlines.clear(each.clear);
          model.delete(each.clear);
        } else {
          now += each.passMs;
          const due = deadlines.due(now);
          expect(new Set(due).size).toBe(due.length);
          for (const item of due) {
            expect(model.get(item)).toBeLessThanOrEqual(now);
            model.delete(item);
          }
          for (const at of model.values()) expect(at).toBeGreaterThan(now - 1_000);
        }
        expect(deadlines.size).toBe(model.size);
      }
    }),
  );
});
