import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Client } from "../../client";
import { Household, only } from "./fixture";

const PROBE_MS = 15_000;

/** How often each service that runs was asked. */
const running = new Set<() => number>();

/** A service that the test starts, breaks and stops. */
function stub() {
  let status = 200;
  let asked = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      asked++;
      return new Response("hello", { status });
    },
  });
  const count = () => asked;
  running.add(count);
  return {
    url: `http://127.0.0.1:${server.port}/identity`,
    asked: count,
    answers: (with_: number) => {
      status = with_;
    },
    [Symbol.dispose]: () => {
      running.delete(count);
      void server.stop(true);
    },
  };
}

/** Lets probes that go over a real network come back. */
async function probed(home: Household, times = 1): Promise<void> {
  for (let n = 0; n < times; n++) {
    const before = [...running].map((asked) => [asked, asked()] as const);
    await home.clock.advance(PROBE_MS);
    await until(() => before.every(([asked, count]) => asked() > count));
    await Bun.sleep(30);
  }
}

/** Lets the probes that come with the start come back. */
async function probedFirst(): Promise<void> {
  await until(() => [...running].every((asked) => asked() > 0));
  await Bun.sleep(30);
}

/** Waits for what a busy machine takes its time for; what does not come is for the test to find out. */
async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 2_000; !isSo() && performance.now() < deadline; ) await Bun.sleep(5);
}

async function health(client: Client): Promise<Record<string, unknown>> {
  await client.rest();
  return only(client.heard, "system:health").at(-1) ?? {};
}

test("health comes at once to everybody on the root, and every thirty seconds", async () => {
  await using home = await Household.start();
  const [guest, ann] = [await home.open(null, "/"), await home.open("ann", "/")];
  const shown = {
    timestamp: "2026-01-01T00:00:00.000Z",
    status: "healthy",
    services: { database: "online" },
    metrics: {
      uptime: expect.any(Number),
      memory: expect.stringMatching(/^\d+MB$/),
      cpu: expect.stringMatching(/^\d+%$/),
    },
  };
  for (const client of [guest, ann]) {
    expect(await client.rest()).toEqual([{ event: "system:health", payload: shown }]);
  }
  const { memory } = only<{ metrics: { memory: string } }>(guest.heard, "system:health")[0]?.metrics ?? { memory: "" };
  expect(Math.abs(Number.parseInt(memory, 10) - process.memoryUsage.rss() / 2 ** 20)).toBeLessThan(200);
  await home.clock.advance(29_900);
  expect((await guest.rest()).length).toBe(1);
  await home.clock.advance(100);
  expect((await guest.rest()).map(({ event }) => event)).toEqual(["system:health", "system:health"]);
  expect(only(guest.heard, "system:health")[1]?.timestamp).toBe("2026-01-01T00:00:30.000Z");
});

test("a service that goes and comes back is told, makes health worse and better, and an alert that clears", async () => {
  using plex = stub();
  using sonarr = stub();
  await using home = await Household.start({ HEADEND_SERVICES: `plex=${plex.url},sonarr=${sonarr.url}` });
  await probedFirst();
  const [guest, admin] = [await home.open(null, "/"), await home.open("boss", "/admin")];
  expect(await health(guest)).toMatchObject({
    status: "healthy",
    services: { database: "online", plex: "online", sonarr: "online" },
  });
  // What answers is there, whatever it says short of a failure of its own.
  plex.answers(404);
  await probed(home);
  expect(only(await guest.rest(), "system:status")).toEqual([]);

  plex.answers(503);
  await probed(home);
  expect(only(await guest.rest(), "system:status")).toEqual([
    {
      service: "plex",
      previousStatus: "online",
      currentStatus: "offline",
      timestamp: "2026-01-01T00:00:30.000Z",
      reason: "HTTP 503",
      impact: "What needs plex does not work",
    },
  ]);
  expect(only(await admin.rest(), "admin:system:alert")).toEqual([]);
  await probed(home, 2);
  expect(await health(guest)).toMatchObject({
    status: "degraded",
    services: { database: "online", plex: "offline", sonarr: "online" },
  });
  const begun = only(await admin.rest(), "admin:system:alert");
  expect(begun).toEqual([
    {
      id: expect.any(String),
      severity: "warning",
      category: "service",
      title: "plex Is Offline",
      message: "plex does not answer",
      timestamp: "2026-01-01T00:00:45.000Z",
      metrics: { offline: 1, threshold: 0.5 },
      recommendations: expect.any(Array),
    },
  ]);
  // Who comes now sees what is wrong.
  const late = await home.open("boss", "/admin");
  expect(only(await late.rest(), "admin:system:alert")).toEqual(begun);

  plex.answers(200);
  await probed(home);
  expect(only(await guest.rest(), "system:status").at(-1)).toMatchObject({
    previousStatus: "offline",
    currentStatus: "online",
    reason: "Answers again",
    impact: "None",
  });
  const [cleared] = only(await late.rest(), "admin:system:alert").slice(1);
  expect(cleared).toEqual({
    ...begun[0],
    severity: "info",
    message: "plex Is Offline: resolved",
    timestamp: "2026-01-01T00:01:15.000Z",
    metrics: { offline: 0, threshold: 0.5 },
    recommendations: [],
    resolvedAt: "2026-01-01T00:01:15.000Z",
  });
  // One outage is one alert, then and after it, although its probes count as errors for a minute more.
  await probed(home, 5);
  expect(only(await late.rest(), "admin:system:alert").length).toBe(2);
  expect(await health(guest)).toMatchObject({ status: "healthy" });
});

