import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Endpoint } from "../../src/realtime/endpoint";
import { listen } from "../../src/realtime/listener";
import { Client } from "../client";
import { STOCK_SOCKETS, type TestApp, temporaryFolder, token } from "../harness";
import { makeToy, startToyApp } from "../toy";
import { handshakePath, Poller, RawSocket, Tcp, until } from "./raw";

/** A handshake as a browser would make it. @returns status and headers of the answer */
async function shake(
  url: string,
  transport: string,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Headers }> {
  const upgrade = {
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const given = { host: new URL(url).host, ...(transport === "websocket" ? upgrade : {}), ...headers };
  const tcp = await Tcp.open(url);
  const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}\r\n`);
  tcp.write(`GET ${handshakePath(transport)} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const [head = ""] = (await tcp.read("\r\n\r\n")).split("\r\n\r\n");
  tcp.close();
  const [status = "", ...answered] = head.split("\r\n");
  const pairs = answered.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { status: Number(status.split(" ")[1]), headers: new Headers(pairs) };
}

function corsOf(headers: Headers) {
  return {
    origin: headers.get("access-control-allow-origin"),
    credentials: headers.get("access-control-allow-credentials"),
    vary: headers.get("vary"),
  };
}

const NO_CORS = { origin: null, credentials: null, vary: null };
const OK = { polling: 200, websocket: 101 };

const APP = "https://app.example.com";
const LISTED = { HEADEND_CORS_ORIGINS: `${APP},http://tv.local:8080` };

/** Who may come, by setting. `OWN` stands for the server's own origin. */
const ORIGINS: [env: Record<string, string>, origin: string, isAllowed: boolean][] = [
  [{}, "http://localhost", true],
  [{}, "http://localhost:5173", true],
  [{}, "https://127.0.0.1:8443", true],
  [{}, "OWN", true],
  [{}, "http://localhost.evil.example", false],
  [{}, "http://127.0.0.1.evil.example", false],
  [{}, "https://evil.example", false],
  [{}, "https://evil.example/http://localhost", false],
  [{}, "http://user@localhost", false],
  [{}, "null", false],
  [{}, "", false],
  [LISTED, APP, true],
  [LISTED, APP.toUpperCase(), true],
  [LISTED, "http://tv.local:8080", true],
  [LISTED, "OWN", true],
  [LISTED, "http://app.example.com", false],
  [LISTED, `${APP}:8443`, false],
  [LISTED, "https://www.app.example.com", false],
  [LISTED, `${APP}.evil.example`, false],
  [LISTED, "http://tv.local", false],
  [LISTED, "http://localhost:5173", false],
  [LISTED, "null", false],
];

describe("origins", () => {
  test.each(ORIGINS)("with %j a page of %p may come with credentials: %p", async (env, given, isAllowed) => {
    for (const policy of ["listed", "any"] as const) {
      const toy = makeToy({ origins: policy });
      await using app = await startToyApp(toy, { env });
      const url = app.app.url("studio");
      const origin = given === "OWN" ? new URL(url).origin : given;
      const admitted = { origin: isAllowed ? origin : "*", credentials: isAllowed ? "true" : null, vary: "Origin" };
      const isRefused = policy === "listed" && !isAllowed;
      for (const transport of ["polling", "websocket"] as const) {
        const { status, headers } = await shake(url, transport, { origin });
        expect([policy, transport, status]).toEqual([policy, transport, isRefused ? 403 : OK[transport]]);
        // Browsers do not ask for them on a websocket.
        if (transport === "polling") expect(corsOf(headers)).toEqual(isRefused ? NO_CORS : admitted);
      }
      // REST calls are not refused (they carry no cookie that counts), but a page of elsewhere reads no answer.
      const call = await app.call("studio", "/x", { headers: { origin } });
      expect([call.status, corsOf(call.headers)]).toEqual([200, isRefused ? NO_CORS : admitted]);
      const preflight = { "access-control-request-method": "PUT", "access-control-request-headers": "x-api-key" };
      for (const path of ["/socket.io/", "/x"]) {
        const asked = await app.call("studio", path, { method: "OPTIONS", headers: { origin, ...preflight } });
        expect(asked.status).toBe(isRefused ? 403 : 204);
        expect(corsOf(asked.headers)).toEqual(isRefused ? NO_CORS : admitted);
        const methods = asked.headers.get("access-control-allow-methods");
        if (isRefused) expect(methods).toBeNull();
        else expect(methods?.split(",")).toContain("PUT");
        expect(asked.headers.get("access-control-allow-headers")).toBe(isRefused ? null : "x-api-key");
      }
      expect(toy.sessions()).toEqual([]);
    }
  });

  test("do not matter to clients that send none", async () => {
    await using app = await startToyApp(makeToy({ origins: "listed" }));
    for (const transport of ["polling", "websocket"] as const) {
      const { status, headers } = await shake(app.app.url("studio"), transport, {});
      expect([status, corsOf(headers)]).toEqual([OK[transport], NO_CORS]);
    }
  });

  test("are looked at again with every answer that a page reads", async () => {
    await using app = await startToyApp(makeToy({ origins: "listed" }));
    const origin = "http://localhost:5173";
    const poller = await Poller.connected(app.app.url("studio"), { origin });
    await poller.post('421["count",{}]');
    const polled = await app.call("studio", handshakePath("polling", `&sid=${poller.sid}`), { headers: { origin } });
    expect(corsOf(polled.headers)).toEqual({ origin, credentials: "true", vary: "Origin" });
  });

  test("of the server itself are those of the forwarded host, where the proxy is trusted", async () => {
    for (const [hops, status] of [
      ["0", 403],
      ["1", 200],
    ] as const) {
      await using app = await startToyApp(makeToy({ origins: "listed" }), { env: { HEADEND_TRUSTED_PROXIES: hops } });
      const headers = { origin: "https://media.example.com", "x-forwarded-host": "media.example.com" };
      expect((await shake(app.app.url("studio"), "polling", headers)).status).toBe(status);
    }
  });
});

