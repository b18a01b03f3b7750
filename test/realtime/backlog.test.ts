import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { FakeClock } from "../clock";
import type { TestApp } from "../harness";
import { makeToy, startToyApp } from "../toy";
import { handshakePath, Poller, RawSocket, Tcp, until } from "./raw";

// What a client costs the server when it sends or takes other than it should.

const SWEEP_MS = 500;

async function connections(app: TestApp): Promise<number> {
  const { body } = await app.call("console", "/metrics");
  return Number(/^headend_connections\{api="studio"\} (\d+)$/m.exec(body as string)?.[1]);
}

/** The text frames that a server wrote; the last one may be cut. */
function framesOf(bytes: Buffer): string[] {
  const frames: string[] = [];
  let at = bytes.indexOf("\r\n\r\n") + 4;
  while (at + 2 <= bytes.length) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const header = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (at + header > bytes.length) break;
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    if (at + header + length > bytes.length) break;
    if ((bytes[at] ?? 0) === 0x81) frames.push(bytes.toString("utf8", at + header, at + header + length));
    at += header + length;
  }
  return frames;
}

/** The numbers of the `drop` events among packets. */
function dropsOf(packets: readonly string[]): number[] {
  return packets.filter((packet) => packet.startsWith('42["drop"')).map((packet) => JSON.parse(packet.slice(2))[1].n);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

describe("a websocket that does not take what is sent to it", () => {
  test("is closed instead of starved: what it got has no holes, and the others hear everything", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const witness = await app.connect("studio");
    const slow = await Tcp.websocket(app.app.url("studio"));
    slow.pause();
    slow.frame('42["gush",{"count":600,"size":65000}]');
    await until("the close", async () => (await connections(app)) === 1);
    expect(toy.sessions().map(({ id }) => id)).toEqual([witness.id]);
    const got = dropsOf(framesOf(await slow.drained()));
    expect(got).toEqual(upTo(got.length));
    expect(got.length).toBeLessThan(600);
    witness.send("gush", { count: 100, size: 1_000 });
    const heard = (await witness.rest()).filter(({ event }) => event === "drop");
    expect(heard.map(({ payload }) => (payload as { n: number }).n)).toEqual(upTo(100));
  });
});

describe("a client that polls", () => {
  test.each([
    ["ten thousand packets", { count: 10_001, size: 0 }],
    ["a mebibyte", { count: 18, size: 60_000 }],
  ])("and never fetches is closed at the next sweep once more than %s wait for it", async (_, gush) => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    const [lazy, witness] = [await Poller.connected(app.app.url("studio")), await app.connect("studio")];
    expect(await lazy.post(`42["gush",${JSON.stringify(gush)}]`)).toBe(200);
    // A bare pong shows that it is there, and is no reason to keep it.
    expect(await lazy.post("3")).toBe(200);
    await clock.advance(SWEEP_MS);
    expect(toy.sessions().map(({ id }) => id)).toEqual([witness.id]);
    expect(await connections(app)).toBe(1);
    expect(await lazy.post("3")).toBe(400);
    expect(app.log).toContainEqual(
      expect.objectContaining({ level: "info", msg: "a client that does not keep up is closed" }),
    );
    expect(await witness.ask("count", {})).toMatchObject({ success: true });
  });

  test.each([
    ["9,000 packets", { count: 9_000, size: 10 }],
    ["900 KiB", { count: 15, size: 60_000 }],
  ])("has %s kept for it, in order, however long it takes to fetch them", async (_, gush) => {
    const clock = new FakeClock();
    await using app = await startToyApp(makeToy(), { clock });
    const slow = await Poller.connected(app.app.url("studio"));
    await slow.post(`42["gush",${JSON.stringify(gush)}]`);
    await clock.advance(20 * SWEEP_MS);
    expect(dropsOf(await slow.get())).toEqual(upTo(gush.count));
    expect(await slow.post('421["count",{}]')).toBe(200);
    expect(await slow.get()).toEqual(['431[{"success":true,"total":1}]']);
  });
});

describe("connections that come and go", () => {
  test.each([
    ["open no namespace", []],
    ["open one", ["40"]],
    ["open one twice at once", ["40\u001e40"]],
    ["open one twice", ["40", "40"]],
    ["open one with a token that is none", ['40{"token":"none"}']],
    ["are refused a namespace", ["40/admin,", "40/nothing,"]],
    ["are gone before theirs is open", ["40\u001e1"]],
    ["send before theirs is open", ['40\u001e42["count",{}]']],
    ["are closed for what they send", ["40", "4garbage"]],
    ["are in the middle of a binary event", ["40", '451-["count",{"_placeholder":true,"num":0}]']],
    ["never fetch an answer", ["40", '421["count",{}]']],
  ])("and %s leave nothing behind", async (_, bodies) => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env: { HEADEND_LOG_LEVEL: "warn" } });
    const url = app.app.url("studio");
    const comeAndGo = async (count: number) => {
      for (let n = 0; n < count; n++) {
        const poller = new Poller(url);
        expect(await poller.open()).toBe(200);
        for (const body of [...bodies, "1"]) await poller.post(body);
      }
      await until("their end", async () => (await connections(app)) === 0);
      expect(toy.sessions()).toEqual([]);
      toy.handled.length = 0;
      app.log.length = 0;
      // What is still on its way through the event loop is no leak.
      await Bun.sleep(20);
      Bun.gc(true);
      Bun.gc(true);
      // A socket of Socket.IO has several of them.
      return heapStats().objectTypeCounts.Map ?? 0;
    };
    const before = await comeAndGo(20);
    expect((await comeAndGo(100)) - before).toBeLessThan(50);
    expect(toy.house().limits.size).toBeLessThan(10);
  });
});

