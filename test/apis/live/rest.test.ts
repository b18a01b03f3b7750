import { expect, test } from "bun:test";
import { token as foreign } from "../../harness";
import { APP, KEY, LiveApp, STREAM } from "./fixture";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

test("an app's secret is shown once; its tokens open it and no other, and Headend's own open default only", async () => {
  await using live = await LiveApp.start();
  expect(await live.rest("/v1/apps", { app_id: APP, name: "again" })).toMatchObject({
    status: 409,
    body: { error: { type: "conflict", field: "app_id" } },
  });
  const { status, body } = await live.rest("/v1/apps", { name: "Another" });
  expect(status).toBe(201);
  const other = (body as { app_id: string; app_secret: string }).app_id;
  expect(body).toEqual({ id: other, app_id: other, name: "Another", app_secret: expect.stringMatching(/^[\w-]{43}$/) });
  const ofApp = await live.token("u1");
  const ofOther = await live.token("u1", { app: other });
  const ofDefault = await foreign("u1");
  const outcome = async (token: string, app_id?: string) => {
    const client = live.server.client("live", { auth: { token, ...(app_id && { app_id }) } });
    const heard = await Promise.race([
      client.next<{ app_id: string }>("authenticated"),
      client.next<{ message: string }>("unauthorized"),
    ]);
    client.close();
    return "app_id" in heard ? heard.app_id : heard.message;
  };
  expect(await outcome(ofApp)).toBe(APP);
  expect(await outcome(ofApp, APP)).toBe(APP);
  expect(await outcome(ofOther)).toBe(other);
  expect(await outcome(ofDefault)).toBe("default");
  expect(await outcome(ofDefault, "default")).toBe("default");
  for (const [token, app] of [
    [ofApp, other],
    [ofApp, "default"],
    [ofDefault, APP],
    [ofOther, APP],
    [ofApp, "nowhere"],
  ] as const) {
    expect(await outcome(token, app)).toBe("Invalid token");
  }
  expect(await outcome(await foreign("u1", { app_id: APP }))).toBe("Invalid token");
});

test("an app whose id is a number is the same one however it is written", async () => {
  await using live = await LiveApp.start();
  const made = await live.rest("/v1/apps", { app_id: 42, name: "Forty-two" });
  expect(made.body).toMatchObject({ app_id: "42" });
  const secret = (made.body as { app_secret: string }).app_secret;
  for (const claimed of [42, "42"]) {
    const token = await foreign("ann", { app_id: claimed }, secret);
    for (const app_id of [42, "42", undefined, null]) {
      const byEvent = await live.server.connect("live");
      byEvent.send("authenticate", { token, app_id });
      for (const client of [byEvent, live.server.client("live", { auth: { token, app_id } })]) {
        expect(await client.next("authenticated")).toMatchObject({ user_id: "ann", app_id: "42" });
        client.close();
      }
    }
    for (const app_id of [43, "default", {}, ["42"]]) {
      const client = live.server.client("live", { auth: { token, app_id } });
      expect(await client.next("unauthorized")).toEqual({ message: "Invalid token" });
    }
  }
});

test("a failed sign-in sends both events and disconnects; until then only authenticate is heard", async () => {
  await using live = await LiveApp.start();
  const client = await live.server.connect("live");
  expect(await client.ask("chat:join", { stream_id: STREAM })).toMatchObject({
    success: false,
    code: "authentication_failed",
  });
  const reason = client.disconnected();
  client.send("authenticate", { token: "your_jwt_token", app_id: APP });
  expect(await client.next("unauthorized")).toEqual({ message: "Invalid token" });
  expect(await client.next("error")).toEqual({ type: "authentication_failed", message: "Invalid token" });
  expect(await reason).toBe("io server disconnect");
  const again = await live.server.connect("live");
  again.send("authenticate", { token: await live.token("ann", { username: "Ann" }), app_id: APP });
  expect(await again.next("authenticated")).toEqual({ user_id: "ann", username: "Ann", app_id: APP });
});

