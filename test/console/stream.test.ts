import { beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { type Looking, Stream } from "../../src/console/stream";
import type { Figures } from "../../src/console/wire";
import { systemClock } from "../../src/runtime/clock";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { FakeClock } from "../clock";
import { startTestApp, token } from "../harness";
import { act, addPeople, originOf, PASSWORD, type Reader, Source, signIn } from "./desk";

/** A stream whose looks are counted. */
function countedStream() {
  const clock = new FakeClock();
  const log = openLog("info", { write() {} });
  const ticker = new Ticker(clock, log);
  const counts = { begun: 0, looks: 0, ended: 0 };
  const look = (): Looking => {
    counts.begun++;
    return {
      take: async () => ({ at: clock.now(), looks: ++counts.looks }) as unknown as Figures,
      stop: () => void counts.ended++,
    };
  };
  return { clock, log, counts, stream: new Stream({ clock, log, ticker, look }) };
}

/** A page that hears nothing while the other tests run. */
let idled: Promise<void>;

beforeAll(() => {
  idled = idle();
  // Told by the test that waits for it.
  idled.catch(() => {});
});

/** Bun's own limit is ten seconds: with a clock that stands still, nothing is said. */
async function idle(): Promise<void> {
  await using app = await startTestApp();
  await using source = await Source.open(app);
  await source.next("history");
  await new Promise((resolve) => systemClock().after(12_000, () => resolve(undefined)));
  expect(await act(app, "console/keys", "revoke", "none")).toMatchObject({ status: 404 });
  app.app.house.log.info("still there");
  while ((await source.next("log")).message !== "still there");
}

async function read(reader: Reader): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value);
}

describe("figures", () => {
  test("are looked at once a second for all pages together, and not while there is none", async () => {
    const { clock, counts, stream } = countedStream();
    await clock.advance(60_000);
    expect(counts).toEqual({ begun: 0, looks: 0, ended: 0 });
    const readers = Array.from({ length: 5 }, () => stream.open(undefined).getReader());
    await clock.advance(3_000);
    expect(counts).toEqual({ begun: 1, looks: 3, ended: 0 });
    for (const reader of readers) {
      expect(await read(reader)).toContain("event: history\ndata: []\n\n");
      expect(await read(reader)).toBe(
        `event: figures\ndata: ${JSON.stringify({ at: clock.now() - 2_000, looks: 1 })}\n\n`,
      );
    }
    for (const reader of readers) await reader.cancel();
    expect(stream.size).toBe(0);
    await clock.advance(60_000);
    expect(counts).toEqual({ begun: 1, looks: 3, ended: 1 });
  });

  test("of the last five minutes come first, those before a pause without pages among them", async () => {
    const { clock, stream } = countedStream();
    const reader = stream.open(undefined).getReader();
    await clock.advance(400_000);
    await reader.cancel();
    await clock.advance(100_000);
    const history = await read(stream.open(undefined).getReader());
    const figures = JSON.parse(/^data: (.*)$/m.exec(history)?.[1] ?? "") as Figures[];
    expect(figures).toHaveLength(200);
    expect(figures[0]?.at).toBe(clock.now() - 299_000);
  });

  test("tell what went on in the last second", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const [a, b] = await Promise.all(["a", "b"].map((user) => viewer(user)));
    if (!a || !b) throw new Error("no viewers");
    await using source = await Source.open(app);
    await clock.advance(1_000);
    await source.next("figures");
    // Acknowledged when their batch is written, for which time must pass.
    for (let i = 0; i < 3; i++) a.send("chat:message", { stream_id: "s1", message: `${i}` });
    b.send("chat:typing", { stream_id: "s1" });
    for (let i = 0; i < 3; i++) await b.next("chat:message");
    expect(await a.ask("no such event")).toMatchObject({ success: false });
    expect(await b.ask("moderation:unban", { stream_id: "nowhere", target_user_id: "x" })).toMatchObject({
      success: false,
    });
    app.app.house.log.error("something is wrong");
    await clock.advance(1_000);
    const { apis, refusals, errors, ...figures } = await source.next("figures");
    const live = apis.find(({ name }) => name === "live");
    // Three messages to both, typing to the other one alone.
    expect(live).toMatchObject({
      title: "Headend live API",
      url: app.app.url("live"),
      connections: 2,
      users: 2,
      refused: 2,
      deliveries: 7,
    });
    expect(live?.events).toBeGreaterThanOrEqual(1);
    expect(refusals).toEqual({ invalid_request: 1, not_found: 1 });
    expect(errors).toBe(1);
    expect(apis.find(({ name }) => name === "studio")).toMatchObject({ connections: 0, deliveries: 0, events: 0 });
    expect(figures).toMatchObject({ at: clock.now(), health: "ok", complaints: [] });
    expect(figures.rssBytes).toBeGreaterThan(10_000_000);
    expect(figures.heapBytes).toBeGreaterThan(1_000_000);
    expect(figures.databaseBytes).toBeGreaterThan(100_000);
    expect(figures.diskFreeBytes).toBeGreaterThan(1_000_000);
    await clock.advance(1_000);
    const quiet = await source.next("figures");
    expect(quiet.apis.find(({ name }) => name === "live")).toMatchObject({ deliveries: 0, events: 0, refused: 0 });
    expect(quiet).toMatchObject({ refusals: {}, errors: 0, unwritten: 0 });

    async function viewer(user: string) {
      const client = await app.connect("live", { auth: { token: await token(user), app_id: "default" } });
      await client.next("authenticated");
      client.send("chat:join", { stream_id: "s1" });
      await client.next("chat:joined");
      return client;
    }
  });

  test("say what is wrong, and when it is right again", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    await using source = await Source.open(app);
    const { store } = app.app.house;
    const isWritable = store.demandWritable;
    Object.assign(store, {
      demandWritable() {
        throw new Error("locked");
      },
    });
    await clock.advance(1_000);
    const figures = await source.next("figures");
    expect(figures.health).toBe("degraded");
    expect(figures.complaints).toEqual(["The database cannot be written now"]);
    Object.assign(store, { demandWritable: isWritable });
    await clock.advance(10_000);
    for (let i = 0; i < 9; i++) await source.next("figures");
    expect(await source.next("figures")).toMatchObject({ health: "ok", complaints: [] });
  });

  test("say how late the server is, and that this is too late", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    await using source = await Source.open(app);
    await clock.advance(500);
    clock.pass(400);
    await clock.advance(1_000);
    const figures = await source.next("figures");
    expect(figures.lagMs).toBeWithin(300, 401);
    expect(figures.complaints).toEqual([`The server answers up to ${Math.round(figures.lagMs)} ms late`]);
    await clock.advance(10_000);
    for (let i = 0; i < 9; i++) await source.next("figures");
    expect(await source.next("figures")).toMatchObject({ lagMs: 0, health: "ok" });
  });
});

