import { describe, expect, test } from "bun:test";
import { type TestApp, token } from "../harness";
import { makeToy, startToyApp } from "../toy";
import { handshakePath, Poller, RawSocket, Tcp, until } from "./raw";

/** Somebody else on the same server, whom nothing of this may reach. */
async function witnessOf(app: TestApp) {
  const client = await app.connect("studio", { auth: { token: await token("witness") } });
  await client.next("authenticated");
  await client.next("welcome");
  return {
    async isFine(): Promise<void> {
      expect(await client.ask("count", { by: 0 })).toMatchObject({ success: true });
      expect(await client.rest()).toEqual([]);
    },
  };
}

const DEEP = 30_000;

/** What no client of ours sends. Some of it is legal and merely odd; none of it may hurt anybody else. */
const PACKETS = [
  ...[
    "",
    "4",
    "40",
    "40{}",
    "40[]",
    '40"x"',
    "40{",
    '40{"token":{}}',
    "40/admin",
    "40/admin,",
    "40/nothing,",
    "40/__proto__,",
  ],
  ...[
    "41",
    "41/admin,",
    "41{}",
    "42",
    "42[]",
    "42[null]",
    "42[{}]",
    "42[[]]",
    "42{}",
    '42"x"',
    "42[1]",
    "42[-1]",
    "42[1e999]",
  ],
  ...[
    '42[""]',
    '42["__proto__",{}]',
    '42["constructor",{}]',
    '42["hasOwnProperty",{}]',
    '42["toString"]',
    '42["then",{}]',
  ],
  ...['42["error"]', '42["error",{"message":"x"}]', '42["connect"]', '42["connect_error"]', '42["disconnect"]'],
  ...['42["disconnecting"]', '42["newListener"]', '42["removeListener"]', '42["welcome",{}]', '42["no such event"'],
  ...["42/admin,[]", '42/admin,["note",{"text":"x"}]', '42/nothing,["count",{}]', "42/", '42/,["count",{}]'],
  ...[
    '4299999999999999999999999["count",{}]',
    '42-1["count",{}]',
    '421.5["count",{}]',
    '421e5["count",{}]',
    '42 1["count",{}]',
  ],
  ...[
    '421["count"]',
    '421["count",null]',
    '421["count",{"by":1e999}]',
    '421["count",{"by":"NaN"}]',
    '421["count",{},{},{}]',
  ],
  ...[
    '421["count",{"__proto__":{"by":-1}}]',
    '421["count",{"by":{"valueOf":1}}]',
    '421["place",{"at":"x","owner":[]}]',
  ],
  ...['421["count",{"_placeholder":true,"num":0}]', '42["note",{"text":"\\ud800\\u0000\\u202e"}]', '42["\\ud800",{}]'],
  ...[
    "43",
    "43[]",
    "431[]",
    '431["x"]',
    "43abc",
    "439999999999999999999[]",
    '431{"length":1}',
    "44",
    '44{"message":"x"}',
    "44[]",
  ],
  ...[
    "45",
    "451",
    "45-",
    "450-[]",
    '450-["count",{}]',
    '451-["count",{}]',
    '451-["count",{"_placeholder":true,"num":0}]',
  ],
  ...['451-["count",{"_placeholder":true,"num":5}]', '451-["count",{"_placeholder":true,"num":"splice"}]'],
  ...['451-[{"_placeholder":true,"num":0}]', '4511-["count",{}]', '459999999999-["count",{}]', '45-1-["count",{}]'],
  ...[
    '451e1-["count",{}]',
    '451-1["count",{"_placeholder":true,"num":0}]',
    "46",
    "461-[]",
    '461-1[{"_placeholder":true,"num":0}]',
  ],
  ...[
    "47",
    "48",
    "49",
    "4a",
    "4\u0000",
    "4[]",
    "4{}",
    "4null",
    "0",
    "0{}",
    "1",
    "2",
    "2probe",
    "3",
    "3probe",
    "5",
    "6",
    "7",
  ],
  ...[
    "x",
    "b",
    "bAAAA",
    "b====",
    "\u0000",
    "\u001e",
    "\u001e\u001e42",
    "\u{1f600}",
    "GET / HTTP/1.1\r\n\r\n",
    "undefined",
    "NaN",
  ],
  `42["note",${"[".repeat(DEEP)}${"]".repeat(DEEP)}]`,
  `421["count",${'{"a":'.repeat(DEEP / 3)}1${"}".repeat(DEEP / 3)}]`,
  `42${"[".repeat(DEEP)}${"]".repeat(DEEP)}`,
  `42["${"x".repeat(60_000)}",{}]`,
  `42["note",{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":1`).join()}}]`,
  `42[${Array(20_000).fill('"a"').join()}]`,
  `42${"9".repeat(60_000)}["count",{}]`,
  `42/${"n".repeat(60_000)},["count",{}]`,
  `40/${"n".repeat(60_000)},`,
  `40{"token":"${"t".repeat(60_000)}"}`,
  "4".repeat(60_000),
];

describe("whatever a client sends", () => {
  for (const who of ["a guest", "a user"]) {
    test(`over websocket as ${who}, the server and the others go on`, async () => {
      const toy = makeToy();
      await using app = await startToyApp(toy, { env: { HEADEND_MAX_CONNECTIONS_PER_USER: "1000" } });
      const url = app.app.url("studio");
      const witness = await witnessOf(app);
      const auth = who === "a user" ? JSON.stringify({ token: await token("u1", { role: "admin" }) }) : "";
      for (const packet of PACKETS) {
        const socket = await RawSocket.connected(url, auth);
        socket.send(packet);
        // Sent twice: what a packet left behind in a parser meets the next one.
        socket.send(packet);
        const other = await RawSocket.connected(url);
        other.send('427["count",{"by":0}]');
        expect([packet.slice(0, 40), await other.next("437[")]).toEqual([
          packet.slice(0, 40),
          expect.stringContaining("true"),
        ]);
        other.close();
        socket.close();
      }
      await witness.isFine();
      await until("the closes", () => toy.sessions().length === 1);
      expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
      expect(({} as { by?: unknown }).by).toBeUndefined();
    });
  }

  test("by polling, the server and the others go on", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const url = app.app.url("studio");
    const witness = await witnessOf(app);
    for (const packet of PACKETS) {
      const poller = await Poller.connected(url);
      for (const body of [packet, `${packet}\u001e${packet}`]) {
        const status = await poller.post(body);
        expect([packet.slice(0, 40), [200, 400, 413].includes(status)]).toEqual([packet.slice(0, 40), true]);
      }
      await poller.post("41");
      await poller.post("1");
    }
    await witness.isFine();
    expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("binary", () => {
  const BYTES = new Uint8Array([1, 2, 3]);

  test.each([
    ["a frame", [BYTES]],
    ["a frame that an event announced", ['451-["count",{"_placeholder":true,"num":0}]', BYTES]],
    ["an empty frame", [new Uint8Array()]],
  ])("%s on a websocket closes that client and no other, and nothing is handled", async (_, frames) => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const witness = await witnessOf(app);
    const socket = await RawSocket.connected(app.app.url("studio"));
    for (const frame of frames) socket.send(frame);
    expect(await socket.closed()).toBe(1003);
    await until("the end of the session", () => toy.sessions().length === 1);
    expect(toy.handled).toEqual([]);
    await witness.isFine();
  });

  test("hidden as base64 in a text frame is refused too, and nothing is handled", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const witness = await witnessOf(app);
    const socket = await RawSocket.connected(app.app.url("studio"));
    socket.send('451-1["count",{"_placeholder":true,"num":0}]');
    socket.send("bAQID");
    await socket.closed();
    expect(toy.handled).toEqual([]);
    await witness.isFine();
  });

  test.each([
    ["alone", ["bAQID"]],
    ["that an event announced", ['451-["count",{"_placeholder":true,"num":0}]\u001ebAQID']],
    ["that an event announced earlier", ['451-["count",{"_placeholder":true,"num":0}]', "bAQID"]],
    // While an answer waits for the next poll the engine is slow to close.
    ["with an answer under way", ['421["wave",{}]', '451-["count",{"_placeholder":true,"num":0}]\u001ebAQID']],
  ])("by polling, %s, closes that client and no other, and nothing is handled", async (_, bodies) => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const witness = await witnessOf(app);
    const poller = await Poller.connected(app.app.url("studio"));
    for (const body of bodies) await poller.post(body);
    await poller.get().catch(() => undefined);
    await until("the end of the session", () => toy.sessions().length === 1);
    expect(toy.handled.filter((event) => event !== "wave")).toEqual([]);
    await witness.isFine();
  });

  test("after an upgrade is refused as on any websocket", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const client = await app.connect("studio", { transports: ["polling", "websocket"] });
    await until("the upgrade", () => client.socket.io.engine.transport.name === "websocket");
    const reason = client.disconnected();
    client.send("count", { by: new Uint8Array([1]) });
    expect(await reason).toBe("transport close");
    expect(toy.handled).toEqual([]);
  });
});

describe("a message of", () => {
  const MAX = 2_048;
  const env = { HEADEND_MAX_PAYLOAD: String(MAX) };
  /** A packet of exactly so many bytes. */
  const packetOf = (bytes: number, fill = "x") => {
    const frame = '421["count",{"by":0,"pad":""}]';
    const room = bytes - frame.length;
    const count = Math.floor(room / Buffer.byteLength(fill));
    const pad = fill.repeat(count) + "x".repeat(room - count * Buffer.byteLength(fill));
    return frame.replace('""', `"${pad}"`);
  };

  for (const fill of ["x", "\u20ac"]) {
    const text = fill === "x" ? "ASCII" : "characters of three bytes";
    test(`HEADEND_MAX_PAYLOAD bytes (${text}) passes on a websocket; one more closes that client and no other`, async () => {
      const toy = makeToy();
      await using app = await startToyApp(toy, { env });
      const witness = await witnessOf(app);
      const socket = await RawSocket.connected(app.app.url("studio"));
      expect(Buffer.byteLength(packetOf(MAX, fill))).toBe(MAX);
      socket.send(packetOf(MAX, fill));
      expect(await socket.next("431")).toContain("true");
      socket.send(packetOf(MAX + 1, fill));
      await socket.closed();
      await until("the end of the session", () => toy.sessions().length === 1);
      expect(toy.handled).toEqual(["count"]);
      await witness.isFine();
    });

    test(`HEADEND_MAX_PAYLOAD bytes (${text}) passes by polling; one more closes that client and no other`, async () => {
      const toy = makeToy();
      await using app = await startToyApp(toy, { env });
      const witness = await witnessOf(app);
      const poller = await Poller.connected(app.app.url("studio"));
      expect(await poller.post(packetOf(MAX, fill))).toBe(200);
      expect(await poller.get()).toEqual([expect.stringContaining("true")]);
      expect(await poller.post(packetOf(MAX + 1, fill))).toBe(413);
      await until("the end of the session", () => toy.sessions().length === 1);
      expect(toy.handled).toEqual(["count"]);
      await witness.isFine();
    });
  }

  test("more than HEADEND_MAX_PAYLOAD bytes is refused by polling also where no length was announced", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env });
    const url = app.app.url("studio");
    const poller = await Poller.connected(url);
    const body = packetOf(MAX + 1, "\u20ac");
    const tcp = await Tcp.open(url);
    tcp.write(
      `POST ${handshakePath("polling", `&sid=${poller.sid}`)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    tcp.write(`${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    expect(await tcp.read("\r\n\r\n")).toStartWith("HTTP/1.1 4");
    expect(toy.handled).toEqual([]);
    tcp.close();
  });

  test("an honest client that polls is never over it, however many it sends at once", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env });
    const client = await app.connect("studio", { transports: ["polling"] });
    const pad = "x".repeat(1_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.ask("count", { by: 1, pad })));
    expect(answers.at(-1)).toEqual({ success: true, total: 20 });
    expect(client.socket.connected).toBe(true);
  });

  test("megabytes by polling is cut off before it is read", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env });
    const witness = await witnessOf(app);
    const poller = await Poller.connected(app.app.url("studio"));
    expect(await poller.post("x".repeat(3 << 20))).toBe(413);
    await witness.isFine();
  });
});
