import { expect, test } from "bun:test";
import fc from "fast-check";
import { Alerts, type Condition } from "../../../src/apis/requests/system/alerts";

const MEMORY: Omit<Condition, "value"> = {
  key: "memory",
  severity: "warning",
  category: "performance",
  title: "High Memory Usage",
  message: "System memory usage is above 80%",
  threshold: 80,
  clearBelow: 75,
  metric: "memoryUsage",
  recommendations: ["Consider restarting services"],
};

test("an alert begins with the second sample in a row and ends below the lower threshold, whatever the figures do", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 70, max: 90 }), { maxLength: 60 }), (figures) => {
      const alerts = new Alerts();
      // A model in three lines: is it on, and what was the figure before.
      let isOn = false;
      let before = 0;
      for (const [now, value] of figures.entries()) {
        const told = alerts.look([{ ...MEMORY, value }], now);
        const begins = !isOn && value > 80 && before > 80;
        const ends = isOn && value < 75;
        expect(told.map(({ severity }) => severity)).toEqual(begins ? ["warning"] : ends ? ["info"] : []);
        // After an end it takes two samples again.
        before = ends ? 0 : value;
        if (begins) isOn = true;
        if (ends) isOn = false;
        expect(alerts.active.length).toBe(isOn ? 1 : 0);
      }
    }),
  );
});

test("an alert that ends is the same one, resolved, with the figures of its end", () => {
  const alerts = new Alerts();
  const look = (value: number, now: number) => alerts.look([{ ...MEMORY, value }], now);
  expect(look(85.4, 1)).toEqual([]);
  const [begun] = look(86, 2);
  expect(begun).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    severity: "warning",
    category: "performance",
    title: "High Memory Usage",
    message: "System memory usage is above 80%",
    timestamp: 2,
    metrics: { memoryUsage: 86, threshold: 80 },
    recommendations: ["Consider restarting services"],
  });
  expect(alerts.active).toEqual([begun] as never);
  expect(look(78, 3)).toEqual([]);
  expect(look(74, 4)).toEqual([
    {
      ...begun,
      severity: "info",
      message: "High Memory Usage: resolved",
      metrics: { memoryUsage: 74, threshold: 80 },
      recommendations: [],
      timestamp: 4,
      resolvedAt: 4,
    },
  ] as never);
  look(90, 5);
  expect(look(90, 6)[0]?.id).not.toBe(begun?.id);
});
