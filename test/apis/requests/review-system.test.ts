import { expect, test } from "bun:test";
import { Host } from "../../../src/runtime/host";
import { LoopLag } from "../../../src/runtime/lag";
import { openLog } from "../../../src/runtime/log";
import { Ticker } from "../../../src/runtime/ticker";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { Household, only } from "./fixture";

test("the disk is as full as df says, where not all that is free is for this process", async () => {
  using folder = temporaryFolder();
  const disk = await new Host(folder.path).disk();
  const asked = Bun.spawnSync(["df", "-B1", "--output=size,used,avail,pcent", folder.path]).stdout.toString();
  const figures =
    asked
      .trim()
      .split("\n")[1]
      ?.trim()
      .split(/[\s%]+/)
      .map(Number) ?? [];
  const [size = 0, used = 0, available = 0, percent = 0] = figures;
  expect(Math.abs(disk.free - available) / size).toBeLessThan(0.02);
  expect(Math.abs(disk.used - used) / size).toBeLessThan(0.02);
  expect(Math.abs(disk.percentage - percent)).toBeLessThan(2);
});

test("two who ask for the CPU in the same moment hear the same", async () => {
  using folder = temporaryFolder();
  const host = new Host(folder.path);
  await host.cpu();
  const begun = performance.now();
  while (performance.now() - begun < 400);
  const [first, second] = await Promise.all([host.cpu(), host.cpu()]);
  const third = await host.cpu();
  expect(first.usage).toBeGreaterThan(10);
  expect([second.usage, third.usage]).toEqual([first.usage, first.usage]);
});

test("one stall of three seconds in fifteen is seen in the lag", async () => {
  const clock = new FakeClock();
  const log = openLog("error", { write: () => {} });
  const lag = new LoopLag(clock, new Ticker(clock, log));
  await clock.advance(6_000);
  // Nothing runs, and then what was due.
  clock.pass(3_000);
  await clock.advance(6_000);
  expect(lag.takeP99()).toBeGreaterThan(200);
});

test("a disk that cannot be read keeps no change of a service from being told", async () => {
  let isUp = true;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("", { status: isUp ? 200 : 503 }),
  });
  const original = Host.prototype.disk;
  try {
    await using home = await Household.start({ HEADEND_SERVICES: `plex=http://127.0.0.1:${server.port}/` });
    await Bun.sleep(50);
    const guest = await home.connect(null, "/");
    Host.prototype.disk = () => Promise.reject(new Error("no such folder"));
    isUp = false;
    for (let round = 0; round < 2; round++) {
      await home.clock.advance(15_000);
      await Bun.sleep(50);
    }
    await guest.rest();
    expect(only(guest.heard, "system:status")).toMatchObject([{ service: "plex", currentStatus: "offline" }]);
  } finally {
    Host.prototype.disk = original;
    server.stop(true);
  }
});

test("the last hundred lines that an admin may see come on connecting, however many others were written since", async () => {
  await using home = await Household.start();
  const { log } = home.server.app.house;
  for (let line = 0; line < 120; line++) log.info({ line }, "told");
  for (let line = 0; line < 150; line++) log.debug({ line }, "chatter");
  const admin = await home.open("boss", "/system");
  await admin.rest();
  expect(
    only<{ message: string }>(admin.heard, "system:logs").filter(({ message }) => message === "told"),
  ).toHaveLength(100);
});