describe("the log", () => {
  test("comes with its last lines first, without secrets, and then as it is written", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const { log } = app.app.house;
    for (let i = 0; i < 300; i++) log.debug({ i }, "before");
    await using source = await Source.open(app);
    expect(await source.next("log")).toMatchObject({
      message: "before",
      level: "debug",
      api: null,
      fields: { i: 100 },
    });
    for (let i = 101; i < 300; i++) await source.next("log");
    log.warn({ password: "secret", api: "live" }, "now");
    expect(await source.next("log")).toMatchObject({ message: "now", api: "live", fields: { password: "[redacted]" } });
  });

  test("that writes more than anybody reads is counted, not told", async () => {
    const { clock, log, stream } = countedStream();
    const reader = stream.open(undefined).getReader();
    await read(reader);
    for (let i = 0; i < 150; i++) log.info({ i }, "much");
    await clock.advance(1_000);
    let text = "";
    while (!text.includes("event: figures")) text += await read(reader);
    expect(text.match(/"message":"much"/g)).toHaveLength(100);
    expect(text).toContain("50 more lines");
    for (let i = 0; i < 3; i++) log.info("again");
    await clock.advance(1_000);
    text = "";
    while (!text.includes("event: figures")) text += await read(reader);
    expect(text.match(/"message":"again"/g)).toHaveLength(3);
    expect(text).not.toContain("more lines");
  });
});

