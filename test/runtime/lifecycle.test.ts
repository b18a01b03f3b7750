import { expect, test } from "bun:test";
import { Lifecycle } from "../../src/runtime/lifecycle";
import { openLog } from "../../src/runtime/log";

function logged() {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: openLog("info", { write: (line) => lines.push(JSON.parse(line)) }) };
}

test("stopping unwinds from the end, once, and a step that fails does not keep the others from running", async () => {
  const { lines, log } = logged();
  const lifecycle = new Lifecycle(log);
  const order: string[] = [];
  lifecycle.onStop("first", () => void order.push("first"));
  lifecycle.onStop("second", () => {
    order.push("second");
    throw new Error("no");
  });
  lifecycle.onStop("third", async () => void order.push(`third while ${lifecycle.phase}`));
  expect(await Promise.all([lifecycle.stop(), lifecycle.stop()])).toEqual([false, false]);
  expect(order).toEqual(["third while draining", "second", "first"]);
  expect(lifecycle.phase).toBe("stopped");
  expect(lines).toMatchObject([{ level: "error", step: "second" }]);
});