test("streams begin, end and fail: told to viewers once, with the duration; a state that is there already says nothing", async () => {
  await using live = await LiveApp.start();
  expect(
    (await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "One", owner_id: "streamer" })).status,
  ).toBe(201);
  expect((await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "Two" })).status).toBe(409);
  const viewer = await live.user("viewer");
  await viewer.ask("stream:subscribe", { stream_id: STREAM });
  await viewer.next("stream:subscribed");
  await viewer.next("viewer.count.update");
  const path = `/v1/streams/${STREAM}`;
  for (let times = 0; times < 2; times++) {
    expect(await live.rest(`${path}/live`, { app_id: APP, title: "Now" })).toMatchObject({
      status: 200,
      body: { status: "live", title: "Now" },
    });
  }
  await live.clock.advance(90_000);
  expect(await live.rest(`${path}/error`, { app_id: APP, error: "The encoder is gone" })).toMatchObject({
    status: 200,
    body: { status: "error" },
  });
  for (let times = 0; times < 2; times++)
    expect((await live.rest(`${path}/offline`, { app_id: APP })).status).toBe(200);
  expect(await viewer.rest()).toEqual([
    { event: "stream.live", payload: { stream_id: STREAM, title: "Now", started_at: "2026-01-01T00:00:00.000Z" } },
    { event: "stream.error", payload: { stream_id: STREAM, error: "The encoder is gone" } },
    { event: "stream.offline", payload: { stream_id: STREAM, duration: 90, ended_at: "2026-01-01T00:01:30.000Z" } },
  ]);
  const { body } = await live.rest(`/v1/streams?app_id=${APP}`);
  expect(body).toEqual([
    expect.objectContaining({ stream_id: STREAM, title: "Now", owner_id: "streamer", status: "offline", viewers: 1 }),
  ]);
});

test("media servers: the internal event and nginx-rtmp's form do the same, with the key only", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "One" });
  const event = { stream_id: STREAM, app_id: APP, timestamp: "2026-01-01T00:00:00Z" };
  expect(
    await live.rest("/internal/stream-event", { ...event, event_type: "stream.live", data: { title: "T" } }),
  ).toMatchObject({ status: 200, body: { status: "live", title: "T" } });
  expect(await live.rest("/internal/stream-event", { ...event, event_type: "stream.paused", data: {} })).toMatchObject({
    status: 400,
    body: { error: { type: "invalid_request", field: "event_type" } },
  });
  const rtmp = (query: string, body: string) =>
    live.server.call("live", `/internal/nginx-rtmp?${query}`, { method: "POST", headers: FORM, body });
  const key = `api_key=${encodeURIComponent(KEY)}`;
  expect(await rtmp(`${key}&app_id=${APP}`, `app=live&call=publish_done&name=${STREAM}`)).toMatchObject({
    status: 200,
    body: { status: "offline" },
  });
  expect(await rtmp(`${key}&app_id=${APP}`, `call=publish&name=${STREAM}`)).toMatchObject({
    status: 200,
    body: { status: "live" },
  });
  expect((await rtmp(`${key}&app_id=${APP}`, "call=publish&name=unknown")).status).toBe(404);
  expect((await rtmp(`app_id=${APP}`, `call=publish_done&name=${STREAM}`)).status).toBe(401);
  expect((await rtmp(`${key}&app_id=${APP}`, "call=publish")).status).toBe(400);
});

