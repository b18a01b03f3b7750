import { expect, test } from "bun:test";
import { token } from "../../harness";
import { KEY, refusal, StudioApp } from "./fixture";

const ANN = { email: "ann@example.com", password: "correct horse", name: "Ann" };

test("registering makes an account without roles, where the operator lets it", async () => {
  await using closed = await StudioApp.start();
  const refused = await closed.server.call("studio", "/api/v1/auth/register", { json: ANN });
  expect([refused.status, refused.body]).toEqual([403, refusal("permission_denied")]);

  await using studio = await StudioApp.start({ HEADEND_REGISTRATION: "open" });
  const register = (json: object) => studio.server.call("studio", "/api/v1/auth/register", { json });
  const { status, body } = await register({ ...ANN, role: "admin", roles: ["admin"] });
  expect([status, body]).toEqual([
    201,
    {
      success: true,
      data: {
        user: { id: expect.any(String), email: ANN.email, name: "Ann", roles: [] },
        token: expect.any(String),
        expiresIn: 86_400,
      },
    },
  ]);
  expect(await register(ANN)).toMatchObject({ status: 409, body: refusal("conflict") });
  for (const [json, field] of [
    [{ ...ANN, email: "ann" }, "email"],
    [{ ...ANN, password: "short" }, "password"],
    [{ email: ANN.email }, "password"],
    [{ ...ANN, name: "" }, "name"],
  ] as const) {
    expect((await register(json)).body).toMatchObject({ success: false, error: { details: { field } } });
  }
  const login = await studio.server.call("studio", "/api/v1/auth/login", {
    json: { email: ANN.email, password: ANN.password },
  });
  const jwt = (login.body as { data: { token: string } }).data.token;
  const client = await studio.guest("/", { auth: { token: jwt } });
  expect(await client.next("authenticated")).toMatchObject({ email: ANN.email });
  // Signing in has a bucket of its own, and successes count nowhere in it.
  for (let n = 0; n < 8; n++)
    expect((await studio.server.call("studio", "/api/v1/auth/login", { json: ANN })).status).toBe(200);
});

test("five wrong passwords a minute, then 429 even for the right one", async () => {
  await using studio = await StudioApp.start({ HEADEND_REGISTRATION: "open" });
  await studio.server.call("studio", "/api/v1/auth/register", { json: ANN });
  const login = (password: string) =>
    studio.server.call("studio", "/api/v1/auth/login", { json: { username: ANN.email, password } });
  for (let n = 0; n < 5; n++)
    expect(await login("wrong")).toMatchObject({ status: 401, body: refusal("authentication_failed") });
  const { status, headers, body } = await login(ANN.password);
  expect([status, body]).toEqual([429, refusal("rate_limit_exceeded")]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
});

test("who may call what: users with their token, servers and workers with a key, and neither with the other's", async () => {
  await using studio = await StudioApp.start();
  const id = await studio.job("u1");
  const users = [
    ["GET", "/media"],
    ["POST", "/media", { kind: "image" }],
    ["GET", `/media/${id}`],
    ["DELETE", `/media/${id}`],
    ["GET", "/notifications"],
    ["PATCH", "/notifications/x", { read: true }],
    ["POST", "/auth/logout", {}],
  ] as const;
  const servers = [
    ["POST", "/media/claim", { worker: "w" }],
    ["POST", `/media/${id}/progress`, { progress: 1, stage: "s" }],
    ["POST", `/media/${id}/complete`, { url: "https://example.com" }],
    ["POST", `/media/${id}/error`, { error: "e" }],
    ["PUT", "/rooms/r", { members: [] }],
    ["POST", "/rooms/r/emit", { event: "e" }],
    ["POST", "/notifications", { userId: "u1", type: "info", title: "t", message: "m" }],
  ] as const;
  const statusOf = async ([method, path, json]: readonly [string, string, object?], headers: Record<string, string>) =>
    (await studio.server.call("studio", `/api/v1${path}`, { method, json, headers })).status;
  const admin = await token("boss", { role: "admin" });
  for (const call of users) {
    for (const headers of [{}, { "x-api-key": KEY }, { authorization: `Bearer ${KEY}` }, { authorization: "Bearer x" }])
      expect([call, await statusOf(call, headers as never)]).toEqual([call, 401]);
  }
  for (const call of servers) {
    for (const headers of [{}, { authorization: `Bearer ${admin}` }, { "x-api-key": `${KEY}x` }])
      expect([call, await statusOf(call, headers as never)]).toEqual([call, 401]);
    expect([call, await statusOf(call, { authorization: `Bearer ${KEY}` })]).not.toEqual([call, 401]);
  }
  const { body } = await studio.server.call("console", "/readyz");
  expect(body).toBeDefined();
  // A key of another scope opens nothing here.
  const other = await studio.server.app.house.apiKeys.add("grafana", ["metrics", "live"]);
  for (const call of servers) expect(await statusOf(call, { "x-api-key": other })).toBe(401);
});

test("what is wrong with a call is said in one shape, and nothing changes", async () => {
  await using studio = await StudioApp.start();
  const jwt = await token("u1");
  const raw = (body: string, type = "application/json") =>
    studio.server.call("studio", "/api/v1/media", {
      method: "POST",
      token: jwt,
      body,
      headers: { "content-type": type },
    });
  expect(await raw("{")).toMatchObject({ status: 400, body: refusal("invalid_request", "body is not valid JSON") });
  expect(await raw("{}", "text/plain")).toMatchObject({ status: 415, body: refusal("invalid_request") });
  expect((await raw(`"${"x".repeat(1_048_576)}"`)).status).toBe(413);
  for (const [json, field] of [
    [{}, "kind"],
    [[], "body"],
    [{ kind: "" }, "kind"],
    [{ kind: "a b" }, "kind"],
    [{ kind: "x".repeat(65) }, "kind"],
    [{ kind: 5 }, "kind"],
    [{ kind: "image", prompt: 5 }, "prompt"],
    [{ kind: "image", prompt: "x".repeat(10_001) }, "prompt"],
    [{ kind: "image", projectId: "" }, "projectId"],
    [{ kind: "image", projectId: {} }, "projectId"],
  ] as const) {
    const { status, body } = await raw(JSON.stringify(json));
    expect([json, status, body]).toEqual([
      json,
      400,
      {
        success: false,
        error: { code: "invalid_request", message: expect.stringContaining(field), details: { field } },
      },
    ]);
  }
  expect((await studio.as("u1", "/media")).body).toEqual({ success: true, data: [] });
  for (const path of [
    "/media?limit=0",
    "/media?limit=101",
    "/media?status=gone",
    "/media?before=x",
    "/notifications?unread=1",
  ])
    expect([400, 404]).toContain((await studio.as("u1", path)).status);
  expect(await studio.as("u1", "/nowhere")).toMatchObject({ status: 404, body: refusal("not_found") });
});

test("a user writes 20 times a second, 40 at once; servers have no such limit", async () => {
  await using studio = await StudioApp.start();
  const statuses = await Promise.all(
    Array.from({ length: 45 }, async () => (await studio.as("u1", "/media", { kind: "k" })).status),
  );
  expect(statuses.filter((status) => status === 201)).toHaveLength(40);
  expect(statuses.filter((status) => status === 429)).toHaveLength(5);
  const claims = await Promise.all(Array.from({ length: 60 }, () => studio.asServer("/media/claim", { worker: "w" })));
  expect(claims.filter(({ status }) => status === 200)).toHaveLength(40);
});