test("a service that comes and goes raises the alert of errors, and one that failed once raises none", async () => {
  using plex = stub();
  await using home = await Household.start({ HEADEND_SERVICES: `plex=${plex.url}` });
  await probedFirst();
  const admin = await home.open("boss", "/admin");
  const probes = async (statuses: number[]) => {
    for (const status of statuses) {
      plex.answers(status);
      await probed(home);
    }
    return only(await admin.rest(), "admin:system:alert");
  };
  expect(await probes([500, 200, 200, 200, 200])).toEqual([]);
  const [begun, ...more] = await probes([500, 200, 500, 200]);
  expect(more).toEqual([]);
  expect(begun).toEqual({
    id: expect.any(String),
    severity: "warning",
    category: "service",
    title: "Errors of plex",
    message: "More than 5% of the probes of plex failed within a minute",
    timestamp: expect.any(String),
    metrics: { errorRate: 50, threshold: 5 },
    recommendations: ["Look at the log of plex"],
  });
  expect((await probes([200, 200, 200])).slice(1)).toMatchObject([
    { id: begun?.id as string, severity: "info", metrics: { errorRate: 0 } },
  ]);
});

test("who comes before a service was asked hears how all of them are, once that is known", async () => {
  const answers = Promise.withResolvers<Response>();
  using slow = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => answers.promise });
  const url = `http://127.0.0.1:${slow.port}/`;
  await using home = await Household.start({ HEADEND_SERVICES: `plex=${url}`, HEADEND_HEALTH_MS: "1000" });
  const guest = await home.open(null, "/");
  await home.clock.advance(1_000);
  expect(await guest.rest()).toEqual([]);
  answers.resolve(new Response());
  expect(await guest.next("system:health")).toMatchObject({
    status: "healthy",
    services: { database: "online", plex: "online" },
  });
  expect(await guest.rest()).toEqual([]);
});

test("a service that is not there from the start is offline, which is no change", async () => {
  using gone = stub();
  gone[Symbol.dispose]();
  await using home = await Household.start({ HEADEND_SERVICES: `plex=${gone.url}` });
  await probedFirst();
  const guest = await home.open(null, "/");
  expect(await health(guest)).toMatchObject({ status: "degraded", services: { plex: "offline" } });
  await probed(home, 2);
  expect(only(await guest.rest(), "system:status")).toEqual([]);
});

