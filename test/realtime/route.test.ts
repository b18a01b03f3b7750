import { expect, test } from "bun:test";
import { Client } from "../client";
import { token } from "../harness";
import { makeToy, startToyApp } from "../toy";
import { handshakePath, Poller } from "./raw";

const env = { HEADEND_PORT: "0", HEADEND_HOSTS: "rt.example.com=live,media.example.com:8443=studio" };

test.each([
  ["studio.example.com", "/x", "studio", "/x"],
  ["studio", "/x", "studio", "/x"],
  ["STUDIO.Example.com:8080", "/x?y=1", "studio", "/x"],
  ["live.localhost:3000", "/", "live", "/"],
  ["rt.example.com", "/v1/streams", "live", "/v1/streams"],
  ["RT.example.com:443", "/x", "live", "/x"],
  ["media.example.com:8443", "/x", "studio", "/x"],
  // The host decides before the path does; a URL with the API's name is right all the same.
  ["studio.example.com", "/live/x", "studio", "/live/x"],
  ["studio.example.com", "/studio/x", "studio", "/x"],
  ["rt.example.com", "/live", "live", "/"],
  ["rt.example.com", "/lively", "live", "/lively"],
  ["127.0.0.1", "/studio/x", "studio", "/x"],
  ["127.0.0.1", "/studio/live/x", "studio", "/live/x"],
  ["127.0.0.1:8080", "/live", "live", "/"],
  ["127.0.0.1", "/live/", "live", "/"],
  ["media.example.com:9", "/live/x", "live", "/x"],
])("in single-port mode %s%s is %s's %s", async (host, path, api, rest) => {
  await using app = await startToyApp([makeToy(), makeToy({ name: "live" })], { env });
  const origin = new URL(app.app.url("studio")).origin;
  const answer = await fetch(origin + path, { headers: { host } });
  expect(await answer.json()).toMatchObject({ api, path: rest });
});

test.each([
  ["127.0.0.1", "/"],
  ["127.0.0.1", "/x"],
  ["127.0.0.1", "/socket.io/"],
  ["127.0.0.1", "/playback/x"],
  ["127.0.0.1", "/Studio/x"],
  ["127.0.0.1", "/studios"],
  ["mystudio.example.com", "/x"],
  ["rt.example.com.evil.example", "/x"],
  ["example.com", "/__proto__/x"],
])("in single-port mode %s%s belongs to no API", async (host, path) => {
  await using app = await startToyApp([makeToy(), makeToy({ name: "live" })], { env });
  const origin = new URL(app.app.url("studio")).origin;
  const answer = await fetch(origin + path, { headers: { host } });
  expect([answer.status, await answer.json()]).toEqual([404, { message: expect.stringContaining("Not found") }]);
});

for (const transport of ["websocket", "polling"]) {
  test(`in single-port mode a client finds its API by path, over ${transport}`, async () => {
    const toys = { studio: makeToy(), live: makeToy({ name: "live" }) };
    await using app = await startToyApp(Object.values(toys), { env });
    const origin = new URL(app.app.url("studio")).origin;
    const auth = { token: await token("u1") };
    for (const name of ["studio", "live"] as const) {
      const path = `/${name}/socket.io/`;
      const client = await new Client(origin, { transports: [transport], auth, path }).connected();
      expect(await client.ask("note", { text: name })).toEqual({ success: true });
      expect((await client.rest()).map(({ event }) => event)).toEqual(["welcome", "authenticated"]);
      client.close();
    }
    expect([toys.studio.handled, toys.live.handled]).toEqual([["note studio"], ["note live"]]);
  });
}