test("who may call: a key for every app, a moderator for the own one; a plain user, a stranger and nobody for none", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/apps", { app_id: "other", name: "Other" });
  await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "One", owner_id: "streamer" });
  const as = async (token: string | undefined, path: string, json?: unknown) =>
    (await live.server.call("live", path, { json, ...(token && { token }) })).status;
  const moderator = await live.token("mod", { role: "moderator" });
  const path = `/v1/streams/${STREAM}/moderation`;
  expect(await as(moderator, path)).toBe(200);
  expect(await as(await live.token("streamer"), path)).toBe(200);
  expect(await as(KEY, `${path}?app_id=${APP}`)).toBe(200);
  expect(await as(await live.token("plain"), path)).toBe(403);
  expect(await as(await live.token("mod", { role: "moderator", app: "other" }), path)).toBe(404);
  expect(await as(await live.token("mod", { role: "moderator", app: "other" }), `${path}?app_id=${APP}`)).toBe(401);
  expect(await as(undefined, path)).toBe(401);
  expect(await as(moderator, "/v1/apps", { name: "Mine" })).toBe(401);
  expect(await as(moderator, `/v1/streams/${STREAM}/live`, {})).toBe(200);
  const appoint = (token: string) =>
    live.server.call("live", `/v1/streams/${STREAM}/moderators/helper`, { method: "PUT", token });
  expect((await appoint(moderator)).status).toBe(403);
  expect(await appoint(await live.token("streamer"))).toMatchObject({
    status: 200,
    body: { user_id: "helper", is_moderator: true },
  });
  const helper = await live.chatter("helper");
  expect(await helper.ask("moderation:mute", { stream_id: STREAM, target_user_id: "x" })).toEqual({ success: true });
  await live.rest(`/v1/streams/${STREAM}/moderators/helper?app_id=${APP}`, undefined, "DELETE");
  expect(await helper.ask("moderation:mute", { stream_id: STREAM, target_user_id: "y" })).toMatchObject({
    code: "permission_denied",
  });
});

test("the app stands in the body or in the query, whatever the call", async () => {
  await using live = await LiveApp.start();
  const there = `?app_id=${APP}`;
  expect(await live.rest(`/v1/streams${there}`, { stream_id: STREAM, title: "One" })).toMatchObject({
    status: 201,
    body: { app_id: APP },
  });
  for (const [call, json] of [
    ["live", { title: "Two" }],
    ["error", { error: "The encoder is gone" }],
    ["offline", {}],
  ] as const) {
    expect(await live.rest(`/v1/streams/${STREAM}/${call}${there}`, json)).toMatchObject({
      status: 200,
      body: { app_id: APP, title: "Two" },
    });
  }
  expect((await live.rest(`/v1/streams/${STREAM}/moderators/x${there}`, {}, "PUT")).status).toBe(200);
  expect((await live.rest(`/v1/streams/${STREAM}/moderators/x${there}`, undefined, "DELETE")).status).toBe(200);
  const event = { stream_id: STREAM, event_type: "stream.live", data: null };
  expect(await live.rest(`/internal/stream-event${there}`, event)).toMatchObject({
    status: 200,
    body: { app_id: APP },
  });
  // What the body says goes before it.
  expect((await live.rest(`/v1/streams/${STREAM}/live?app_id=default`, { app_id: APP })).status).toBe(200);
  expect((await live.rest(`/v1/streams/${STREAM}/live${there}`, { app_id: "default" })).status).toBe(404);
  expect(await live.rest(`/v1/streams/${STREAM}?app_id=${"x".repeat(129)}`)).toMatchObject({
    status: 400,
    body: { error: { field: "app_id" } },
  });
  expect((await live.rest("/v1/streams?app_id=default")).body).toEqual([]);
});

test("a moderator changes so many things a second, a server with a key as many as it likes", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "One" });
  const token = await live.token("mod", { role: "moderator" });
  const write = () => live.server.call("live", `/v1/streams/${STREAM}/live`, { json: {}, token });
  for (let n = 0; n < 40; n++) expect((await write()).status).toBe(200);
  expect(await write()).toMatchObject({
    status: 429,
    body: { error: { type: "rate_limit_exceeded", retry_after: 0.05 } },
  });
  expect((await live.server.call("live", `/v1/streams/${STREAM}`, { token })).status).toBe(200);
  for (let n = 0; n < 50; n++)
    expect((await live.rest(`/v1/streams/${STREAM}/live`, { app_id: APP })).status).toBe(200);
  live.clock.pass(50);
  expect((await write()).status).toBe(200);
});