test("a database that cannot be written makes the server unhealthy", async () => {
  await using home = await Household.start();
  const guest = await home.open(null, "/");
  const other = new Database(join(home.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  await probed(home, 2);
  expect(await health(guest)).toMatchObject({ status: "unhealthy", services: { database: "offline" } });
  expect(only(guest.heard, "system:status")).toMatchObject([{ service: "database", currentStatus: "offline" }]);
  other.run("ROLLBACK");
  other.close();
  await probed(home, 2);
  expect(await health(guest)).toMatchObject({ status: "healthy" });
});

test("performance is what the probes of the last minute say, at once and every minute", async () => {
  using plex = stub();
  await using home = await Household.start({ HEADEND_SERVICES: `plex=${plex.url}` });
  await probedFirst();
  const admin = await home.open("boss", "/admin");
  expect(await admin.next("admin:service:performance")).toEqual({
    timestamp: "2026-01-01T00:00:00.000Z",
    services: [
      { name: "database", responseTime: 0, throughput: 1, errorRate: 0, connections: 0 },
      { name: "plex", responseTime: 0, throughput: 1, errorRate: 0, connections: 0 },
    ],
  });
  await probed(home, 2);
  plex.answers(500);
  await probed(home, 1);
  await home.clock.advance(PROBE_MS);
  const { services } = await admin.next<{ services: { name: string; throughput: number; errorRate: number }[] }>(
    "admin:service:performance",
  );
  expect(services[0]).toMatchObject({ name: "database", errorRate: 0 });
  expect(services[1]).toMatchObject({ name: "plex", throughput: 2 });
  expect(services[1]?.errorRate).toBeGreaterThanOrEqual(0.333);
  // Probes go on whether or not somebody listens.
  admin.close();
  const before = plex.asked();
  for (let n = 0; n < 50 && plex.asked() < before + 2; n++) await probed(home);
  expect(plex.asked()).toBeGreaterThanOrEqual(before + 2);
});

test("metrics are the machine's, at once and every thirty seconds, for admins", async () => {
  await using home = await Household.start();
  const admin = await home.open("boss", "/system");
  const metrics = await admin.next<Record<string, Record<string, unknown>>>("system:metrics");
  const share = {
    total: expect.any(Number),
    used: expect.any(Number),
    free: expect.any(Number),
    percentage: expect.any(Number),
  };
  expect(metrics).toEqual({
    timestamp: "2026-01-01T00:00:00.000Z",
    cpu: { usage: expect.any(Number), cores: navigator.hardwareConcurrency, loadAverage: expect.any(Array) },
    memory: share,
    disk: share,
    network: {
      bytesReceived: expect.any(Number),
      bytesSent: expect.any(Number),
      packetsReceived: expect.any(Number),
      packetsSent: expect.any(Number),
    },
  } as never);
  await home.clock.advance(30_000);
  expect(await admin.next("system:metrics")).toMatchObject({ timestamp: "2026-01-01T00:00:30.000Z" });
});

test("admins see the server's log as it is written, without secrets, from the level that they want", async () => {
  await using home = await Household.start();
  const { log } = home.server.app.house;
  for (let n = 0; n < 120; n++) log.info({ n }, "before");
  log.debug("not for everybody");
  const admin = await home.open("boss", "/system");
  await admin.next("system:metrics");
  const shown = only(await admin.rest(), "system:logs");
  expect(shown.length).toBeLessThanOrEqual(100);
  expect(shown.filter(({ message }) => message === "before").length).toBeGreaterThan(90);
  const line = (message: string) => only(admin.heard, "system:logs").find((each) => each.message === message);
  log.warn({ api: "live", userId: "ann", token: "abcdefgh", headers: { cookie: "a=b" } }, "something odd");
  log.debug("too much for now");
  await admin.rest();
  expect(line("something odd")).toEqual({
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    level: "warn",
    service: "live",
    message: "something odd",
    correlationId: expect.stringMatching(/^log-\d+$/),
    metadata: { userId: "ann", token: "[redacted]", headers: { cookie: "[redacted]" } },
  });
  expect(line("too much for now")).toBeUndefined();

  expect(await admin.ask("system:logs:level", { level: "error" })).toEqual({ success: true, level: "error" });
  log.warn("not grave enough");
  log.error("grave");
  expect(await admin.ask("system:logs:level", { level: "debug" })).toMatchObject({ success: true });
  log.debug("everything");
  await admin.rest();
  expect([line("not grave enough"), line("grave")?.level, line("everything")?.level]).toEqual([
    undefined,
    "error",
    "debug",
  ]);
  expect(await admin.ask("system:logs:level", { level: "loud" })).toMatchObject({ code: "INVALID_REQUEST" });
  // Nobody else hears a word.
  const ann = await home.open("ann", "/authenticated");
  log.error("once more");
  expect(only(await ann.rest(), "system:logs")).toEqual([]);
});
