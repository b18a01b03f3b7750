import { expect, test } from "bun:test";
import fc from "fast-check";
import { Throttle } from "../../src/runtime/throttle";
import { FakeClock } from "../clock";

const PERIOD_MS = 2_000;
const SWEEP_MS = 100;

test("per key the first goes at once, one a period, and never is the last one lost", () => {
  const step = fc.record({ key: fc.constantFrom("a", "b"), waitMs: fc.integer({ min: 0, max: 30 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const clock = new FakeClock();
      const passed: { key: string; n: number; at: number }[] = [];
      const throttle = new Throttle<{ key: string; n: number }>(clock, PERIOD_MS, (value) =>
        passed.push({ ...value, at: clock.elapsed() }),
      );
      const last = new Map<string, { n: number; at: number }>();
      const wait = (steps: number) => {
        for (let n = 0; n < steps; n++) {
          clock.pass(SWEEP_MS);
          throttle.sweep();
        }
      };
      for (const [n, { key, waitMs }] of steps.entries()) {
        const before = passed.filter((each) => each.key === key).at(-1);
        throttle.put(key, { key, n });
        if (!before || clock.elapsed() - before.at >= PERIOD_MS) expect(passed.at(-1)?.n).toBe(n);
        last.set(key, { n, at: clock.elapsed() });
        wait(waitMs);
      }
      wait(2 * (PERIOD_MS / SWEEP_MS) + 2);
      for (const [key, { n, at }] of last) {
        const mine = passed.filter((each) => each.key === key);
        expect(mine.at(-1)?.n).toBe(n);
        expect((mine.at(-1)?.at ?? 0) - at).toBeLessThanOrEqual(PERIOD_MS + SWEEP_MS);
        for (const [index, { at, n }] of mine.entries()) {
          if (index === 0) continue;
          expect(at - (mine[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(PERIOD_MS);
          expect(n).toBeGreaterThan(mine[index - 1]?.n ?? 0);
        }
      }
      // What is quiet is forgotten.
      expect(throttle.size).toBe(0);
    }),
  );
});
