import { expect, test } from "bun:test";
import { SECRET, token } from "../../harness";
import { NAMESPACES, StudioApp } from "./fixture";

const AT = "2026-01-01T00:00:00.000Z";
const MS = Date.UTC(2026, 0, 1);

test.each(NAMESPACES)("%s: welcome comes first, then authenticated, whatever carries the token", async (namespace) => {
  await using studio = await StudioApp.start();
  const jwt = await token("u1", { email: "u1@example.com" });
  for (const options of [{ auth: { token: jwt } }, { extraHeaders: { authorization: `Bearer ${jwt}` } }]) {
    const client = await studio.server.connect("studio", options, namespace);
    expect(await client.rest()).toEqual([
      {
        event: "welcome",
        payload: { message: expect.stringMatching(/\w/), socketId: client.id, serverTime: AT },
      },
      { event: "authenticated", payload: { userId: "u1", email: "u1@example.com", authenticatedAt: AT } },
    ]);
    client.close();
  }
  const elsewhere = await studio.server.connect("studio", { query: { token: jwt } }, namespace);
  expect((await elsewhere.rest()).map(({ event }) => event)).toEqual(["welcome"]);
});

test.each(NAMESPACES)("%s: authenticate answers by event and by acknowledgement", async (namespace) => {
  await using studio = await StudioApp.start();
  const client = await studio.guest(namespace);
  const jwt = await token("u1");
  expect(await client.ask("authenticate", { token: jwt })).toEqual({ success: true, userId: "u1" });
  expect(await client.rest()).toEqual([{ event: "authenticated", payload: { userId: "u1", authenticatedAt: AT } }]);
});

test.each(NAMESPACES)(
  "%s: a missing or empty token leaves the guest, an invalid one disconnects",
  async (namespace) => {
    await using studio = await StudioApp.start();
    const client = await studio.guest(namespace);
    for (const payload of [{ token: "" }, {}, null, { token: null }, { token: 5 }, "text"]) {
      const answer = await client.ask("authenticate", payload);
      expect(answer).toEqual({
        success: false,
        error: expect.any(String),
        code: "invalid_request",
        field: expect.any(String),
      });
      expect(await client.rest()).toEqual([{ event: "authError", payload: { message: answer.error } }]);
      await client.next("authError");
      // Also where nobody waits for an answer.
      client.send("authenticate", payload);
      expect((await client.rest()).map(({ event }) => event)).toEqual(["authError"]);
      await client.next("authError");
      await studio.clock.advance(1_000);
    }
    expect(await client.ask("getConnectionInfo")).toMatchObject({ authenticated: false, connected: true });
    const reason = client.disconnected();
    expect(await client.ask("authenticate", { token: "a.b.c" })).toEqual({
      success: false,
      error: "Invalid token",
      code: "authentication_failed",
    });
    expect(await reason).toBe("io server disconnect");
    expect(client.heard).toEqual([{ event: "authError", payload: { message: "Invalid token" } }]);
  },
);

test.each(NAMESPACES)("%s: a bad handshake token is welcomed, told and disconnected", async (namespace) => {
  await using studio = await StudioApp.start();
  const expired = await token("u1", { exp: 1 });
  const forged = await token("u1", {}, `${SECRET}!`);
  for (const [jwt, message] of [
    ["your-jwt-token", "Invalid token"],
    [forged, "Invalid token"],
    [expired, "Token has expired"],
  ]) {
    const client = studio.server.client("studio", { auth: { token: jwt } }, namespace);
    expect(await client.disconnected()).toBe("io server disconnect");
    expect(client.heard.map(({ event }) => event)).toEqual(["welcome", "authError"]);
    expect(client.heard[1]?.payload).toEqual({ message });
  }
});

test("guests may ping, send heartbeats and ask for connection info, and nothing else", async () => {
  await using studio = await StudioApp.start();
  const client = await studio.guest("/media");
  for (const [event, payload] of [
    ["joinRoom", "project-123"],
    ["leaveRoom", "project-123"],
    ["subscribeMedia", "m1"],
    ["unsubscribeMedia", "m1"],
    ["logout", undefined],
  ] as const) {
    expect(await client.ask(event, payload)).toMatchObject({ success: false, code: "authentication_failed" });
  }
  expect(await client.ask("ping")).toEqual({ success: true, timestamp: MS });
  expect(await client.ask("heartbeat")).toEqual({ success: true, timestamp: MS, serverTime: AT, latency: null });
  expect(await client.ask("getConnectionInfo")).toEqual({
    success: true,
    socketId: client.id,
    connected: true,
    rooms: [],
    authenticated: false,
    connectedAt: AT,
  });
  expect((await client.rest()).map(({ event }) => event)).toEqual(["pong", "heartbeatAck"]);
});

test("latency is server time less the client's, never negative, null without one", async () => {
  await using studio = await StudioApp.start();
  const client = await studio.guest();
  await studio.clock.advance(1_000);
  const timestamp = MS + 1_000;
  const serverTime = "2026-01-01T00:00:01.000Z";
  for (const [payload, latency] of [
    [{ timestamp: MS + 250 }, 750],
    [{ timestamp: MS + 999.5 }, 0.5],
    [{ timestamp: MS + 5_000 }, 0],
    [{ timestamp: 0 }, timestamp],
    [{}, null],
    [{ timestamp: null }, null],
  ]) {
    const answer = { timestamp, serverTime, latency };
    expect(await client.ask("heartbeat", payload)).toEqual({ success: true, ...answer } as never);
    expect(await client.next("heartbeatAck")).toEqual(answer as never);
  }
  for (const given of ["1", -1, {}, true]) {
    expect(await client.ask("heartbeat", { timestamp: given })).toMatchObject({
      success: false,
      code: "invalid_request",
      field: "timestamp",
    });
  }
  client.send("ping", { deep: [1, 2] });
  expect(await client.rest()).toEqual([{ event: "pong", payload: { timestamp } }]);
});