describe("a flood", () => {
  test("of attempts to open namespaces closes the connection after twenty; few of them do no harm", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const url = app.app.url("studio");
    const few = await RawSocket.connected(url);
    for (let n = 0; n < 19; n++) few.send(`40/nothing${n},`);
    expect(await few.next("44/nothing18,")).toContain("Invalid namespace");
    few.send('421["count",{}]');
    expect(await few.next("431")).toContain("true");

    const many = new RawSocket(url);
    await many.next("0{");
    for (let n = 0; n < 5_000; n++) many.send("40/nothing,");
    await many.closed();
    expect(many.packets.length).toBeLessThanOrEqual(20);
    await until("the end of it", async () => (await connections(app)) === 1);

    const polling = await Poller.connected(url);
    await polling.post(Array(40).fill("40/nothing,").join("\u001e"));
    await polling.get().catch(() => undefined);
    await until("the end of it", async () => (await connections(app)) === 1);
    expect(toy.sessions()).toHaveLength(1);
  });

  test("is none when a page opens and closes namespaces for an hour", async () => {
    const clock = new FakeClock();
    await using app = await startToyApp(makeToy(), { clock });
    const page = await RawSocket.connected(app.app.url("studio"));
    for (let n = 0; n < 60; n++) {
      page.send(`40/nothing${n},`);
      expect(await page.next(`44/nothing${n},`)).toContain("Invalid namespace");
      await clock.advance(60_000);
    }
    page.send('421["count",{}]');
    expect(await page.next("431")).toContain("true");
  });

  test("of connections that all come at once leaves the limit open, and the rest hear why not", async () => {
    const toy = makeToy({ maxConnectionsPerAddress: 100 });
    await using app = await startToyApp(toy, { clock: new FakeClock() });
    const all = await Promise.allSettled(Array.from({ length: 110 }, () => app.connect("studio")));
    const refusals = all.flatMap((each) => (each.status === "rejected" ? [each.reason.message] : []));
    expect(refusals).toEqual(Array(10).fill("Connection limit exceeded"));
  });

  test("of handshakes from one address is told to wait, while others connect", async () => {
    const clock = new FakeClock();
    const toy = makeToy({ maxConnectionsPerAddress: 100 });
    await using app = await startToyApp(toy, { clock, env: { HEADEND_TRUSTED_PROXIES: "1" } });
    const url = app.app.url("studio");
    const from = (address: string) => ({ "x-forwarded-for": address });
    /** A handshake that is given up at once, so that only their number counts. */
    const knock = async () => {
      const poller = new Poller(url, from("192.0.2.1"));
      const status = await poller.open();
      if (status === 200) await poller.post("1");
      return status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 210; n++) statuses.push(await knock());
    expect(statuses).toEqual([...Array(200).fill(200), ...Array(10).fill(429)]);
    const refused = await app.call("studio", handshakePath("polling"), { headers: from("192.0.2.1") });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    const websocket = new RawSocket(url, from("192.0.2.1"));
    await websocket.closed();
    expect(websocket.packets).toEqual([]);
    for (const transport of ["polling", "websocket"]) {
      await app.connect("studio", { transports: [transport], extraHeaders: from("192.0.2.2") });
    }
    await clock.advance(1_000);
    const later: number[] = [];
    for (let n = 0; n < 25; n++) later.push(await knock());
    expect(later.filter((status) => status === 200)).toHaveLength(20);
    expect(await connections(app)).toBe(2);
  });

  test("of connections that stay is refused before it costs a connection, at twice what may be open", async () => {
    const toy = makeToy({ maxConnectionsPerAddress: 20 });
    await using app = await startToyApp(toy, { env: { HEADEND_TRUSTED_PROXIES: "1" } });
    const url = app.app.url("studio");
    const statuses = [];
    for (let n = 0; n < 60; n++) statuses.push(await new Poller(url, { "x-forwarded-for": "192.0.2.1" }).open());
    expect(statuses.filter((status) => status === 200)).toHaveLength(40);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    expect(await connections(app)).toBe(40);
    await app.connect("studio", { transports: ["polling"], extraHeaders: { "x-forwarded-for": "192.0.2.2" } });
  });

  test("of websockets on one session leaves one of them, and the client works", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const url = app.app.url("studio");
    const client = await app.connect("studio", { transports: ["polling"] });
    const sid = (client.socket.io.engine as unknown as { id: string }).id;
    const sockets = upTo(50).map(() => new RawSocket(url, {}, handshakePath("websocket", `&sid=${sid}`)));
    await until("their end", () => sockets.filter(({ isClosed }) => !isClosed).length <= 1);
    expect(await client.ask("count", {})).toMatchObject({ success: true });
    expect(toy.sessions()).toHaveLength(1);
    expect(await connections(app)).toBe(1);
    for (const socket of sockets) socket.close();
  });
});
