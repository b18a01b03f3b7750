import { expect, test } from "bun:test";
import { Lifecycle } from "../../src/runtime/lifecycle";
import { openLog } from "../../src/runtime/log";

function opened() {
  const lines: Record<string, unknown>[] = [];
  return { lines, lifecycle: new Lifecycle(openLog("info", { write: (line) => lines.push(JSON.parse(line)) })) };
}

test("stopping unwinds from the end, each step once the one before it has ended", async () => {
  const { lifecycle, lines } = opened();
  const order: string[] = [];
  for (const step of ["database", "flush", "listener"]) {
    lifecycle.onStop(step, async () => {
      order.push(`${step} begins while ${lifecycle.phase}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${step} ends`);
    });
  }
  expect(await lifecycle.stop()).toBe(true);
  expect(order).toEqual([
    "listener begins while draining",
    "listener ends",
    "flush begins while draining",
    "flush ends",
    "database begins while draining",
    "database ends",
  ]);
  expect(lifecycle.phase).toBe("stopped");
  expect(lines).toEqual([]);
});

test("a step that fails is logged and does not keep the others from running", async () => {
  const { lifecycle, lines } = opened();
  const order: string[] = [];
  lifecycle.onStop("first", () => void order.push("first"));
  lifecycle.onStop("rejects", () => Promise.reject(new Error("later")));
  lifecycle.onStop("second", () => void order.push("second"));
  lifecycle.onStop("throws", () => {
    throw new Error("at once");
  });
  expect(await lifecycle.stop()).toBe(false);
  expect(order).toEqual(["second", "first"]);
  expect(lines).toMatchObject([
    { level: "error", step: "throws", err: { message: "at once" } },
    { level: "error", step: "rejects", err: { message: "later" } },
  ]);
  expect(lifecycle.phase).toBe("stopped");
});

test("stopping twice is stopping once, and both wait for its end", async () => {
  const { lifecycle } = opened();
  let runs = 0;
  let finish = () => {};
  lifecycle.onStop("slow", () => {
    runs++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  let ended = 0;
  const all = [lifecycle.stop(), lifecycle.stop()].map((stop) => stop.then(() => ended++));
  await new Promise((resolve) => setImmediate(resolve));
  expect([runs, ended]).toEqual([1, 0]);
  finish();
  await Promise.all(all);
  expect(await lifecycle.stop()).toBe(true);
  expect([runs, ended]).toEqual([1, 2]);
});
