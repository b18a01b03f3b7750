import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { handshakePath, Poller, RawSocket, until } from "../realtime/raw";
import { type EchoServer, PATHS, startEcho } from "./echo";

// Socket.IO, revision 5, packet by packet, tested against our listener. The cases that the protocol's own suite has are
// marked [1] to [32]; the first sixteen of them look at Engine.IO through Socket.IO's path and are told there in full.
// What we do otherwise, and why, is in docs/protocol.md.

const QUICK = { pingIntervalMs: 250, pingTimeoutMs: 150, connectMs: 300 };

let calm: EchoServer;
let quick: EchoServer;

/** A websocket before any namespace. */
async function opened(server = calm): Promise<RawSocket> {
  const socket = new RawSocket(server.url);
  await socket.next("0{");
  return socket;
}

/** On the namespace `/`, with its greeting taken out. */
async function connected(server = calm): Promise<RawSocket> {
  const socket = await RawSocket.connected(server.url);
  await socket.next('42["auth"');
  return socket;
}

/** Nothing more has come than this: what the server answers next is the answer to this question. */
async function expectQuiet(socket: RawSocket): Promise<void> {
  socket.send('4299["echo","quiet?"]');
  await until("the answer", () => socket.packets.some((packet) => packet.startsWith("4399")));
  expect(socket.packets.splice(0)).toEqual(['42["echo","quiet?"]', '4399[{"success":true,"payload":"quiet?"}]']);
}

