import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { handshakePath, Poller, RawSocket, Tcp, until } from "../realtime/raw";
import { type EchoServer, PATHS, startEcho } from "./echo";

// Engine.IO, revision 4, as clients of it may count on it, tested against our listener. The cases that the protocol's
// own suite has are marked [1] to [25]; what we do otherwise, and why, is in docs/protocol.md.

const QUICK = { pingIntervalMs: 250, pingTimeoutMs: 150, connectMs: 300 };
const TRANSPORTS = ["polling", "websocket"] as const;

let calm: EchoServer;
let quick: EchoServer;

/** A request to the engine. */
async function request(method: string, query: string, body?: string, server = calm) {
  const response = await fetch(`${server.url}/socket.io/?${query}`, { method, ...(body !== undefined && { body }) });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const poll = (sid: string, server = calm) => request("GET", `EIO=4&transport=polling&sid=${sid}`, undefined, server);
const post = (sid: string, body: string, server = calm) =>
  request("POST", `EIO=4&transport=polling&sid=${sid}`, body, server);

async function openPolling(server = calm): Promise<Poller> {
  const poller = new Poller(server.url);
  expect(await poller.open()).toBe(200);
  return poller;
}

/** A websocket of Engine.IO, before any namespace. */
async function openWebSocket(server = calm): Promise<RawSocket> {
  const socket = new RawSocket(server.url);
  await socket.next("0{");
  return socket;
}

/** A websocket that is to take over a session. */
function probing(sid: string, server = calm): RawSocket {
  return new RawSocket(server.url, {}, handshakePath("websocket", `&sid=${sid}`));
}

/** Whether a websocket request is taken; a session that it opened is closed again. */
async function isRefused(query: string): Promise<boolean> {
  const socket = new RawSocket(calm.url, {}, `/socket.io/?${query}`);
  const outcome = await Promise.race([
    socket.closed().then(() => true),
    socket.next("0{").then(
      () => false,
      () => true,
    ),
  ]);
  socket.close();
  return outcome;
}

async function expectGone(sid: string, server = calm): Promise<void> {
  const { status, text } = await poll(sid, server);
  expect([status, JSON.parse(text)]).toEqual([400, { code: 1, message: "Session ID unknown" }]);
}

async function end(poller: Poller): Promise<void> {
  await poller.post("1");
}

describe.each(PATHS)("on %s:", (_, isLean) => {
  beforeAll(async () => {
    [calm, quick] = await Promise.all([startEcho(isLean), startEcho(isLean, QUICK)]);
  });

  afterAll(async () => {
    await until("the end of all connections", () => calm.connections() + quick.connections() === 0);
    expect([...calm.errors(), ...quick.errors()]).toEqual([]);
    await Promise.all([calm.stop(), quick.stop()]);
  });

  describe("the handshake", () => {
    const opening = { pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 65_536 };

    test("[1] by polling opens a session and offers the upgrade", async () => {
      const { status, text, headers } = await request("GET", "EIO=4&transport=polling");
      expect([status, headers.get("content-type"), text[0]]).toEqual([200, "text/plain; charset=UTF-8", "0"]);
      const { sid, ...rest } = JSON.parse(text.slice(1));
      expect(rest).toEqual({ upgrades: ["websocket"], ...opening });
      expect(sid).toMatch(/^[\w-]{20}$/);
      await post(sid, "1");
    });

    test("[2] [3] by polling is refused with another revision or transport, which is told", async () => {
      for (const query of ["transport=polling", "EIO=&transport=polling", "EIO=abc&transport=polling"]) {
        const { status, text } = await request("GET", query);
        expect([status, JSON.parse(text)]).toEqual([400, { code: 5, message: "Unsupported protocol version" }]);
      }
      for (const query of ["EIO=4", "EIO=4&transport=", "EIO=4&transport=abc"]) {
        const { status, text } = await request("GET", query);
        expect([status, JSON.parse(text)]).toEqual([400, { code: 0, message: "Transport unknown" }]);
      }
    });

    test("[4] by polling is refused with another method", async () => {
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const { status, text } = await request(method, "EIO=4&transport=polling");
        expect([method, status, JSON.parse(text)]).toEqual([method, 400, { code: 2, message: "Bad handshake method" }]);
      }
    });

    test("[5] by websocket opens a session and offers no upgrade", async () => {
      const socket = new RawSocket(calm.url);
      const { sid, ...rest } = JSON.parse((await socket.next("0{")).slice(1));
      expect(rest).toEqual({ upgrades: [], ...opening });
      expect(sid).toMatch(/^[\w-]{20}$/);
      socket.close();
    });

    test.each([
      ["[6] another revision", ["transport=websocket", "EIO=&transport=websocket", "EIO=abc&transport=websocket"]],
      ["[7] another transport", ["EIO=4", "EIO=4&transport=", "EIO=4&transport=abc", "EIO=4&transport=polling"]],
    ])("by websocket is refused with %s", async (_, queries) => {
      for (const query of queries) expect([query, await isRefused(query)]).toEqual([query, true]);
    });

    test("gives every session an id of its own", async () => {
      const pollers = await Promise.all(Array.from({ length: 50 }, () => openPolling()));
      expect(new Set(pollers.map(({ sid }) => sid)).size).toBe(50);
      await Promise.all(pollers.map(end));
    });
  });

  describe("messages", () => {
    test("[8] go both ways by polling", async () => {
      const poller = await Poller.connected(calm.url);
      expect(await post(poller.sid, '42["echo","hello"]')).toMatchObject({ status: 200, text: "ok" });
      const { status, text, headers } = await poll(poller.sid);
      expect([status, headers.get("content-type"), text]).toEqual([
        200,
        "text/plain; charset=UTF-8",
        '42["echo","hello"]',
      ]);
      await end(poller);
    });

    test("[9] several of them go in one body, in order", async () => {
      const poller = await Poller.connected(calm.url);
      const packets = ['42["echo","a"]', '42["echo","b\u20ac"]', '42["echo","c\\u001e"]'];
      expect(await poller.post(packets.join("\u001e"))).toBe(200);
      expect(await poller.get()).toEqual(packets);
      await end(poller);
    });

    test("[10] of binary close a polling session: no API here has any", async () => {
      const poller = await Poller.connected(calm.url);
      await poller.post('42["echo","hello"]\u001ebAQIDBA==');
      await expectGone(poller.sid);
    });

    test("[11] that are none close a polling session", async () => {
      for (const body of ["abc", "", "\u001e", "9", '42["echo",1]\u001e']) {
        const poller = await Poller.connected(calm.url);
        await poller.post(body);
        await expectGone(poller.sid);
      }
    });

    test("[12] a second poll beside the first closes the session, and both are answered", async () => {
      const poller = await Poller.connected(calm.url);
      const first = poll(poller.sid);
      await Bun.sleep(20);
      expect((await poll(poller.sid)).status).toBe(400);
      expect(await first).toMatchObject({ status: 200, text: "1" });
      await expectGone(poller.sid);
    });

    test("[13] a poll that its client gives up closes the session", async () => {
      const poller = await Poller.connected(calm.url);
      const abort = new AbortController();
      const pending = fetch(`${calm.url}${handshakePath("polling", `&sid=${poller.sid}`)}`, { signal: abort.signal });
      await Bun.sleep(20);
      abort.abort();
      await expect(pending).rejects.toThrow();
      await until("the close", async () => (await post(poller.sid, '42["echo",1]')).status === 400);
      await expectGone(poller.sid);
    });

    test("[14] go both ways by websocket", async () => {
      const socket = await RawSocket.connected(calm.url);
      const packet = `42${JSON.stringify(["echo", "hello\u20ac\u001e"])}`;
      socket.send(packet);
      expect(await socket.next('42["echo')).toBe(packet);
      socket.close();
    });

    test("[15] of binary close a websocket, with the code for what is not supported", async () => {
      const socket = await RawSocket.connected(calm.url);
      socket.send(new Uint8Array([1, 2, 3, 4]));
      expect(await socket.closed()).toBe(1003);
    });

    test("[16] that are none close a websocket", async () => {
      for (const packet of ["abc", "", "9", "\u001e", "5", "6", "2", "2probe", "0"]) {
        const socket = await openWebSocket();
        socket.send(packet);
        expect([packet, await socket.closed()]).toEqual([packet, expect.any(Number)]);
      }
    });

    test("wait for the next poll while nobody polls, and come in order", async () => {
      const poller = await Poller.connected(calm.url);
      await poller.post('42["echo",1]');
      await poller.post('42["echo",2]');
      expect(await poller.get()).toEqual(['42["echo",1]', '42["echo",2]']);
      await end(poller);
    });

    test("answer a poll that waits", async () => {
      const poller = await Poller.connected(calm.url);
      const pending = poller.get();
      await Bun.sleep(20);
      await poller.post('42["echo",1]');
      expect(await pending).toEqual(['42["echo",1]']);
      await end(poller);
    });
  });

  describe("heartbeats", () => {
    test("[17] come by polling, and a session that answers them lives on", async () => {
      const poller = await openPolling(quick);
      await poller.post("40");
      await poller.get();
      for (let beat = 0; beat < 3; beat++) {
        expect(await poller.get()).toEqual(["2"]);
        expect(await poller.post("3")).toBe(200);
      }
      await end(poller);
    });

    test("[18] without an answer end a polling session", async () => {
      const poller = await openPolling(quick);
      await poller.post("40");
      expect((await poller.get())[0]).toStartWith("40");
      expect(await poller.get()).toEqual(["2"]);
      expect(await poller.get()).toEqual(["1"]);
      await expectGone(poller.sid, quick);
    });

    test("[19] come by websocket, and a session that answers them lives on", async () => {
      const socket = await RawSocket.connected(quick.url);
      for (let beat = 0; beat < 3; beat++) {
        expect(await socket.next("2")).toBe("2");
        socket.send("3");
      }
      expect(socket.isClosed).toBe(false);
      socket.close();
    });

    test("[20] without an answer end a websocket, in the time that the handshake named", async () => {
      const socket = await RawSocket.connected(quick.url);
      const begun = performance.now();
      await socket.closed();
      const { pingIntervalMs, pingTimeoutMs } = QUICK;
      expect(performance.now() - begun).toBeGreaterThan(pingIntervalMs + pingTimeoutMs - 60);
    });

    test("keep a client that is connected half: once it is silent its connection goes, although TCP says nothing", async () => {
      const tcp = await Tcp.open(quick.url);
      tcp.write(
        `GET ${handshakePath("websocket")} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      await tcp.read("0{");
      tcp.frame("40");
      await tcp.read("40{");
      tcp.pause();
      await until("the end of the connection", () => quick.connections() === 0);
      tcp.close();
    });

    test("that were not asked for change nothing: one ping comes in a period, however many pongs were sent", async () => {
      const socket = await RawSocket.connected(quick.url);
      for (let n = 0; n < 50; n++) socket.send("3");
      await socket.next("2");
      socket.send("3");
      await Bun.sleep(QUICK.pingIntervalMs / 2);
      expect(socket.packets.filter((packet) => packet === "2")).toEqual([]);
      socket.close();
    });
  });

  describe("closing", () => {
    test("[21] by a packet ends a polling session and the poll that waits", async () => {
      const poller = await Poller.connected(calm.url);
      const pending = poll(poller.sid);
      await Bun.sleep(20);
      expect((await post(poller.sid, "1")).status).toBe(200);
      expect(await pending).toMatchObject({ status: 200, text: "6" });
      await expectGone(poller.sid);
    });

    test("[22] by a packet ends a websocket", async () => {
      const socket = await openWebSocket();
      socket.send("1");
      await socket.closed();
    });

    test("what is left of a body after a close is not looked at", async () => {
      const poller = await Poller.connected(calm.url);
      expect(await poller.post('1\u001e42["echo",1]\u001exyz')).toBe(200);
      await expectGone(poller.sid);
    });

    test.each(TRANSPORTS)("of a %s connection that never opens a namespace comes by itself", async (transport) => {
      if (transport === "websocket") {
        await (await openWebSocket(quick)).closed();
      } else {
        const { sid } = await openPolling(quick);
        await until("the close", async () => (await post(sid, "3", quick)).status === 400);
      }
    });
  });

  describe("the upgrade", () => {
    /** Upgraded as clients do it. */
    async function upgraded(server = calm): Promise<{ socket: RawSocket; sid: string }> {
      const { sid } = await Poller.connected(server.url);
      const socket = probing(sid, server);
      await until("the websocket", () => socket.isOpen);
      socket.send("2probe");
      expect(await socket.next("3")).toBe("3probe");
      socket.send("5");
      return { socket, sid };
    }

    test("[23] moves a session from polling to websocket, with what is sent meanwhile", async () => {
      const poller = await Poller.connected(calm.url);
      const socket = probing(poller.sid);
      const pending = poll(poller.sid);
      await until("the websocket", () => socket.isOpen);
      socket.send("2probe");
      expect(await socket.next("3")).toBe("3probe");
      // The poll that waits is sent home, so that nothing can be lost in it.
      expect(await pending).toMatchObject({ status: 200, text: "6" });
      expect(await poller.post('42["echo","between"]')).toBe(200);
      socket.send("5");
      expect(await socket.next("42")).toBe('42["echo","between"]');
      socket.send('42["echo","after"]');
      expect(await socket.next("42")).toBe('42["echo","after"]');
      socket.close();
    });

    test("[24] done, polling requests for the session are refused and it lives on", async () => {
      const { socket, sid } = await upgraded();
      await until("the upgrade", async () => (await poll(sid)).status === 400);
      expect((await post(sid, '42["echo","by polling"]')).status).toBe(400);
      socket.send('42["echo","hello"]');
      expect(await socket.next("42")).toBe('42["echo","hello"]');
      socket.close();
    });

    test("[25] done, another websocket for the session is refused and it lives on", async () => {
      const { socket, sid } = await upgraded();
      await until("the upgrade", async () => (await poll(sid)).status === 400);
      await probing(sid).closed();
      socket.send('42["echo","hello"]');
      expect(await socket.next("42")).toBe('42["echo","hello"]');
      socket.close();
    });

    test("begun twice refuses the second websocket, and the first one may go on", async () => {
      const poller = await Poller.connected(calm.url);
      const first = probing(poller.sid);
      await until("the websocket", () => first.isOpen);
      const second = probing(poller.sid);
      await second.closed();
      first.send("2probe");
      expect(await first.next("3")).toBe("3probe");
      first.send("5");
      first.send('42["echo",1]');
      expect(await first.next("42")).toBe('42["echo",1]');
      first.close();
    });

    test.each([
      ["something else than a probe", ["4hello"]],
      ["a second probe", ["2probe", "2probe"]],
      ["a probe with another word", ["2probe2"]],
      ["nonsense", ["x"]],
      ["an upgrade without a probe that is taken back", ["1"]],
    ])("with %s closes the websocket; the session goes on by polling and may upgrade anew", async (_, packets) => {
      const poller = await Poller.connected(calm.url);
      const socket = probing(poller.sid);
      await until("the websocket", () => socket.isOpen);
      for (const packet of packets) socket.send(packet);
      await socket.closed();
      await poller.post('42["echo",1]');
      // A poll that is sent home without anything is followed by another one.
      let came = await poller.get();
      if (came[0] === "6") came = await poller.get();
      expect(came).toEqual(['42["echo",1]']);
      const again = probing(poller.sid);
      await until("the websocket", () => again.isOpen);
      again.send("2probe");
      expect(await again.next("3")).toBe("3probe");
      again.send("5");
      again.send('42["echo",2]');
      expect(await again.next("42")).toBe('42["echo",2]');
      again.close();
    });

    test("that its client gives up leaves the session on polling, and it may upgrade anew", async () => {
      const poller = await Poller.connected(calm.url);
      const socket = probing(poller.sid);
      await until("the websocket", () => socket.isOpen);
      socket.send("2probe");
      await socket.next("3");
      socket.close();
      const again = probing(poller.sid);
      await until("the websocket", () => again.isOpen);
      again.send("2probe");
      expect(await again.next("3")).toBe("3probe");
      again.close();
      await end(poller);
    });

    test("in the making ends with its session", async () => {
      const poller = await Poller.connected(calm.url);
      const socket = probing(poller.sid);
      await until("the websocket", () => socket.isOpen);
      socket.send("2probe");
      await socket.next("3");
      await end(poller);
      await socket.closed();
    });

    test("keeps the heartbeat", async () => {
      const { socket } = await upgraded(quick);
      for (let beat = 0; beat < 2; beat++) {
        expect(await socket.next("2")).toBe("2");
        socket.send("3");
      }
      await socket.closed();
    });
  });
});