test("logout makes one socket a guest without rooms; the user's others and the token stay", async () => {
  await using studio = await StudioApp.start();
  const [one, other] = [await studio.user("u1"), await studio.user("u1")];
  await one.ask("joinRoom", "project-123");
  await one.next("roomJoined");
  expect(await one.ask("logout")).toEqual({ success: true });
  expect(await one.next("loggedOut")).toEqual({ message: expect.stringMatching(/\w/) });
  expect(await one.ask("getConnectionInfo")).toMatchObject({ authenticated: false, rooms: [] });
  expect(await one.ask("joinRoom", "project-123")).toMatchObject({ success: false, code: "authentication_failed" });
  expect(await one.ask("logout")).toMatchObject({ success: false, code: "authentication_failed" });
  for (const room of ["project-123", "user:u1"]) {
    expect((await studio.asServer(`/rooms/${room}/emit`, { event: "projectUpdate", payload: room })).status).toBe(200);
  }
  expect(await one.rest()).toEqual([]);
  expect(await other.rest()).toEqual([{ event: "projectUpdate", payload: "user:u1" }]);
  // The same token signs in again.
  expect(await one.ask("authenticate", { token: await token("u1") })).toMatchObject({ success: true });
  await studio.asServer("/rooms/user:u1/emit", { event: "projectUpdate", payload: "again" });
  expect(await one.rest()).toEqual([
    { event: "authenticated", payload: { userId: "u1", authenticatedAt: AT } },
    { event: "projectUpdate", payload: "again" },
  ]);
});

test("a second authenticate extends the socket, or switches it and leaves the rooms of the user before", async () => {
  await using studio = await StudioApp.start();
  const client = await studio.user("u1", "/", { exp: MS / 1000 + 30 });
  await client.ask("joinRoom", "project-123");
  expect(await client.ask("authenticate", { token: await token("u1") })).toMatchObject({ userId: "u1" });
  await studio.clock.advance(60_000);
  expect(await client.ask("getConnectionInfo")).toMatchObject({ rooms: ["user:u1", "project-123"] });
  expect(await client.ask("authenticate", { token: await token("u2") })).toMatchObject({ userId: "u2" });
  expect(await client.ask("getConnectionInfo")).toMatchObject({ authenticated: true, rooms: ["user:u2"] });
  for (const room of ["project-123", "user:u1"]) await studio.asServer(`/rooms/${room}/emit`, { event: "update" });
  expect((await client.rest()).filter(({ event }) => event === "update")).toEqual([]);
});

test("expiry and logout by REST are told in every namespace and disconnect, restarts included", async () => {
  await using studio = await StudioApp.start();
  const jwt = await token("u1", { jti: "t1" });
  const open = () => Promise.all(NAMESPACES.map((namespace) => studio.guest(namespace, { auth: { token: jwt } })));
  const clients = await open();
  const reasons = clients.map((client) => client.disconnected());
  const { status, body } = await studio.server.call("studio", "/api/v1/auth/logout", { token: jwt, json: {} });
  expect([status, body]).toEqual([200, { success: true, data: { message: "Logged out" } }]);
  for (const reason of reasons) expect(await reason).toBe("io server disconnect");
  for (const client of clients) expect(client.heard.map(({ event }) => event)).toEqual(["authenticated", "authError"]);
  const late = studio.server.client("studio", { auth: { token: jwt } });
  await late.disconnected();
  expect(late.heard.at(-1)).toEqual({ event: "authError", payload: { message: "Token has been revoked" } });

  const short = await studio.user("u2", "/media", { exp: MS / 1000 + 10 });
  const reason = short.disconnected();
  await studio.clock.advance(15_000);
  expect(await reason).toBe("io server disconnect");
  expect(short.heard).toEqual([{ event: "authError", payload: { message: "Token has expired" } }]);
});

test("past the limit of connections: the handshake is refused, and so is signing in by event", async () => {
  await using studio = await StudioApp.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "1" });
  await studio.user("u1");
  const jwt = await token("u1");
  await expect(studio.server.connect("studio", { auth: { token: jwt } })).rejects.toThrow("Connection limit exceeded");
  const guest = await studio.guest();
  const reason = guest.disconnected();
  expect(await guest.ask("authenticate", { token: jwt })).toMatchObject({ success: false, code: "conflict" });
  expect(await reason).toBe("io server disconnect");
  expect(guest.heard).toEqual([{ event: "authError", payload: { message: "Connection limit exceeded" } }]);
});

test("a page of another origin is refused with 403, on both transports", async () => {
  await using studio = await StudioApp.start();
  const shake = async (origin: string, transport: string) => {
    const headers = { origin, ...(transport === "websocket" && { upgrade: "websocket", "sec-websocket-key": "x" }) };
    const path = `/socket.io/?EIO=4&transport=${transport}`;
    return (await studio.server.call("studio", path, { headers })).status;
  };
  for (const transport of ["polling", "websocket"]) expect(await shake("https://evil.example", transport)).toBe(403);
  expect(await shake("http://localhost:5173", "polling")).toBe(200);
});
