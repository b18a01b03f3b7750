import { expect, test } from "bun:test";
import { io } from "socket.io-client";
import { Household, KEY } from "./fixture";

const PRIVATE = ["/authenticated", "/media"];
/** Nothing but what the test is about is sent for a day. */
const QUIET = { HEADEND_HEALTH_MS: "86400000", HEADEND_PERFORMANCE_MS: "86400000" };
const FOR_ADMINS = ["/admin", "/system"];

function refused(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "let in",
    (error) => [error.message, error.data],
  );
}

test("the root is for everybody, and a bad token is ignored there", async () => {
  await using home = await Household.start();
  for (const auth of [{}, { token: "x" }, { token: await home.token("ann") }]) {
    const client = await home.enter({ auth });
    expect(await client.rest()).toEqual([]);
  }
});

test("the others say exactly why they refuse", async () => {
  await using home = await Household.start();
  for (const namespace of [...PRIVATE, ...FOR_ADMINS]) {
    for (const auth of [{}, { token: "x" }]) {
      expect(await refused(home.server.connect("requests", { auth }, namespace))).toEqual([
        "Authentication failed",
        { code: "UNAUTHORIZED" },
      ]);
    }
  }
  for (const namespace of FOR_ADMINS) {
    expect(await refused(home.connect("ann", namespace))).toEqual(["Admin access required", { code: "FORBIDDEN" }]);
    await home.connect("boss", namespace);
  }
  for (const namespace of PRIVATE) await home.connect("ann", namespace);
  const expired = { token: await home.token("ann", { exp: Math.floor(home.clock.now() / 1000) - 60 }) };
  expect(await refused(home.server.connect("requests", { auth: expired }, "/media"))).toEqual([
    "Authentication failed",
    { code: "UNAUTHORIZED" },
  ]);
});

test("a token is taken from auth, header, query and both cookies; what is handed over counts before a cookie", async () => {
  await using home = await Household.start();
  const token = await home.token("ann");
  const cookie = (text: string) => ({ extraHeaders: { Cookie: text } });
  for (const options of [
    { auth: { token } },
    { extraHeaders: { Authorization: `Bearer ${token}` } },
    { query: { token } },
    cookie(`auth-token=${token}`),
    cookie(`theme=dark; token=${token}`),
    { auth: { token }, ...cookie("auth-token=stale") },
  ]) {
    for (const transports of [["websocket"], ["polling"]]) {
      (await home.server.connect("requests", { ...options, transports }, "/media")).close();
    }
  }
  expect(await refused(home.server.connect("requests", cookie("other=1"), "/media"))).toMatchObject([
    "Authentication failed",
    {},
  ]);
});

test("five namespaces of one connection are one connection; past its limit a user is refused everywhere", async () => {
  await using home = await Household.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "2" });
  const first = await home.connect("boss", "/");
  for (const namespace of [...PRIVATE, ...FOR_ADMINS]) await home.alongside(first, "boss", namespace);
  await home.connect("boss", "/media");
  for (const namespace of ["/", ...PRIVATE, ...FOR_ADMINS]) {
    expect(await refused(home.connect("boss", namespace))).toEqual([
      "Connection limit exceeded",
      { code: "CONNECTION_LIMIT" },
    ]);
  }
  await home.connect("ann", "/media");
});

test("an address has a hundred connections, unless the operator says otherwise", async () => {
  await using home = await Household.start({ HEADEND_MAX_CONNECTIONS_PER_IP: "3" });
  for (let n = 0; n < 3; n++) await home.connect(null, "/");
  expect(await refused(home.connect(null, "/"))).toEqual(["Connection limit exceeded", { code: "CONNECTION_LIMIT" }]);
  const { requests } = await import("../../../src/apis/requests");
  expect(requests.maxConnectionsPerAddress).toBe(100);
});

test("heartbeats are as documented", async () => {
  await using home = await Household.start({ HEADEND_APIS: "requests,live" });
  const url = home.server.app.url("requests");
  const open = await (await fetch(`${url}/socket.io/?EIO=4&transport=polling`)).text();
  expect(JSON.parse(open.slice(1))).toMatchObject({ pingInterval: 25_000, pingTimeout: 60_000 });
  const others = await (await fetch(`${home.server.app.url("live")}/socket.io/?EIO=4&transport=polling`)).text();
  expect(JSON.parse(others.slice(1))).toMatchObject({ pingTimeout: 20_000 });
});

