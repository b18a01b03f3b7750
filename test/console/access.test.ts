import { describe, expect, test } from "bun:test";
import { FakeClock } from "../clock";
import { startTestApp, type TestApp, token } from "../harness";
import { addPeople, originOf, PASSWORD, signIn } from "./desk";

const READS = [
  "/metrics",
  "/asyncapi/live.json",
  "/contracts",
  "/panels",
  "/panels/console/users",
  "/panels/console/keys",
  "/panels/console/connections",
  "/stream",
];
/** What changes something, or makes a token: with what would work for somebody who may. */
const CHANGES: readonly (readonly [path: string, json: object, status: number])[] = [
  ["/panels/console/users", { action: "add", fields: { email: "new@example.com" } }, 200],
  ["/panels/console/keys", { action: "add", fields: { name: "new", scopes: "live" } }, 200],
  ["/panels/console/connections", { action: "disconnect", id: "nobody" }, 404],
  ["/tokens", { api: "live", userId: "u2" }, 201],
  ["/no/such/path", {}, 404],
  // Last, since it ends what let it in.
  ["/logout", {}, 204],
];

type Headers = Record<string, string>;

async function statusOf(app: TestApp, path: string, headers: Headers, json?: object): Promise<number> {
  const response = await fetch(app.app.url("console") + path, {
    method: json ? "POST" : "GET",
    headers: { ...headers, ...(json && { "content-type": "application/json" }) },
    ...(json && { body: JSON.stringify(json) }),
  });
  await response.body?.cancel();
  return response.status;
}