describe("a page", () => {
  test("that has signed in hears nothing after that has ended; one that has not goes on on loopback", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    await addPeople(app);
    const cookie = await signIn(app, { login: "boss", password: PASSWORD });
    const other = await signIn(app, { token: app.app.consoleToken });
    const pages = await Promise.all([{ cookie }, { cookie: other }, {}].map((headers) => Source.open(app, headers)));
    const [admins, consoles, nobodys] = pages;
    await clock.advance(1_000);
    for (const page of pages) await page.next("figures");
    await app.app.house.accounts.setRoles("boss", []);
    await clock.advance(1_000);
    expect((await admins?.rest())?.filter(({ event }) => event === "figures")).toEqual([]);
    await consoles?.next("figures");
    const headers = { cookie: other, origin: originOf(app) };
    await app.call("console", "/logout", { method: "POST", headers });
    await clock.advance(1_000);
    expect((await consoles?.rest())?.filter(({ event }) => event === "figures")).toEqual([]);
    for (let i = 0; i < 2; i++) await nobodys?.next("figures");
    await nobodys?.[Symbol.asyncDispose]();
  });

  test("past the thirty-second is refused until one has gone", async () => {
    await using app = await startTestApp();
    const pages = await Promise.all(Array.from({ length: 32 }, () => Source.open(app)));
    const refused = await app.call("console", "/stream");
    expect(refused.status).toBe(503);
    expect(refused.body).toEqual({ message: "At most 32 pages can be open" });
    await pages[0]?.[Symbol.asyncDispose]();
    for (let i = 0; i < 50 && (await fetch(`${app.app.url("console")}/session`)).ok; i++) {
      const again = await fetch(`${app.app.url("console")}/stream`);
      await again.body?.cancel();
      if (again.status === 200) return;
    }
    throw new Error("no place came free");
  });

  test("that does not read is cut, and the others read on", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const { hostname, port } = new URL(app.app.url("console"));
    const slow = connect(Number(port), hostname);
    const isCut = new Promise((resolve) => slow.once("close", resolve));
    slow.on("error", () => {});
    slow.write(`GET /stream HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
    await new Promise((resolve) => slow.once("readable", resolve));
    await using source = await Source.open(app);
    const text = "x".repeat(100_000);
    // What the kernel holds for it must be full before anything is behind.
    let told = 0;
    while (!app.log.some(({ msg }) => `${msg}`.includes("does not keep up")) && told < 1_000) {
      app.app.house.log.info({ text }, "long");
      while ((await source.next("log")).message !== "long");
      if (++told % 50 === 0) await clock.advance(1_000);
    }
    expect(told).toBeLessThan(1_000);
    // What waits for it is not kept for long: the connection is closed whether or not it reads.
    await new Promise((resolve) => systemClock().after(7_000, () => resolve(undefined)));
    slow.resume();
    await isCut;
    expect(slow.bytesRead).toBeLessThan(told * text.length);
    await clock.advance(1_000);
    await source.next("figures");
  }, 30_000);

  test("keeps the server from stopping no longer than it takes", async () => {
    const app = await startTestApp();
    const source = await Source.open(app);
    const begun = performance.now();
    expect(await app.app.stop()).toBe(true);
    expect(performance.now() - begun).toBeLessThan(3_000);
    await source.rest();
    await app[Symbol.asyncDispose]();
  });

  test("that hears nothing for longer than a connection may be idle stays", () => idled, 20_000);
});

test("a stream that is asked for without its body is none", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  for (let i = 0; i < 40; i++) {
    const head = await fetch(`${app.app.url("console")}/stream`, { method: "HEAD" });
    expect(head.status).toBe(200);
  }
  await using source = await Source.open(app);
  await source.next("history");
});

test("a log of very long lines keeps no page from opening", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  for (let i = 0; i < 200; i++) app.app.house.log.info({ text: "x".repeat(20_000), i }, "long");
  await using source = await Source.open(app);
  const first = await source.next("log");
  expect(first.fields.i).toBeGreaterThan(180);
  await clock.advance(1_000);
  await source.next("figures");
});

test("figures count what is in memory and not stored yet, whoever keeps it", async () => {
  const clock = new FakeClock();
  const key = "k".repeat(40);
  await using app = await startTestApp({ clock, env: { HEADEND_API_KEY: key } });
  const player = await app.connect("playback");
  await player.ask("authenticate", { token: await token("u1") });
  await player.ask("playing", { type: "movie", movieId: "m", time: 1, progress: 0.1 });
  const headers = { "x-api-key": key };
  await app.call("studio", "/api/v1/media", { json: { kind: "image" }, token: await token("u1") });
  const claimed = await app.call("studio", "/api/v1/media/claim", { json: { worker: "w" }, headers });
  const { mediaId } = (claimed.body as { data: { mediaId: string } }).data;
  await app.call("studio", `/api/v1/media/${mediaId}/progress`, { json: { progress: 5, stage: "x" }, headers });
  await using source = await Source.open(app);
  await clock.advance(1_000);
  expect(await source.next("figures")).toMatchObject({ unwritten: 2 });
  await clock.advance(10_000);
  for (let i = 0; i < 9; i++) await source.next("figures");
  expect(await source.next("figures")).toMatchObject({ unwritten: 0 });
});