describe("who a request comes from", () => {
  const seenAs = async (app: TestApp, headers: Record<string, string> = {}) =>
    ((await app.call("studio", "/x", { headers })).body as { address: string }).address;

  test.each([
    ["0", "192.0.2.1", "127.0.0.1"],
    ["1", "192.0.2.1", "192.0.2.1"],
    ["1", "198.51.100.9, 192.0.2.1", "192.0.2.1"],
    ["1", "198.51.100.9,203.0.113.4,  192.0.2.1  ", "192.0.2.1"],
    ["2", "198.51.100.9, 203.0.113.4, 192.0.2.1", "203.0.113.4"],
    ["2", "192.0.2.1", "192.0.2.1"],
    ["1", "::ffff:192.0.2.1", "192.0.2.1"],
    ["1", "192.0.2.1:51234", "192.0.2.1"],
    ["1", "[2001:DB8::1]:51234", "2001:db8::1"],
    ["1", "unknown", "127.0.0.1"],
    ["1", "", "127.0.0.1"],
    ["1", "<script>", "127.0.0.1"],
  ])("with %s trusted hops and X-Forwarded-For %p is %s", async (hops, forwarded, address) => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env: { HEADEND_TRUSTED_PROXIES: hops } });
    const headers = { "x-forwarded-for": forwarded };
    expect(await seenAs(app, headers)).toBe(address);
    for (const transport of ["polling", "websocket"]) {
      const client = await app.connect("studio", { transports: [transport], extraHeaders: headers });
      expect(toy.sessions().map(({ peer }) => peer.address)).toEqual([address]);
      client.close();
      await until("the close", () => toy.sessions().length === 0);
    }
  });

  test("a proxy that is not trusted is told of in one line that names the setting", async () => {
    await using app = await startToyApp(makeToy());
    const warnings = () => app.log.filter(({ level }) => level === "warn");
    await seenAs(app);
    expect(warnings()).toEqual([]);
    for (let n = 0; n < 3; n++) await seenAs(app, { "x-forwarded-for": `192.0.2.${n}` });
    expect(warnings()).toEqual([expect.objectContaining({ msg: expect.stringContaining("HEADEND_TRUSTED_PROXIES") })]);
  });

  test("a proxy that is trusted is not told of", async () => {
    await using app = await startToyApp(makeToy(), { env: { HEADEND_TRUSTED_PROXIES: "1" } });
    await seenAs(app, { "x-forwarded-for": "192.0.2.1" });
    expect(app.log.filter(({ level }) => level === "warn")).toEqual([]);
  });

  test("is an IPv4 address without ::ffff: where both families are served", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env: { HEADEND_HOST: "::" } });
    const { port } = new URL(app.app.url("studio"));
    const client = await new Client(`http://127.0.0.1:${port}`).connected();
    expect(toy.sessions().map(({ peer }) => peer.address)).toEqual(["127.0.0.1"]);
    client.close();
  });
});