/** Everybody there is, by what they send along. */
async function everybody(app: TestApp): Promise<Record<string, Headers>> {
  await addPeople(app);
  const origin = originOf(app);
  const cookie = () => signIn(app, { login: "boss@example.com", password: PASSWORD });
  return {
    nobody: {},
    "a wrong token": { authorization: "Bearer wrong" },
    "a wrong cookie": { cookie: "headend-console=wrong", origin },
    "a user": { authorization: `Bearer ${await token("u1")}` },
    "an API key": { "x-api-key": await app.app.house.apiKeys.add("player", ["live", "metrics"]) },
    "the console's token": { authorization: `Bearer ${app.app.consoleToken}` },
    "an admin's token": { authorization: `Bearer ${await token("boss2", { role: "admin" })}` },
    "an admin's page": { cookie: await cookie(), origin, "sec-fetch-site": "same-origin" },
    "an admin's page in an old browser": { cookie: await cookie(), origin },
    "a page of the console's token": { cookie: await signIn(app, { token: app.app.consoleToken }), origin },
    "another site's page": { cookie: await cookie(), origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    "a page of another port": {
      cookie: await cookie(),
      origin: "http://localhost:3000",
      "sec-fetch-site": "same-site",
    },
    "another page in an old browser": { cookie: await cookie(), origin: "http://127.0.0.1:3000" },
    "a sandboxed page": { cookie: await cookie(), origin: "null" },
    "a form of another site": { cookie: await cookie(), "sec-fetch-site": "cross-site" },
  };
}

const MAY_CHANGE = [
  "the console's token",
  "an admin's token",
  "an admin's page",
  "an admin's page in an old browser",
  "a page of the console's token",
];

describe.each([
  ["on loopback", "127.0.0.1"],
  ["beyond loopback", "0.0.0.0"],
])("%s", (_where, host) => {
  const isLocal = host === "127.0.0.1";

  test("reading is for everybody here, else for admins", async () => {
    await using app = await startTestApp({ env: { HEADEND_CONSOLE_HOST: host } });
    for (const [who, headers] of Object.entries(await everybody(app))) {
      for (const path of READS) {
        const mayScrape = who === "an API key" && path === "/metrics";
        const isFree = isLocal || mayScrape || MAY_CHANGE.includes(who);
        const isForeign = /page|form/.test(who) && !MAY_CHANGE.includes(who);
        const expected = isFree ? 200 : isForeign ? 403 : 401;
        expect([who, path, await statusOf(app, path, headers)]).toEqual([who, path, expected]);
      }
    }
  });

  test("what changes or makes something is for admins, and for no other page than the console's", async () => {
    await using app = await startTestApp({ env: { HEADEND_CONSOLE_HOST: host } });
    const people = await everybody(app);
    for (const [who, headers] of Object.entries(people)) {
      if (MAY_CHANGE.includes(who)) continue;
      for (const [path, json] of CHANGES) {
        const isForeign = /page|form/.test(who);
        expect([who, path, await statusOf(app, path, headers, json)]).toEqual([who, path, isForeign ? 403 : 401]);
      }
    }
    expect(await app.app.house.accounts.list()).toHaveLength(2);
    expect(await app.app.house.apiKeys.list()).toHaveLength(1);
    for (const who of MAY_CHANGE) {
      for (const [path, json, status] of CHANGES) {
        expect([who, path, await statusOf(app, path, people[who] ?? {}, json)]).toEqual([who, path, status]);
      }
      await app.app.house.apiKeys.revoke("new");
      const made = await app.app.house.accounts.find("new@example.com");
      await app.app.house.accounts.remove(made?.id ?? "");
    }
  });

  test("the page, its sign-in and the probes are for everybody", async () => {
    await using app = await startTestApp({ env: { HEADEND_CONSOLE_HOST: host } });
    for (const path of ["/", "/healthz", "/readyz", "/session"]) expect(await statusOf(app, path, {})).toBe(200);
    const stranger = await app.call("console", "/session");
    expect(stranger.body).toEqual({
      mayRead: isLocal,
      mayChange: false,
      userId: null,
      name: null,
      version: isLocal ? "0.0.0-test" : "",
    });
    const cookie = await signIn(app, { token: app.app.consoleToken });
    expect((await app.call("console", "/session", { headers: { cookie } })).body).toEqual({
      mayRead: true,
      mayChange: true,
      userId: "console",
      name: "console",
      version: "0.0.0-test",
    });
  });
});

test("on loopback no path answers to another name than this machine's", async () => {
  await using app = await startTestApp();
  for (const path of [...READS, "/", "/healthz", "/session"]) {
    expect([path, await statusOf(app, path, { host: "evil.example:9000" })]).toEqual([path, 403]);
  }
  for (const [path, json] of [...CHANGES, ["/login", { token: app.app.consoleToken }]] as const) {
    const headers = { host: "evil.example:9000", authorization: `Bearer ${app.app.consoleToken}` };
    expect([path, await statusOf(app, path, headers, json)]).toEqual([path, 403]);
  }
});

describe("signing in", () => {
  test("gives a cookie that scripts, other sites and plain connections behind https do not get", async () => {
    await using app = await startTestApp({ env: { HEADEND_TRUSTED_PROXIES: "1" } });
    await addPeople(app);
    const json = { login: "boss@example.com", password: PASSWORD };
    const plain = await app.call("console", "/login", { json });
    expect(plain.headers.get("set-cookie")).toMatch(
      /^headend-console=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const secure = await app.call("console", "/login", { json, headers: { "x-forwarded-proto": "https" } });
    expect(secure.headers.get("set-cookie")).toEndWith("; HttpOnly; SameSite=Strict; Secure");
    expect(secure.body).toMatchObject({ mayChange: true, userId: "boss", name: "boss" });
    expect(JSON.stringify(app.log)).not.toContain(PASSWORD);
  });

  test("behind a trusted proxy the console's own origin is that of the proxy", async () => {
    await using app = await startTestApp({ env: { HEADEND_TRUSTED_PROXIES: "1" } });
    const cookie = await signIn(app, { token: app.app.consoleToken });
    const headers = { cookie, "x-forwarded-host": "console.example.com", "x-forwarded-proto": "https" };
    const change = { action: "add", fields: { name: "new", scopes: "live" } };
    const own = { ...headers, origin: "https://console.example.com" };
    expect(await statusOf(app, "/panels/console/keys", { ...headers, origin: originOf(app) }, change)).toBe(403);
    expect(await statusOf(app, "/panels/console/keys", own, change)).toBe(200);
  });

  test("is not done by other sites' pages", async () => {
    await using app = await startTestApp();
    const json = { token: app.app.consoleToken };
    const foreign = { origin: "http://localhost:3000", "sec-fetch-site": "same-site" };
    expect(await statusOf(app, "/login", foreign, json)).toBe(403);
    expect(await statusOf(app, "/login", { origin: originOf(app) }, json)).toBe(200);
  });

  test("refuses whoever is no admin, and says what is missing", async () => {
    await using app = await startTestApp();
    await addPeople(app);
    await app.app.house.accounts.add({ id: "out", email: "out@example.com", roles: ["admin"], password: PASSWORD });
    await app.app.house.accounts.setEnabled("out", false);
    const login = async (json: object) => {
      const { status, body, headers } = await app.call("console", "/login", { json });
      return [status, (body as { message: string; field?: string }).field, headers.has("set-cookie")];
    };
    expect(await login({ login: "boss@example.com", password: "wrong" })).toEqual([401, undefined, false]);
    expect(await login({ login: "u1@example.com", password: PASSWORD })).toEqual([401, undefined, false]);
    expect(await login({ login: "out@example.com", password: PASSWORD })).toEqual([401, undefined, false]);
    expect(await login({ token: "wrong" })).toEqual([401, undefined, false]);
    expect(await login({ token: await token("u1") })).toEqual([401, undefined, false]);
    expect(await login({})).toEqual([400, "login", false]);
    expect(await login({ login: "boss@example.com" })).toEqual([400, "password", false]);
    expect(await login({ login: 7, password: PASSWORD })).toEqual([400, "login", false]);
    expect(await login({ login: "boss@example.com", password: PASSWORD })).toEqual([200, undefined, true]);
  });

  test("is limited: after too many failures the right password and the right token wait", async () => {
    await using app = await startTestApp();
    await addPeople(app);
    const wrong = { login: "boss@example.com", password: "wrong" };
    for (let i = 0; i < 5; i++) expect(await statusOf(app, "/login", {}, wrong)).toBe(401);
    const right = await app.call("console", "/login", { json: { ...wrong, password: PASSWORD } });
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
    // Another way in, with a limit of its own.
    for (let i = 0; i < 20; i++) expect(await statusOf(app, "/login", {}, { token: `wrong ${i}` })).toBe(401);
    expect(await statusOf(app, "/login", {}, { token: app.app.consoleToken })).toBe(429);
    expect(app.log.filter(({ msg }) => msg === "a sign-in at the console has failed")).toHaveLength(25);
    // A program with a wrong token keeps nobody from signing in, and its own tries come to an end.
    const headers = (bearer: string) => ({ authorization: `Bearer ${bearer}` });
    for (let i = 0; i < 300; i++) await statusOf(app, "/logout", headers("wrong"), {});
    expect(await statusOf(app, "/logout", headers("wrong"), {})).toBe(429);
  });
});

describe("a sign-in ends", () => {
  const KEYS = ["/panels/console/keys", { action: "revoke", id: "none" }] as const;
  const end: Record<string, (app: TestApp, cookie: string) => Promise<unknown>> = {
    "with logout": (app, cookie) => statusOf(app, "/logout", { cookie, origin: originOf(app) }, {}),
    "when the admin is disabled": ({ app }) => app.house.accounts.setEnabled("boss", false),
    "when the admin is none any more": ({ app }) => app.house.accounts.setRoles("boss", ["moderator"]),
    "when the account is deleted": ({ app }) => app.house.accounts.remove("boss"),
    "with a new password": ({ app }) => app.house.accounts.setPassword("boss", "another password"),
    "when all sign-ins of the admin are ended": ({ app }) => app.house.accounts.endSessions("boss"),
  };

  test.each(Object.entries(end))("%s", async (_when, work) => {
    await using app = await startTestApp();
    await addPeople(app);
    const cookie = await signIn(app, { login: "boss", password: PASSWORD });
    const other = await signIn(app, { token: app.app.consoleToken });
    const [path, json] = KEYS;
    const status = (cookie: string) => statusOf(app, path, { cookie, origin: originOf(app) }, json);
    expect(await status(cookie)).toBe(404);
    await work(app, cookie);
    expect(await status(cookie)).toBe(401);
    expect(await status(other)).toBe(404);
  });

  test("after twelve hours, used or not", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const cookie = await signIn(app, { token: app.app.consoleToken });
    const [path, json] = KEYS;
    const status = () => statusOf(app, path, { cookie, origin: originOf(app) }, json);
    clock.pass(12 * 3_600_000 - 1);
    expect(await status()).toBe(404);
    clock.pass(1);
    expect(await status()).toBe(401);
  });

  test("by an admin's token with that token", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const exp = clock.now() / 1000 + 60;
    const cookie = await signIn(app, { token: await token("boss", { role: "admin", exp }) });
    const [path, json] = KEYS;
    const status = () => statusOf(app, path, { cookie, origin: originOf(app) }, json);
    expect(await status()).toBe(404);
    clock.pass(61_000);
    expect(await status()).toBe(401);
  });

  test("when a thousand later ones have begun", async () => {
    await using app = await startTestApp();
    const json = { token: app.app.consoleToken };
    const first = await signIn(app, json);
    for (let i = 0; i < 1_000; i++) await signIn(app, json);
    const [path, change] = KEYS;
    expect(await statusOf(app, path, { cookie: first, origin: originOf(app) }, change)).toBe(401);
  });
});