test("a page of another origin is refused on both transports; allowed ones and no page at all come in", async () => {
  await using home = await Household.start({ HEADEND_CORS_ORIGINS: "https://media.example.com" });
  const url = home.server.app.url("requests");
  const handshake = (headers: Record<string, string>) =>
    fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers }).then(({ status }) => status);
  expect(await handshake({ origin: "https://evil.example" })).toBe(403);
  expect(await handshake({ origin: "null" })).toBe(403);
  expect(await handshake({ origin: "https://media.example.com" })).toBe(200);
  expect(await handshake({})).toBe(200);
  const websocket = (origin: string) =>
    refused(home.server.connect("requests", { transports: ["websocket"], extraHeaders: { Origin: origin } }));
  expect(await websocket("https://evil.example")).not.toBe("let in");
  expect(await websocket("https://media.example.com")).toBe("let in");
});

test("a cookie counts for pages that may speak for the user, and for nobody else", async () => {
  await using home = await Household.start({ HEADEND_CORS_ORIGINS: "https://media.example.com" });
  const url = `${home.server.app.url("requests")}/api/v1/media/requests`;
  const cookie = `auth-token=${await home.token("ann")}`;
  const status = async (headers: Record<string, string>) =>
    (await fetch(url, { headers: { cookie, ...headers } })).status;
  expect(await status({})).toBe(200);
  expect(await status({ origin: "https://media.example.com", "sec-fetch-site": "same-site" })).toBe(200);
  expect(await status({ origin: "https://evil.example" })).toBe(401);
  expect(await status({ "sec-fetch-site": "cross-site" })).toBe(401);
  expect(await status({ origin: "https://media.example.com", "sec-fetch-site": "cross-site" })).toBe(401);
  // A page may not change anything that way either.
  const forged = await fetch(url, {
    method: "POST",
    headers: { cookie, origin: "https://evil.example", "content-type": "application/json" },
    body: JSON.stringify({ mediaType: "movie", tmdbId: "1", title: "Forged" }),
  });
  expect(forged.status).toBe(401);
  expect((await home.call("ann", "/media/requests")).body.data).toEqual([]);
});

