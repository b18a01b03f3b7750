import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { Household, only } from "./fixture";

const MINUTE_MS = 60_000;

/** A REST call as a browser makes it, with what is in its jar. */
async function browse(home: Household, path: string, headers: Record<string, string>, method = "POST") {
  const response = await fetch(`${home.server.app.url("requests")}/api/v1${path}`, { method, headers });
  const cookies = response.headers.getSetCookie().map((each) => each.split("; Path")[0]);
  return { status: response.status, body: (await response.json()) as { data: { token: string } }, cookies };
}

test("after a refresh, namespaces that open later on the same connection open with the new cookie", async () => {
  await using home = await Household.start();
  const exp = Math.floor((home.clock.now() + 2 * MINUTE_MS) / 1000);
  const cookie = `theme=dark; token=${await home.token("ann", { exp })}`;
  const root = await home.server.connect("requests", { extraHeaders: { cookie } });
  const { cookies, body } = await browse(home, "/auth/refresh", { cookie });
  expect(cookies).toEqual([`auth-token=${body.data.token}`]);
  await home.clock.advance(3 * MINUTE_MS);
  expect(await root.next("user:session")).toMatchObject({ event: "token_refresh" });
  // No token of its own, as in the document: whatever the connection came with.
  const media = await home.alongside(root, null, "/media");
  await home.request("ann");
  expect(await media.next("media:request:status")).toMatchObject({ userId: "ann" });
  expect(only(await root.rest(), "error")).toEqual([]);

  // Who came without a cookie gets none by somebody's refresh.
  const token = await home.token("bob", { exp: exp + 3600 });
  const bare = await home.server.connect("requests", { auth: { token } });
  await browse(home, "/auth/refresh", { authorization: `Bearer ${token}` });
  const refused = home.alongside(bare, null, "/media").then(
    () => "let in",
    (error) => error.message,
  );
  expect(await refused).toBe("Authentication failed");
});

test("signing out ends every cookie of the user, and leaves alone what is another server's", async () => {
  await using home = await Household.start();
  const [old, other] = [await home.token("ann"), await home.token("bob")];
  const { body } = await browse(home, "/auth/refresh", { cookie: `token=${old}` });
  const jar = `auth-token=${body.data.token}; token=${old}`;
  expect((await browse(home, "/auth/logout", { cookie: jar })).cookies).toEqual(["auth-token=", "token="]);
  for (const token of [old, body.data.token]) {
    expect((await browse(home, "/media/requests", { cookie: `token=${token}` }, "GET")).status).toBe(401);
  }
  const carl = await home.token("carl");
  for (const foreign of ["a-session-of-another-server", other]) {
    const cookie = `auth-token=${await home.token("carl", { jti: foreign })}; token=${foreign}`;
    expect((await browse(home, "/auth/logout", { cookie })).cookies).toEqual(["auth-token="]);
  }
  for (const token of [other, carl]) {
    expect((await browse(home, "/media/requests", { cookie: `token=${token}` }, "GET")).status).toBe(200);
  }
});

test("a token that was signed out opens nothing, a restart later neither", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  const connect = (home: Household, namespace: string) =>
    home.connect("ann", namespace).then(
      () => "let in",
      (error) => error.message,
    );
  {
    await using home = await Household.start(env, clock);
    expect(await connect(home, "/media")).toBe("let in");
    await home.call("ann", "/auth/logout", {});
    expect(await connect(home, "/media")).toBe("Authentication failed");
  }
  await using home = await Household.start(env, clock);
  for (const namespace of ["/media", "/authenticated"]) {
    expect(await connect(home, namespace)).toBe("Authentication failed");
  }
  expect(await connect(home, "/")).toBe("let in");
  expect((await home.call("ann", "/media/requests")).status).toBe(401);
});

/** Whether a page of this origin may speak for the user; `own` and `port` are filled in. */
const ORIGINS: [string | undefined, boolean][] = [
  [undefined, true],
  ["https://media.example.com", true],
  ["HTTPS://MEDIA.EXAMPLE.COM", true],
  ["own", true],
  ["null", false],
  ["https://evil.example", false],
  ["https://sub.media.example.com", false],
  ["https://media.example.com.evil.example", false],
  ["https://media.example.com:8443", false],
  ["http://media.example.com", false],
  ["http://localhost:5173", false],
  ["https://media.example.com/path", false],
  ["media.example.com", false],
];

test("who may connect with a cookie or a token, from where, and by which transport", async () => {
  await using home = await Household.start({ HEADEND_CORS_ORIGINS: "https://media.example.com" });
  const url = home.server.app.url("requests");
  const token = await home.token("ann");
  for (const [given, isAllowed] of ORIGINS) {
    const origin = given === "own" ? url : given;
    for (const transport of ["polling", "websocket"]) {
      for (const carrier of ["cookie", "auth"]) {
        const options = {
          transports: [transport],
          ...(carrier === "auth" && { auth: { token } }),
          extraHeaders: { ...(origin && { origin }), ...(carrier === "cookie" && { cookie: `auth-token=${token}` }) },
        };
        const outcome = await home.server.connect("requests", options, "/authenticated").then(
          (client) => {
            client.close();
            return true;
          },
          () => false,
        );
        expect([given, transport, carrier, outcome]).toEqual([given, transport, carrier, isAllowed]);
      }
    }
    // The same holds for what changes something; a preflight says so to honest browsers.
    const headers = { ...(origin && { origin }), cookie: `auth-token=${token}`, "content-type": "application/json" };
    const answer = await browse(home, "/auth/refresh", headers);
    expect([given, answer.status]).toEqual([given, isAllowed ? 200 : 401]);
    if (!isAllowed) expect(answer.cookies).toEqual([]);
    if (!origin) continue;
    const preflight = await fetch(`${url}/api/v1/auth/refresh`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect([given, preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([
      given,
      isAllowed ? 204 : 403,
      isAllowed ? origin : null,
    ]);
  }
  // Another site that is allowed speaks for itself, by a token; what the browser sent along does not count.
  const cross = (given: object) =>
    home.server
      .connect("requests", { ...given, extraHeaders: CROSS_SITE(token) }, "/authenticated")
      .then(() => "let in")
      .catch((error) => error.message);
  expect(await cross({})).toBe("Authentication failed");
  expect(await cross({ auth: { token } })).toBe("let in");
});

const CROSS_SITE = (token: string) => ({
  origin: "https://media.example.com",
  "sec-fetch-site": "cross-site",
  cookie: `auth-token=${token}`,
});