test("the console's token is another one with every start, in a file for its owner's eyes", async () => {
  const tokens = new Set<string>();
  for (let i = 0; i < 2; i++) {
    await using app = await startTestApp();
    const file = Bun.file(`${app.folder}/console.token`);
    expect((await file.text()).trim()).toBe(app.app.consoleToken);
    expect((await file.stat()).mode & 0o777).toBe(0o600);
    expect(app.app.consoleToken).toMatch(/^[\w-]{43}$/);
    tokens.add(app.app.consoleToken);
    expect(JSON.stringify(app.log)).not.toContain(app.app.consoleToken);
  }
  expect(tokens.size).toBe(2);
});

test("every answer says to browsers what they may do with it", async () => {
  await using app = await startTestApp();
  const api = new URL(app.app.url("live")).origin;
  for (const path of ["/", "/session", "/panels", "/healthz", "/none"]) {
    const { headers } = await app.call("console", path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toStartWith(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'",
    );
    expect(policy).toEndWith("; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
    expect(policy).not.toContain("unsafe");
    if (path !== "/healthz") expect(policy).toContain(` ${api} ${api.replace("http", "ws")} `);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
  }
});

test("an operator changes at most forty things at once and twenty a second", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const call = { token: app.app.consoleToken, json: { action: "revoke", id: "none" } };
  const statuses = [];
  for (let i = 0; i < 41; i++) statuses.push((await app.call("console", "/panels/console/keys", call)).status);
  expect(statuses).toEqual([...Array(40).fill(404), 429]);
  clock.pass(1_000);
  expect((await app.call("console", "/panels/console/keys", call)).status).toBe(404);
});
