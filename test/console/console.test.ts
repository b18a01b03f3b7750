import { expect, test } from "bun:test";
import { startTestApp, token } from "../harness";

const KEY = "k".repeat(40);

test("health, readiness, metrics and the API documents are free to read on loopback", async () => {
  await using app = await startTestApp();
  expect(await app.call("console", "/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
  expect(await app.call("console", "/readyz")).toMatchObject({ status: 200, body: { status: "ready" } });
  const client = await app.connect("playback");
  await client.ask("authenticate", { token: await token("u1") });
  await client.ask("playing", { type: "movie", movieId: "m", time: 1, progress: 0.1 });
  await client.ask("playing", {});
  const { body } = await app.call("console", "/metrics");
  for (const line of [
    'headend_connections{api="playback"} 1',
    'headend_users{api="playback"} 1',
    "headend_progress_buffered 1",
    'headend_events_total{api="playback",event="playing",outcome="handled"} 1',
    'headend_events_total{api="playback",event="playing",outcome="refused"} 1',
    'headend_refusals_total{api="playback",code="invalid_request"} 1',
    'headend_deliveries_total{api="playback"} 0',
    "headend_log_errors_total 0",
    "headend_chat_unwritten 0",
  ]) {
    expect(body as string).toContain(`${line}\n`);
  }
  expect(body as string).not.toContain("heap_space");
  const document = await app.call("console", "/asyncapi/playback.json");
  expect(document.body).toMatchObject({ asyncapi: "3.0.0", channels: { root: { address: "/" } } });
  expect((await app.call("console", "/asyncapi/none.json")).status).toBe(404);
  expect((await app.call("console", "/")).headers.get("content-type")).toStartWith("text/html");
});

test("on loopback only a local name is answered: a page whose domain points here reads nothing", async () => {
  await using app = await startTestApp();
  const { port } = new URL(app.app.url("console"));
  for (const [host, status] of [
    ["localhost", 200],
    ["127.0.0.1", 200],
    ["[::1]", 200],
    ["evil.example", 403],
    ["localhost.evil.example", 403],
  ] as const) {
    const answer = await app.call("console", "/metrics", { headers: { host: `${host}:${port}` } });
    expect([host, answer.status]).toEqual([host, status]);
  }
});

test("beyond loopback /metrics takes a key with its scope, as Prometheus brings it, and nothing else does", async () => {
  await using app = await startTestApp({ env: { HEADEND_CONSOLE_HOST: "0.0.0.0", HEADEND_API_KEY: KEY } });
  const playbackKey = await app.app.house.apiKeys.add("player", ["playback"]);
  const metricsKey = await app.app.house.apiKeys.add("grafana", ["metrics"]);
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await app.call("console", path, { headers })).status;
  expect([await status("/healthz"), await status("/readyz")]).toEqual([200, 200]);
  for (const [path, withKey] of [
    ["/metrics", 200],
    ["/asyncapi/playback.json", 401],
    ["/panels", 401],
  ] as const) {
    expect(await status(path)).toBe(401);
    expect(await status(path, { "x-api-key": playbackKey })).toBe(401);
    expect(await status(path, { authorization: `Bearer ${await token("u1")}` })).toBe(401);
    expect(await status(path, { "x-api-key": KEY })).toBe(withKey);
    expect(await status(path, { authorization: `Bearer ${metricsKey}` })).toBe(withKey);
    expect(await status(path, { authorization: `Bearer ${await token("boss", { role: "Admin" })}` })).toBe(200);
  }
  // A scraper asks for ever: its key is no wrong token.
  for (let i = 0; i < 310; i++) expect(await status("/metrics", { authorization: `Bearer ${metricsKey}` })).toBe(200);
  expect(await status("/panels", { authorization: `Bearer ${app.app.consoleToken}` })).toBe(200);
  expect((await app.call("console", "/metrics", { method: "POST", headers: { "x-api-key": KEY } })).status).toBe(401);
});