test("signing in sets a cookie that scripts cannot read and other sites cannot send, and that opens everything", async () => {
  await using home = await Household.start({ HEADEND_TRUSTED_PROXIES: "1" });
  await home.server.app.house.accounts.add({ email: "ann@example.com", password: "correct horse", name: "Ann" });
  const boss = await home.connect("boss", "/admin");
  const login = { email: "ann@example.com", password: "correct horse" };
  const { status, body, headers } = await home.call(null, "/auth/login", login);
  expect([status, body]).toEqual([
    200,
    {
      success: true,
      data: {
        user: { id: expect.any(String), email: "ann@example.com", name: "Ann", roles: [] },
        token: expect.any(String),
        expiresIn: 86_400,
      },
    },
  ]);
  const cookie = headers.get("set-cookie") ?? "";
  expect(cookie).toBe(`auth-token=${body.data.token}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax`);
  const client = await home.server.connect(
    "requests",
    { extraHeaders: { Cookie: cookie.split(";")[0] ?? "" } },
    "/media",
  );
  expect(client.socket.connected).toBe(true);
  expect(await boss.next("admin:user:activity")).toMatchObject({ username: "Ann", action: "user_login" });

  const secure = await home.server.call("requests", "/api/v1/auth/login", {
    json: login,
    headers: { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" },
  });
  expect(secure.headers.get("set-cookie")).toEndWith("; Secure");
  expect(await boss.next("admin:user:activity")).toMatchObject({ ipAddress: "203.0.113.9" });

  const wrong = await home.call(null, "/auth/login", { ...login, password: "wrong" });
  expect([wrong.status, wrong.body]).toEqual([
    401,
    { success: false, error: { code: "UNAUTHORIZED", message: "Wrong user name or password" } },
  ]);
  expect(wrong.headers.get("set-cookie")).toBeNull();
  expect(await boss.rest()).toEqual([]);
});

test("signing out ends the token for good and its sockets, and makes a guest of the one on the root", async () => {
  await using home = await Household.start();
  const root = await home.connect("ann", "/");
  const media = await home.alongside(root, "ann", "/media");
  const other = await home.server.connect(
    "requests",
    { auth: { token: await home.token("ann", { jti: "2" }) } },
    "/media",
  );
  const gone = media.disconnected();
  const { status, headers } = await home.call("ann", "/auth/logout", {});
  expect([status, headers.get("set-cookie")]).toEqual([200, "auth-token=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]);
  expect(await gone).toBe("io server disconnect");
  expect(media.heard).toEqual([
    { event: "error", payload: { code: "UNAUTHORIZED", message: "Token has been revoked" } },
  ]);
  expect(await root.next("error")).toMatchObject({ code: "UNAUTHORIZED" });
  await home.call("key", "/notifications", { userId: "ann", type: "t", title: "T", message: "M" });
  expect(await root.rest()).toEqual([]);
  expect(await other.rest()).toEqual([]);
  expect((await home.call("ann", "/media/requests")).status).toBe(401);
});

test("an expired session is told, ended, and on the root becomes a guest's", async () => {
  await using home = await Household.start(QUIET);
  const exp = Math.floor(home.clock.now() / 1000) + 120;
  const auth = { auth: { token: await home.token("boss", { exp }) } };
  const root = await home.enter(auth);
  const personal = await home.server.connect("requests", auth, "/authenticated");
  const admin = await home.enter(auth, "/admin");
  await home.clock.advance(59_000);
  expect(await root.rest()).toEqual([]);
  await home.clock.advance(2_000);
  const warning = {
    event: "token_expiring",
    expiresAt: "2026-01-01T00:02:00.000Z",
    timestamp: "2026-01-01T00:01:00.000Z",
  };
  expect(await root.next("user:session")).toEqual(warning);
  expect(await personal.next("user:session")).toEqual(warning);
  const gone = Promise.all([personal, admin].map((client) => client.disconnected()));
  await home.clock.advance(64_000);
  expect(await gone).toEqual(["io server disconnect", "io server disconnect"]);
  for (const client of [root, personal, admin]) {
    expect(await client.next("error")).toEqual({ code: "UNAUTHORIZED", message: "Token has expired" });
    expect(client.heard).toEqual([]);
  }
  expect(root.socket.connected).toBe(true);
});

test("a renewed token extends the sockets of the old one, and tells so", async () => {
  await using home = await Household.start(QUIET);
  const exp = Math.floor(home.clock.now() / 1000) + 120;
  const token = await home.token("boss", { exp });
  const auth = { auth: { token } };
  const root = await home.enter(auth);
  const personal = await home.server.connect("requests", auth, "/authenticated");
  const admin = await home.enter(auth, "/admin");
  await home.clock.advance(30_000);
  const { status, body, headers } = (await home.server.call("requests", "/api/v1/auth/refresh", {
    token,
    method: "POST",
  })) as { status: number; body: { data: { token: string } }; headers: Headers };
  expect(status).toBe(200);
  expect(headers.get("set-cookie")).toStartWith(`auth-token=${body.data.token}; `);
  const renewed = {
    event: "token_refresh",
    expiresAt: "2026-01-02T00:00:30.000Z",
    timestamp: "2026-01-01T00:00:30.000Z",
  };
  expect(await root.next("user:session")).toEqual(renewed);
  expect(await personal.next("user:session")).toEqual(renewed);
  expect(await admin.next("admin:user:activity")).toMatchObject({ action: "token_refresh", userId: "boss" });
  await home.clock.advance(300_000);
  for (const client of [root, personal, admin]) expect(await client.rest()).toEqual([]);
  // With the rights that it had.
  await home.server.connect("requests", { auth: { token: body.data.token } }, "/admin");
});

test("an admin who is none any more is put out of what is for admins only", async () => {
  await using home = await Household.start();
  const media = await home.connect("boss", "/media");
  const admin = await home.connect("boss", "/admin");
  const gone = admin.disconnected();
  await home.server.app.house.accounts.setRoles("boss", []);
  await home.clock.advance(2_000);
  expect(await gone).toBe("io server disconnect");
  expect(admin.heard).toEqual([{ event: "error", payload: { code: "FORBIDDEN", message: "Admin access required" } }]);
  await home.request("ann");
  expect(await media.rest()).toEqual([]);
  const own = await home.request("boss");
  expect(await media.next("media:request:status")).toMatchObject({ requestId: own });
});

test("no client sends anything here: every event is refused, with or without an answer", async () => {
  await using home = await Household.start();
  for (const namespace of ["/", ...PRIVATE, ...FOR_ADMINS]) {
    const client = await home.connect("boss", namespace);
    expect(await client.ask("no:such:event", {})).toEqual({
      success: false,
      error: "Unknown event",
      code: "INVALID_REQUEST",
    });
    client.send("no:such:event", {});
    expect(await client.next("error")).toEqual({ code: "INVALID_REQUEST", message: "Unknown event" });
  }
});

test("the document's test client, on the root with a cookie, hears a notification", async () => {
  await using home = await Household.start();
  const socket = io(home.server.app.url("requests"), {
    withCredentials: true,
    forceNew: true,
    extraHeaders: { Cookie: `auth-token=${await home.token("ann")}` },
  });
  await new Promise((resolve) => socket.on("connect", () => resolve(0)));
  const heard = new Promise<Record<string, unknown>>((resolve) => socket.on("user:notification", resolve));
  const sent = { userId: "ann", type: "hello", title: "Hello", message: "You are heard" };
  const response = await fetch(`${home.server.app.url("requests")}/api/v1/notifications`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify(sent),
  });
  expect(response.status).toBe(201);
  expect(await heard).toMatchObject({ type: "hello", message: "You are heard" });
  socket.close();
});