test("the end of a broadcast is told with its own duration, whatever went wrong after the one before", async () => {
  await using live = await LiveApp.start();
  await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "One" });
  const viewer = await live.user("viewer");
  const state = (call: string, more: object = {}) =>
    live.rest(`/v1/streams/${STREAM}/${call}`, { app_id: APP, ...more });
  const subscribed = async () => {
    await viewer.ask("stream:subscribe", { stream_id: STREAM });
    return viewer.next("stream:subscribed");
  };
  await state("live");
  await live.clock.advance(60_000);
  await state("error", { error: "The encoder is gone" });
  // Something is wrong with it, but it is the same broadcast.
  expect(await subscribed()).toMatchObject({ status: "error", started_at: "2026-01-01T00:00:00.000Z" });
  await live.clock.advance(30_000);
  await state("offline");
  expect(await viewer.next("stream.offline")).toMatchObject({ duration: 90 });
  await live.clock.advance(3_600_000);
  await state("error", { error: "Nothing comes" });
  expect(await subscribed()).toMatchObject({ status: "error", started_at: null });
  await state("offline");
  expect(await viewer.next("stream.offline")).toMatchObject({ duration: 0, ended_at: "2026-01-01T01:01:30.000Z" });
});

test("asking for the list of streams does not keep those alive that nobody uses", async () => {
  await using live = await LiveApp.start();
  await live.leave(await live.chatter("ann"));
  const list = async () => (await live.rest(`/v1/streams?app_id=${APP}`)).body as unknown[];
  for (let n = 0; n < 4; n++) {
    expect(await list()).toHaveLength(1);
    await live.clock.advance(15 * 60_000);
  }
  await live.clock.advance(120_000);
  expect(await list()).toEqual([]);
});

test("tokens of the app default are not for sale: they would open every API", async () => {
  await using live = await LiveApp.start();
  const { status, body } = await live.rest("/v1/apps/default/tokens", { user_id: "u1", role: "admin" });
  expect([status, body]).toEqual([
    403,
    { error: { type: "permission_denied", message: expect.any(String), field: "app_id" } },
  ]);
});

test("signing in with a password: for Headend's own users, or into an app under the same id", async () => {
  await using live = await LiveApp.start({
    HEADEND_ADMIN_EMAIL: "ann@example.com",
    HEADEND_ADMIN_PASSWORD: "correct horse",
  });
  const login = (json: object) => live.server.call("live", "/v1/auth/login", { json });
  const { status, body } = await login({ email: "ann@example.com", password: "correct horse" });
  expect([status, body]).toEqual([
    200,
    {
      access_token: expect.any(String),
      token_type: "bearer",
      expires_in: 86_400,
      user: { user_id: expect.any(String), username: "ann", email: "ann@example.com" },
    },
  ]);
  const intoApp = await login({ email: "ann@example.com", password: "correct horse", app_id: APP });
  const client = await live.server.connect("live", {
    auth: { token: (intoApp.body as { access_token: string }).access_token },
  });
  expect(await client.next("authenticated")).toMatchObject({ app_id: APP });
  expect(await login({ email: "ann@example.com", password: "wrong" })).toMatchObject({
    status: 401,
    body: { error: { type: "authentication_failed", message: "Wrong user name or password" } },
  });
  expect(await login({ email: "ann@example.com", password: "correct horse", app_id: "nowhere" })).toMatchObject({
    status: 404,
  });
});

test("tokens of an app live as long as is asked", async () => {
  await using live = await LiveApp.start();
  const issue = (ttl: unknown) => live.rest(`/v1/apps/${APP}/tokens`, { user_id: "u1", ttl });
  expect(await issue(60)).toMatchObject({ status: 201, body: { expires_in: 60, token_type: "bearer" } });
  expect(await issue("2h")).toMatchObject({ status: 201, body: { expires_in: 7_200 } });
  expect((await issue(0)).status).toBe(400);
  expect((await live.rest("/v1/apps/nowhere/tokens", { user_id: "u1" })).status).toBe(404);
  const { body } = await issue(60);
  const client = await live.server.connect("live", {
    auth: { token: (body as { access_token: string }).access_token },
  });
  await client.next("authenticated");
  const reason = client.disconnected();
  await live.clock.advance(61_000);
  expect(await client.next("unauthorized")).toEqual({ message: "Token has expired" });
  expect(await client.next("error")).toEqual({ type: "authentication_failed", message: "Token has expired" });
  expect(await reason).toBe("io server disconnect");
});