describe("odd requests", () => {
  test.each([
    ["GET", "?EIO=3&transport=polling"],
    ["GET", "?transport=polling"],
    ["GET", "?EIO=4&transport=x"],
    ["GET", "?EIO=4&transport=__proto__"],
    ["GET", "?EIO=4"],
    ["GET", ""],
    ["HEAD", "?EIO=4&transport=polling"],
    ["PUT", "?EIO=4&transport=polling"],
    ["POST", "?EIO=4&transport=polling"],
    ["PATCH", "?EIO=4&transport=polling"],
    ["DELETE", "?EIO=4&transport=polling"],
    ["OPTIONS", "?EIO=4&transport=polling"],
    ["GET", "?EIO=4&transport=polling&sid=unknown"],
    ["POST", "?EIO=4&transport=polling&sid=unknown"],
    ["GET", "?EIO=4&transport=websocket&sid=unknown"],
    ["GET", "?EIO=4&transport=polling&sid="],
    ["GET", "?EIO=4&transport=polling&sid=&sid=x"],
    ["GET", "?EIO=4&transport=websocket&sid="],
    ["GET", "?EIO=4&transport=websocket"],
  ])("%s /socket.io/%s is refused, leaves no connection and logs no error", async (method, query) => {
    await using app = await startToyApp(makeToy());
    const { status } = await app.call("studio", `/socket.io/${query}`, { method });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect((await app.call("console", "/metrics")).body).toContain('headend_connections{api="studio"} 0\n');
    expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test.each(["HEAD", "PUT", "PATCH", "DELETE"])(
    "%s in a polling session is refused and the session lives on",
    async (method) => {
      await using app = await startToyApp(makeToy());
      const poller = await Poller.connected(app.app.url("studio"));
      const { status } = await app.call("studio", handshakePath("polling", `&sid=${poller.sid}`), { method });
      expect(status).toBe(400);
      expect(await poller.post('421["count",{}]')).toBe(200);
      expect(await poller.get()).toEqual(['431[{"success":true,"total":1}]']);
    },
  );

  test("a session id of nobody's opens nothing that the checks of a handshake would refuse", async () => {
    await using app = await startToyApp(makeToy({ origins: "listed" }));
    const headers = { origin: "https://evil.example" };
    for (const query of ["&sid=", "&sid=&sid=", "&sid=x"]) {
      const { status } = await app.call("studio", handshakePath("polling", query), { headers });
      expect([query, status >= 400 && status < 500]).toEqual([query, true]);
    }
  });

  test("a websocket on the session of one that has upgraded already is refused, and the first one lives on", async () => {
    await using app = await startToyApp(makeToy());
    const client = await app.connect("studio", { transports: ["polling", "websocket"] });
    await until("the upgrade", () => client.socket.io.engine.transport.name === "websocket");
    const sid = (client.socket.io.engine as unknown as { id: string }).id;
    const second = new RawSocket(app.app.url("studio"), {}, handshakePath("websocket", `&sid=${sid}`));
    await second.closed();
    expect(await client.ask("count", {})).toMatchObject({ success: true });
  });
});

test("what is sent while a client upgrades from polling to websocket arrives once and in order, both ways", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const clients = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const auth = { token: await token(`u${n}`) };
      return app.client("studio", { transports: ["polling", "websocket"], auth });
    }),
  );
  await Promise.all(
    clients.map(async (client, n) => {
      await client.connected();
      client.send("gush", { count: 50, size: 100 });
      for (let text = 0; text < 30; text++) {
        client.send("note", { text: `${n}: ${text}` });
        if (text % 5 === 0) await Bun.sleep(1);
      }
      await until("the upgrade", () => client.socket.io.engine.transport.name === "websocket");
      const drops = (await client.rest()).filter(({ event }) => event === "drop");
      expect(drops.map(({ payload }) => (payload as { n: number }).n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    }),
  );
  for (const [n] of clients.entries()) {
    const own = toy.handled.filter((event) => event.startsWith(`note ${n}:`));
    expect(own).toEqual(Array.from({ length: 30 }, (_, text) => `note ${n}: ${text}`));
  }
});

