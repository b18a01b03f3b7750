import { expect, test } from "bun:test";
import fc from "fast-check";
import { Histogram } from "../../src/runtime/histogram";

const BOUNDS = [1, 5, 10];

test("a value is counted in every bucket whose bound it does not pass, and what passes all of them in the count", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (values) => {
      const histogram = new Histogram(BOUNDS);
      for (const value of values) histogram.add(value);
      expect(histogram.cumulative).toEqual(BOUNDS.map((bound) => values.filter((value) => value <= bound).length));
      expect(histogram.count).toBe(values.length);
      expect(histogram.sum).toBe(values.reduce((sum, value) => sum + value, 0));
    }),
  );
});