async function status(method: string, query: string): Promise<number> {
  return (await fetch(`${calm.url}/socket.io/?${query}`, { method })).status;
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

  describe("below the namespaces", () => {
    test("[1]-[4] a polling session is opened as Engine.IO 4 says, and in no other way", async () => {
      const poller = new Poller(calm.url);
      expect(await poller.open()).toBe(200);
      await poller.post("1");
      for (const query of ["transport=polling", "EIO=abc&transport=polling", "EIO=4", "EIO=4&transport=abc"]) {
        expect([query, await status("GET", query)]).toEqual([query, 400]);
      }
      for (const method of ["POST", "PUT"]) expect(await status(method, "EIO=4&transport=polling")).toBe(400);
    });

    test("[5]-[7] a websocket is opened as Engine.IO 4 says, and in no other way", async () => {
      (await opened()).close();
      for (const query of ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"]) {
        await new RawSocket(calm.url, {}, `/socket.io/?${query}`).closed();
      }
    });

    test("[8] [9] a polling session hears pings and ends when it does not answer them", async () => {
      const poller = await Poller.connected(quick.url);
      // The greeting of the namespace comes with one of the polls.
      for (let came: string[] = []; !came.includes("2"); ) came = await poller.get();
      await poller.post("3");
      expect(await poller.get()).toEqual(["2"]);
      expect(await poller.get()).toEqual(["1"]);
      await expect(poller.get()).rejects.toThrow("400");
    });

    test("[10] [11] a websocket hears pings and ends when it does not answer them", async () => {
      const socket = await connected(quick);
      await socket.next("2");
      socket.send("3");
      await socket.next("2");
      await socket.closed();
    });

    test("[12] [13] either ends with a close packet", async () => {
      const poller = await Poller.connected(calm.url);
      const socket = await connected();
      expect(await poller.post("1")).toBe(200);
      await expect(poller.get()).rejects.toThrow("400");
      socket.send("1");
      await socket.closed();
    });

    test("[14]-[16] a session moves to a websocket; what else speaks for it then is refused", async () => {
      const poller = await Poller.connected(calm.url);
      const path = handshakePath("websocket", `&sid=${poller.sid}`);
      const socket = new RawSocket(calm.url, {}, path);
      await until("the websocket", () => socket.isOpen);
      socket.send("2probe");
      await socket.next("3probe");
      socket.send("5");
      await until("the upgrade", async () => (await poller.post('42["echo",0]')) === 400);
      await new RawSocket(calm.url, {}, path).closed();
      socket.packets.length = 0;
      await expectQuiet(socket);
      socket.close();
    });
  });

  describe("opening a namespace", () => {
    test("[17] the main one is answered with the socket's id, which is not the connection's", async () => {
      const socket = new RawSocket(calm.url);
      const { sid } = JSON.parse((await socket.next("0{")).slice(1));
      socket.send("40");
      const answer = JSON.parse((await socket.next("40")).slice(2));
      expect(answer).toEqual({ sid: expect.stringMatching(/^[\w-]{20}$/) });
      expect(answer.sid).not.toBe(sid);
      expect(await socket.next("42")).toBe('42["auth",{}]');
      socket.close();
    });

    test("[18] the main one with a payload hands it over", async () => {
      const socket = await opened();
      socket.send('40{"token":"","n":[1,null,{"a":"b"}]}');
      await socket.next('40{"sid"');
      expect(await socket.next("42")).toBe('42["auth",{"token":"","n":[1,null,{"a":"b"}]}]');
      socket.close();
    });

    test("[19] a custom one", async () => {
      const socket = await opened();
      socket.send("40/custom,");
      expect(await socket.next("40")).toMatch(/^40\/custom,\{"sid":"[\w-]{20}"\}$/);
      expect(await socket.next("42")).toBe('42/custom,["auth",{}]');
      socket.close();
    });

    test("[20] a custom one with a payload hands it over", async () => {
      const socket = await opened();
      socket.send('40/custom,{"n":"123"}');
      expect(await socket.next("40")).toMatch(/^40\/custom,\{"sid"/);
      expect(await socket.next("42")).toBe('42/custom,["auth",{"n":"123"}]');
      socket.close();
    });

    test("[21] one that there is not is refused by name, and the connection stays for another try", async () => {
      const socket = await opened();
      socket.send("40/random,");
      expect(await socket.next("44")).toBe('44/random,{"message":"Invalid namespace"}');
      socket.send("40");
      await socket.next('40{"sid"');
      socket.close();
    });

    test("[22] with something else than an object closes the connection", async () => {
      for (const packet of ["4abc", '40"text"', "40[]", "40true", '40{"a"', "40/custom,[]"]) {
        const socket = await opened();
        socket.send(packet);
        expect([packet, await socket.closed()]).toEqual([packet, expect.any(Number)]);
        expect(socket.packets).toEqual([]);
      }
    });

    test("[23] that never happens closes the connection", async () => {
      const socket = await opened(quick);
      const begun = performance.now();
      await socket.closed();
      expect(performance.now() - begun).toBeGreaterThan(QUICK.connectMs - 60);
    });

    test("is possible again once it was closed", async () => {
      const socket = await connected();
      socket.send("41");
      socket.send("40");
      await socket.next('40{"sid"');
      await socket.next('42["auth"');
      await expectQuiet(socket);
      socket.close();
    });

    test("for users, as a guest, is refused with a reason; the connection stays", async () => {
      const socket = await connected();
      socket.send("40/closed,");
      expect(await socket.next("44")).toBe('44/closed,{"message":"Authentication required","data":{}}');
      await expectQuiet(socket);
      socket.close();
    });

    test("an event before it closes the connection", async () => {
      const socket = await opened();
      socket.send('42["echo",1]');
      await socket.closed();
      expect(socket.packets).toEqual([]);
    });
  });

  describe("closing a namespace", () => {
    test("[24] the main one ends what it does, and the connection stays", async () => {
      const socket = await connected();
      socket.send("41");
      socket.send("40/custom,");
      await socket.next("40/custom,");
      expect(await socket.next("42")).toBe('42/custom,["auth",{}]');
      socket.send('42/custom,["echo","hello"]');
      expect(await socket.next("42")).toBe('42/custom,["echo","hello"]');
      expect(socket.packets).toEqual([]);
      socket.close();
    });

    test("[25] a custom one leaves the others open", async () => {
      const socket = await connected();
      socket.send("40/custom,");
      await socket.next('42/custom,["auth"');
      socket.send("41/custom,");
      socket.send('42["echo","hello"]');
      expect(await socket.next("42")).toBe('42["echo","hello"]');
      await expectQuiet(socket);
      socket.close();
    });

    test("by the server is told by name, and the others stay open", async () => {
      const socket = await connected();
      socket.send("40/custom,");
      await socket.next('42/custom,["auth"');
      socket.send('42/custom,["leave"]');
      expect(await socket.next("41")).toBe("41/custom,");
      await expectQuiet(socket);
      socket.close();
    });

    test.each([
      ["an event for a namespace that is not open", '42/custom,["echo",1]'],
      ["the end of a namespace that is not open", "41/custom,"],
      ["an acknowledgement for a namespace that is not open", "43/custom,1[]"],
      ["opening a namespace that is open", "40"],
      ["a refusal, which only a server sends", '44{"message":"x"}'],
    ])("%s closes the connection: client and server no longer agree", async (_, packet) => {
      const socket = await connected();
      socket.send(packet);
      await socket.closed();
      expect(socket.packets).toEqual([]);
    });
  });

  describe("events", () => {
    const VALUE = '{"1":true,"two":[null,"\u20ac \ud83d\ude00",-0.5],"three":{"four":{}}}';

    test("[26] of plain data go both ways", async () => {
      const socket = await connected();
      socket.send(`42["echo",${VALUE}]`);
      expect(await socket.next("42")).toBe(`42["echo",${VALUE}]`);
      socket.close();
    });

    test("[27] of binary data close the connection before a handler sees them: no API here has any", async () => {
      const socket = await connected();
      socket.send('452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
      socket.send(new Uint8Array([1, 2, 3]));
      expect(await socket.closed()).toBe(1003);
      expect(socket.packets).toEqual([]);
    });

    test("[28] of plain data are acknowledged under their number, after what they caused", async () => {
      const socket = await connected();
      socket.send(`42456["echo",${VALUE}]`);
      expect(await socket.next("4")).toBe(`42["echo",${VALUE}]`);
      expect(await socket.next("4")).toBe(`43456[{"success":true,"payload":${VALUE}}]`);
      socket.send("40/custom,");
      await socket.next('42/custom,["auth"');
      socket.send('42/custom,0["echo"]');
      expect(await socket.next("43")).toBe('43/custom,0[{"success":true}]');
      socket.close();
    });

    test("[29] of binary data that want an acknowledgement close the connection, unanswered", async () => {
      const socket = await connected();
      socket.send('451-456["echo",{"_placeholder":true,"num":0}]');
      socket.send(new Uint8Array([1, 2, 3]));
      expect(await socket.closed()).toBe(1003);
      expect(socket.packets).toEqual([]);
    });

    test.each([
      ["[30] of an unknown type", ["4abc", "47", "4", "48[]", "4-1"]],
      ["[31] with data that are none", ["42{}", '42"echo"', '42["echo"', "42abc", "42null", "42[]", "42[{}]"]],
      ["[32] with a number that is none", ['42abc["echo"]', '42-1["echo"]', '421.5["echo"]']],
      ["with a reserved name", ['42["connect"]', '42["disconnect"]', '42["connect_error"]', '42["disconnecting"]']],
      ["that announces attachments and brings none", ["45", '45["echo"]', '45x-["echo"]', '45-1-["echo"]']],
    ])("packets %s close the connection", async (_, packets) => {
      for (const packet of packets) {
        const socket = await connected();
        socket.send(packet);
        expect([packet, await socket.closed()]).toEqual([packet, expect.any(Number)]);
        expect(socket.packets).toEqual([]);
      }
    });

    test.each(["42", "42[1]", "42[-1]", "43", "4399[]"])(
      "without a name, and answers to no question (%s), change nothing",
      async (packet) => {
        const socket = await connected();
        socket.send(packet);
        await expectQuiet(socket);
        socket.close();
      },
    );

    test("come in order, each acknowledged once", async () => {
      const socket = await connected();
      const numbers = Array.from({ length: 30 }, (_, n) => n);
      for (const n of numbers) socket.send(`42${n}["echo",${n}]`);
      await until("the answers", () => socket.packets.length === 60);
      expect(socket.packets).toEqual(
        numbers.flatMap((n) => [`42["echo",${n}]`, `43${n}[{"success":true,"payload":${n}}]`]),
      );
      socket.close();
    });

    test("of the server are acknowledged by the client, once; other numbers change nothing", async () => {
      const socket = await connected();
      socket.send('427["ask","how are you"]');
      const question = await socket.next("42");
      const number = /^42(\d+)\["question","how are you"\]$/.exec(question)?.[1] ?? "";
      for (const packet of ["4399[]", `43${number}["fine"]`, `43${number}["again"]`]) socket.send(packet);
      expect(await socket.next("43")).toBe('437[{"success":true,"heard":true}]');
      await expectQuiet(socket);
      socket.close();
    });

    test("by polling are as by websocket, several in a body", async () => {
      const poller = await Poller.connected(calm.url);
      await poller.post(['421["echo",1]', "40/custom,", '422["echo",2]'].join("\u001e"));
      const came: string[] = [];
      while (came.length < 6) came.push(...(await poller.get()));
      expect(came.filter((packet) => !packet.startsWith("40/custom") && !packet.startsWith("42/custom"))).toEqual([
        '42["echo",1]',
        '431[{"success":true,"payload":1}]',
        '42["echo",2]',
        '432[{"success":true,"payload":2}]',
      ]);
      await poller.post("1");
    });
  });
});