describe("starting and stopping", () => {
  /** A port that nothing listens on; it was free a moment ago. */
  function freePort(): number {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const port = server.port ?? 0;
    server.stop(true);
    return port;
  }

  test.each([
    ["HEADEND_LIVE_PORT", "the port is in use; choose another (0 = any free), or leave live out: HEADEND_APIS=studio"],
    [
      "HEADEND_STUDIO_PORT",
      "the port is in use; choose another (0 = any free), or leave studio out: HEADEND_APIS=live",
    ],
    ["HEADEND_CONSOLE_PORT", "the port is in use; choose another (0 = any free)"],
    ["HEADEND_PORT", "the port is in use; choose another (0 = any free)"],
  ])("a taken %s is told in one line, and nothing is left half-started", async (setting, what) => {
    using folder = temporaryFolder();
    const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("other") });
    const others = Object.fromEntries(
      ["HEADEND_STUDIO_PORT", "HEADEND_LIVE_PORT", "HEADEND_CONSOLE_PORT"].map((name) => [name, String(freePort())]),
    );
    const toys = [makeToy(), makeToy({ name: "live" })];
    const env = { HEADEND_DATA: folder.path, ...others };
    const failed = startToyApp(toys, { env: { ...env, [setting]: String(taken.port) } });
    await expect(failed).rejects.toThrow(`${setting}=${taken.port}: ${what}`);
    await expect(failed).rejects.toMatchObject({ name: "Fault" });
    expect(existsSync(join(folder.path, "headend.pid"))).toBe(false);
    for (const port of Object.values(others)) {
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    }
    expect(await (await fetch(taken.url)).text()).toBe("other");
    taken.stop(true);
    // The folder is free: the same settings start once the port is.
    await using app = await startToyApp(toys, { env });
    expect((await app.call("console", "/readyz")).status).toBe(200);
  });

  test("the only API's port has no way out but another port", async () => {
    const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const failed = startToyApp(makeToy(), { env: { HEADEND_STUDIO_PORT: String(taken.port) } });
    await expect(failed).rejects.toThrow(/the port is in use; choose another \(0 = any free\)$/);
    taken.stop(true);
  });

  test("while the server drains, new connections are told to come again and open ones go on", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    // A second listener on the same house, so that the moment between two steps of stopping can be held.
    const house = toy.house();
    const settings = {
      maxPayloadBytes: 65_536,
      maxConnectionsPerUser: 10,
      maxConnectionsPerAddress: 10,
      authDeadlineMs: 1_000,
      isLean: process.env[STOCK_SOCKETS] === undefined,
      isChecked: true,
    };
    const endpoint = new Endpoint(makeToy().api, house, settings);
    let isDraining = false;
    const bound = listen({
      hostname: "127.0.0.1",
      hostSetting: "",
      port: 0,
      portSetting: "",
      wayOut: "",
      log: house.log,
      limits: house.limits,
      trustedHops: 0,
      origins: undefined,
      maxPayloadBytes: 65_536,
      isDraining: () => isDraining,
      route: (_host, path) => ({ endpoint: endpoint as unknown as Endpoint, path }),
    });
    const url = `http://127.0.0.1:${bound.port}`;
    const poller = await Poller.connected(url);
    isDraining = true;
    for (const transport of ["polling", "websocket"]) {
      const { status, headers } = await shake(url, transport, {});
      expect([status, headers.get("retry-after")]).toEqual([503, "2"]);
    }
    expect(await poller.post('421["count",{}]')).toBe(200);
    expect(await poller.get()).toEqual(['431[{"success":true,"total":1}]']);
    expect(endpoint.connections).toBe(1);
    await endpoint.close();
    await bound.stop();
    expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("while what is in memory cannot be stored the server is not ready, refuses connections, and stops once it can", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const { progress } = toy.house();
    progress.record("u1", "movie", "m", 60, 0.5);
    const foreign = new Database(join(app.folder, "headend.db"));
    foreign.run("BEGIN IMMEDIATE");
    expect((await app.call("console", "/readyz")).status).toBe(200);
    const stopped = app.app.stop();
    await until("not being ready", async () => (await app.call("console", "/readyz")).status === 503);
    expect((await app.call("console", "/healthz")).status).toBe(200);
    await expect(fetch(app.app.url("studio"))).rejects.toThrow();
    foreign.run("ROLLBACK");
    expect(await stopped).toBe(true);
    expect(foreign.query("SELECT time FROM progress").values()).toEqual([[60]]);
    foreign.close();
    await expect(app.call("console", "/healthz")).rejects.toThrow();
  });

  for (const transport of ["websocket", "polling"]) {
    test(`clients come back by themselves when a server on the same port replaces theirs, over ${transport}`, async () => {
      using folder = temporaryFolder();
      const port = String(freePort());
      const env = { HEADEND_DATA: folder.path, HEADEND_STUDIO_PORT: port };
      const jwt = await token("u1");
      const first = await startToyApp(makeToy(), { env });
      const client = await new Client(first.app.url("studio"), {
        transports: [transport],
        auth: { token: jwt },
        reconnection: true,
        reconnectionDelay: 20,
        reconnectionDelayMax: 40,
      }).connected();
      expect(await client.next("authenticated")).toEqual({ userId: "u1" });
      const reason = client.disconnected();
      expect(await first.app.stop()).toBe(true);
      expect(await reason).toMatch(transport === "websocket" ? /^transport close$/ : /^transport (close|error)$/);
      expect(client.socket.active).toBe(true);
      await using second = await startToyApp(makeToy(), { env });
      expect(await client.next("authenticated")).toEqual({ userId: "u1" });
      expect(await client.ask("note", { text: "again" })).toEqual({ success: true });
      client.close();
      expect(second.log.filter(({ level }) => level === "error")).toEqual([]);
    });
  }
});
