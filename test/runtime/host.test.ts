import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { Host, Own } from "../../src/runtime/host";
import { LoopLag } from "../../src/runtime/lag";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { FakeClock } from "../clock";

test("memory is what the kernel says, and used and free make the total", async () => {
  const { total, used, free, percentage } = await new Host("/").memory();
  const kb = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0);
  expect(total).toBe(kb("MemTotal") * 1024);
  expect(used + free).toBe(total);
  expect(Math.abs(free / 1024 - kb("MemAvailable"))).toBeLessThan(kb("MemTotal") / 10);
  expect(percentage).toBeCloseTo((used / total) * 100, 0);
});

test("the disk is that of the folder", async () => {
  const { total, used, free } = await new Host(import.meta.dir).disk();
  const [, blocks = "", taken = "", available = ""] =
    /(\d+)\s+(\d+)\s+(\d+)\s+\d+%/.exec(Bun.spawnSync(["df", "-kP", import.meta.dir]).stdout.toString()) ?? [];
  expect(total / 1024).toBeCloseTo(Number(blocks), -2);
  expect(Math.abs(free / 1024 - Number(available))).toBeLessThan(Number(blocks) / 10);
  // Together they may be less than all: some of it is reserved.
  expect(Math.abs(used / 1024 - Number(taken))).toBeLessThan(Number(blocks) / 10);
});

test("the CPU is busier while something computes, and the load is the kernel's", async () => {
  const host = new Host("/");
  await host.cpu();
  const until = performance.now() + 300;
  while (performance.now() < until) Math.sqrt(until);
  const { usage, cores, loadAverage } = await host.cpu();
  expect(cores).toBe(cpus().length);
  // One core of them was ours.
  expect(usage).toBeGreaterThan(50 / cores);
  expect(usage).toBeLessThanOrEqual(100);
  expect(loadAverage).toHaveLength(3);
});

test("the network grows with what is sent over it", async () => {
  const before = await new Host("/").network();
  for (const figure of Object.values(before)) expect(figure).toBeGreaterThanOrEqual(0);
  const lines = readFileSync("/proc/net/dev", "utf8").split("\n");
  const others = lines.filter((line) => line.includes(":") && !line.trim().startsWith("lo:"));
  const received = others.reduce((sum, line) => sum + Number(line.split(":")[1]?.trim().split(/\s+/)[0]), 0);
  expect(Math.abs(received - before.bytesReceived)).toBeLessThan(received / 10 + 1_000_000);
});

test("the process's own figures are its own", () => {
  const { uptimeS, memoryBytes, cpuPercent } = new Own().figures();
  expect(uptimeS).toBeLessThanOrEqual(process.uptime());
  expect(memoryBytes).toBeGreaterThan(10 * 2 ** 20);
  expect(cpuPercent).toBeGreaterThanOrEqual(0);
});

test("an event loop that is late is measured, once", async () => {
  const clock = new FakeClock();
  const lag = new LoopLag(clock, new Ticker(clock, openLog("error", { write: () => {} })));
  await clock.advance(1_000);
  expect(lag.takeP99()).toBe(0);
  clock.pass(350);
  await clock.advance(1_000);
  expect(lag.takeP99()).toBeGreaterThanOrEqual(250);
  await clock.advance(1_000);
  expect(lag.takeP99()).toBe(0);
});