test("in single-port mode a client finds its API by host, over either transport", async () => {
  const toys = { studio: makeToy(), live: makeToy({ name: "live" }) };
  await using app = await startToyApp(Object.values(toys), { env });
  const origin = new URL(app.app.url("studio")).origin;
  for (const [host, name] of [
    ["studio.example.com", "studio"],
    ["rt.example.com", "live"],
  ] as const) {
    const poller = await Poller.connected(origin, { host });
    await poller.post('42["count",{}]');
    const client = await new Client(origin, { extraHeaders: { host } }).connected();
    expect(await client.ask("count", {})).toEqual({ success: true, total: 2 });
    expect(toys[name].sessions()).toHaveLength(2);
    client.close();
  }
});

test("in single-port mode each API has its own sessions: one's are unknown to the other", async () => {
  await using app = await startToyApp([makeToy(), makeToy({ name: "live" })], { env });
  const open = await fetch(app.app.url("studio") + handshakePath("polling"));
  const { sid } = JSON.parse((await open.text()).slice(1));
  const query = handshakePath("polling", `&sid=${sid}`);
  expect((await fetch(app.app.url("live") + query, { method: "POST", body: "40" })).status).toBe(400);
  expect((await fetch(app.app.url("studio") + query, { method: "POST", body: "40" })).status).toBe(200);
});

for (const transport of ["websocket", "polling"]) {
  test(`in single-port mode rooms of two APIs are two, whatever their name, over ${transport}`, async () => {
    const toys = { studio: makeToy(), live: makeToy({ name: "live" }) };
    await using app = await startToyApp(Object.values(toys), { env });
    const origin = new URL(app.app.url("studio")).origin;
    const auth = { token: await token("u1") };
    const clients: Record<string, Client> = {};
    for (const [name, toy] of Object.entries(toys)) {
      const path = `/${name}/socket.io/`;
      clients[name] = await new Client(origin, { transports: [transport], auth, path }).connected();
      const { rooms } = toy.line();
      // A room, one named as a namespace is, and one named as the other API is.
      for (const session of toy.sessions())
        for (const room of ["room", "/", "studio", "live"]) rooms.join(session, room);
    }
    for (const [name, toy] of Object.entries(toys)) {
      for (const [n, room] of ["room", "/", "studio", "live"].entries()) {
        toy.line().publisher.toRoom<"/", "drop">("/", room, "drop", { n, data: name });
      }
    }
    for (const [name, client] of Object.entries(clients)) {
      const drops = (await client.rest()).filter(({ event }) => event === "drop").map(({ payload }) => payload);
      expect(drops).toEqual([0, 1, 2, 3].map((n) => ({ n, data: name })));
      client.close();
    }
  });
}

test("in single-port mode the host that a trusted proxy was asked for counts", async () => {
  const toys = [makeToy(), makeToy({ name: "live" })];
  await using app = await startToyApp(toys, { env: { ...env, HEADEND_TRUSTED_PROXIES: "1" } });
  const origin = new URL(app.app.url("studio")).origin;
  const answer = await fetch(`${origin}/x`, { headers: { "x-forwarded-host": "rt.example.com" } });
  expect(await answer.json()).toMatchObject({ api: "live" });
});

test("in single-port mode one API alone needs neither host nor prefix", async () => {
  await using app = await startToyApp(makeToy(), { env: { HEADEND_PORT: "0" } });
  const origin = new URL(app.app.url("studio")).origin;
  for (const path of ["/x", "/studio/x"]) {
    expect(await (await fetch(origin + path)).json()).toMatchObject({ api: "studio", path: "/x" });
  }
  await (await new Client(origin).connected()).close();
});

test("HEADEND_APIS leaves an API out, and names one that there is not in a line of its own", async () => {
  const toys = [makeToy(), makeToy({ name: "live" })];
  await using app = await startToyApp(toys, { env: { HEADEND_APIS: "live" } });
  expect(app.app.listening.map(({ name }) => name)).toEqual(["live", "console"]);
  await expect(startToyApp(toys, { env: { HEADEND_APIS: "live,requests" } })).rejects.toThrow(
    /^HEADEND_APIS: .*requests/,
  );
});
