import { describe, expect, test } from "bun:test";
import { Accounts } from "../../src/domain/accounts/accounts";
import { Limits } from "../../src/domain/limits";
import type { Identity } from "../../src/domain/tokens/identity";
import { openLog } from "../../src/runtime/log";
import { openStore } from "../../src/store/database";
import { Client } from "../client";
import { FakeClock } from "../clock";
import { type TestApp, token } from "../harness";
import { makeToy, startToyApp, type Toy } from "../toy";
import { Poller, RawSocket, until } from "./raw";

type Heard = { event: string; payload: unknown }[];

const GREETED = ["welcome", "authenticated"];
const MINUTE_MS = 60_000;

function events(heard: Heard): string[] {
  return heard.map(({ event }) => event);
}

async function socketOf(app: TestApp, jwt?: string, namespace = ""): Promise<Client> {
  const client = await app.connect("studio", jwt === undefined ? {} : { auth: { token: jwt } }, namespace);
  await client.next("welcome");
  if (jwt !== undefined) await client.next("authenticated");
  return client;
}

/** Why a namespace was not opened. */
async function refusalOf(app: TestApp, options: object, namespace = ""): Promise<{ message: string; data: unknown }> {
  const client = app.client("studio", options, namespace);
  const refused = await client.connected().then(
    () => {
      throw new Error("it was opened");
    },
    (error: Error & { data?: unknown }) => error,
  );
  return { message: refused.message, data: refused.data };
}

function users(toy: Toy): (string | undefined)[] {
  return toy.sessions().map(({ identity }) => identity?.userId);
}

function seconds(clock: FakeClock): number {
  return Math.floor(clock.now() / 1000);
}

describe("the handshake", () => {
  for (const transport of ["websocket", "polling"]) {
    test(`takes a token from auth, the query or a Bearer header, in that order, over ${transport}`, async () => {
      await using app = await startToyApp(makeToy());
      const jwt = await token("u1");
      const other = await token("u2");
      const bearer = (value: string) => ({ extraHeaders: { authorization: `Bearer ${value}` } });
      for (const [options, userId] of [
        [{ auth: { token: jwt } }, "u1"],
        [{ query: { token: jwt } }, "u1"],
        [bearer(jwt), "u1"],
        [{ extraHeaders: { Authorization: `bearer  ${jwt}` } }, "u1"],
        [{ auth: { token: jwt }, query: { token: other }, ...bearer(other) }, "u1"],
        [{ query: { token: jwt }, ...bearer(other) }, "u1"],
        [{ auth: { token: "" }, query: { token: jwt } }, "u1"],
        [{ auth: { token: 5 }, ...bearer(jwt) }, "u1"],
        [{ auth: { token: [jwt] } }, undefined],
        [{ extraHeaders: { authorization: jwt } }, undefined],
        [{ extraHeaders: { cookie: `token=${jwt}` } }, undefined],
        [{ auth: { userId: "u1", sub: "u1", role: "admin" } }, undefined],
        [{}, undefined],
      ] as const) {
        const client = await app.connect("studio", { transports: [transport], ...options });
        const heard = await client.rest();
        expect([options, events(heard)]).toEqual([options, userId ? GREETED : ["welcome"]]);
        if (userId) expect(heard[1]?.payload).toEqual({ userId });
        client.close();
      }
    });
  }

  test("ignores a token where the API does not look for one", async () => {
    const toy = makeToy({ carriers: [] });
    await using app = await startToyApp(toy);
    const jwt = await token("u1");
    const options = { auth: { token: jwt }, query: { token: jwt }, extraHeaders: { authorization: `Bearer ${jwt}` } };
    expect(events(await (await app.connect("studio", options)).rest())).toEqual(["welcome"]);
    expect(users(toy)).toEqual([undefined]);
  });

  test("with a bad token opens a public namespace as a guest, and says why", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const expired = await token("u1", { exp: 1 });
    for (const [jwt, message] of [
      ["none", "Invalid token"],
      [expired, "Token has expired"],
    ]) {
      const client = await app.connect("studio", { auth: { token: jwt } });
      const heard = await client.rest();
      expect(events(heard)).toEqual(["welcome", "authError"]);
      expect(heard[1]?.payload).toEqual({ code: "authentication_failed", message });
      expect(await client.ask("note", { text: "x" })).toMatchObject({ code: "authentication_failed" });
    }
    expect(users(toy)).toEqual([undefined, undefined]);
    expect(toy.handled).toEqual([]);
  });

  test("with a bad token ends the socket after the greeting where the API's words say so", async () => {
    await using app = await startToyApp(makeToy({ failureEnds: true }));
    const client = app.client("studio", { auth: { token: "none" } });
    const reason = client.disconnected();
    expect(await client.next("welcome")).toMatchObject({ id: expect.any(String) });
    expect(await client.next("authError")).toMatchObject({ message: "Invalid token" });
    expect(await reason).toBe("io server disconnect");
  });

  test.each([
    ["a guest", undefined, {}, "Authentication required", "authentication_failed"],
    ["a bad token", "none", {}, "Invalid token", "authentication_failed"],
    ["a user", "u1", {}, "Admin access required", "permission_denied"],
    ["a user with other roles", "u1", { roles: ["owner", "moderator"] }, "Admin access required", "permission_denied"],
    ["an admin by role", "boss", { role: "Admin" }, undefined, undefined],
    ["an admin by roles", "boss", { roles: ["owner", "admin"] }, undefined, undefined],
  ])("opens the admins' namespace to admins only: %s", async (_, user, claims, message, code) => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const jwt = user === "none" || user === undefined ? user : await token(user, claims);
    const options = jwt === undefined ? {} : { auth: { token: jwt } };
    if (message !== undefined) {
      expect(await refusalOf(app, options, "/admin")).toEqual({ message, data: { code } });
      expect(toy.sessions()).toEqual([]);
      return;
    }
    const client = await app.connect("studio", options, "/admin");
    expect(events(await client.rest())).toEqual(GREETED);
    expect(await client.ask("note", { text: "x" })).toEqual({ success: true });
    expect(toy.handled).toEqual(["admin note x"]);
  });

  test("of an unknown namespace is refused", async () => {
    await using app = await startToyApp(makeToy());
    expect(await refusalOf(app, {}, "/nothing")).toMatchObject({ message: "Invalid namespace" });
  });

  test("never leaves its token in the log, whatever becomes of it", async () => {
    await using app = await startToyApp(makeToy({ failureEnds: true }));
    const tokens = [await token("u1"), await token("u1", { exp: 1 }), await token("u1", {}, "x".repeat(32))];
    for (const jwt of tokens) {
      for (const options of [
        { auth: { token: jwt } },
        { query: { token: jwt } },
        { extraHeaders: { authorization: `Bearer ${jwt}` } },
      ]) {
        for (const namespace of ["", "/admin"])
          await app
            .client("studio", options, namespace)
            .connected()
            .catch(() => 0);
      }
      await app.call("studio", `/x?token=${jwt}`, { token: jwt });
      const guest = await app.connect("studio");
      await Promise.race([guest.ask("login", { token: jwt }), guest.disconnected()]);
      await (await app.connect("studio")).ask("throws", { token: jwt });
      const raw = await RawSocket.connected(app.app.url("studio"));
      raw.send(`42["login",{"token":"${jwt}"`);
      await raw.closed();
    }
    expect(app.log.map(({ msg }) => msg)).toEqual(expect.arrayContaining(["a handler failed", "a transport failed"]));
    const log = JSON.stringify(app.log);
    for (const jwt of tokens) expect(log).not.toContain(jwt.split(".")[2] ?? jwt);
  });

  test("of a namespace may be made again on the same connection after it was refused, and after it was left", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const root = await socketOf(app);
    const auth: { token?: string } = {};
    const admin = root.socket.io.socket("/admin", { auth: (give) => give({ ...auth }) });
    const outcome = () =>
      new Promise<string>((resolve) => {
        admin.once("connect_error", ({ message }) => resolve(message));
        admin.once("authenticated", ({ userId }) => resolve(userId));
      });
    const first = outcome();
    expect(await first).toBe("Authentication required");
    for (const userId of ["boss", "other"]) {
      auth.token = await token(userId, { role: "admin" });
      const next = outcome();
      admin.connect();
      expect(await next).toBe(userId);
      expect(users(toy)).toEqual([undefined, userId]);
      admin.disconnect();
      await until("the leave", () => toy.sessions().length === 1);
    }
    expect(await root.rest()).toEqual([]);
  });

  // The document's own "Error Recovery" of requests calls `connect()` from timers: two of them within one round trip ask
  // twice. A refusal of the second one would make the client drop its socket while the server keeps the first.
  test("asked for twice before it is answered leaves client and server agreeing that it is open", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const root = await socketOf(app);
    const admin = root.socket.io.socket("/admin", { auth: { token: await token("boss", { role: "admin" }) } });
    const errors: string[] = [];
    admin.on("connect_error", ({ message }) => errors.push(message));
    admin.connect();
    await until("an answer", () => admin.connected || errors.length > 0);
    await root.ask("count", {});
    expect(errors).toEqual([]);
    expect(admin.connected).toBe(true);
    expect(users(toy)).toEqual([undefined, "boss"]);
  });

  test("repeated on one connection opens one socket for each namespace", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const jwt = await token("u1");
    const poller = new Poller(app.app.url("studio"));
    await poller.open();
    const open = `40{"token":"${jwt}"}`;
    await poller.post([open, open, open].join("\u001e"));
    const witness = await socketOf(app);
    await witness.ask("count", {});
    expect(users(toy).filter((user) => user === "u1")).toHaveLength(1);
  });
});

describe("the limit of connections", () => {
  test("of a user: ten, the eleventh is refused on every namespace, and each that closes makes room", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const jwt = await token("u1", { role: "admin" });
    const clients: Client[] = [];
    for (let n = 0; n < 10; n++) clients.push(await socketOf(app, jwt, n % 2 === 0 ? "" : "/admin"));
    for (const namespace of ["", "/admin"]) {
      expect(await refusalOf(app, { auth: { token: jwt } }, namespace)).toEqual({
        message: "Connection limit exceeded",
        data: { code: "conflict" },
      });
    }
    expect(await (await socketOf(app)).ask("login", { token: jwt })).toEqual({
      success: false,
      error: "Connection limit exceeded",
      code: "conflict",
    });
    await socketOf(app, await token("u2"));
    clients[0]?.close();
    await until("the close", () => toy.line().sessions.of("u1").length === 9);
    await socketOf(app, jwt);
    await refusalOf(app, { auth: { token: jwt } });
    for (const client of clients) client.close();
    await until("the closes", () => toy.line().sessions.of("u1").length === 1);
    for (let n = 0; n < 9; n++) await socketOf(app, jwt);
  });

  test("of a user counts connections: namespaces and second sign-ins on one of them are the same one", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env: { HEADEND_MAX_CONNECTIONS_PER_USER: "1" } });
    const jwt = await token("boss", { role: "admin" });
    const client = await socketOf(app, jwt);
    const admin = client.socket.io.socket("/admin", { auth: { token: jwt } });
    await new Promise((resolve) => admin.once("authenticated", resolve));
    expect(await client.ask("login", { token: jwt })).toEqual({ success: true });
    expect(await refusalOf(app, { auth: { token: jwt } })).toMatchObject({ message: "Connection limit exceeded" });
  });

  for (const namespace of ["", "/admin"]) {
    test(`of a user holds when fifteen come at once on /${namespace.slice(1)}: ten open, five hear why not`, async () => {
      const toy = makeToy();
      await using app = await startToyApp(toy);
      const jwt = await token("u1", { role: "admin" });
      const { tokens } = toy.house();
      const identity = await tokens.verify(jwt);
      // All are verified in the same moment: none has been counted when the next one is looked at.
      const all = Promise.withResolvers<Identity>();
      let verified = 0;
      tokens.verify = () => {
        if (++verified === 15) all.resolve(identity);
        return all.promise;
      };
      const outcomes = await Promise.all(
        Array.from({ length: 15 }, async () => {
          const client = app.client("studio", { auth: { token: jwt } }, namespace);
          return client.connected().then(
            async () => events(await client.rest()).join(" "),
            ({ message, data }) => `${message} ${data?.code}`,
          );
        }),
      );
      expect(toy.line().sessions.of("u1").length).toBe(10);
      expect(outcomes.sort()).toEqual([
        ...Array(5).fill("Connection limit exceeded conflict"),
        ...Array(10).fill(GREETED.join(" ")),
      ]);
      expect(toy.sessions()).toHaveLength(10);
    });
  }

  test("of a user does not count connections that were gone before their token was verified", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const jwt = await token("u1");
    const { tokens } = toy.house();
    const verify = tokens.verify.bind(tokens);
    const identity = await verify(jwt);
    const gate = Promise.withResolvers<Identity>();
    let asked = 0;
    tokens.verify = () => {
      asked++;
      return gate.promise;
    };
    for (let n = 1; n <= 12; n++) {
      const socket = await RawSocket.opened(app.app.url("studio"), `{"token":"${jwt}"}`);
      await until("the verification", () => asked === n);
      socket.close();
      await socket.closed();
    }
    const connections = async () => (await app.call("console", "/metrics")).body as string;
    await until("the closes", async () => (await connections()).includes('headend_connections{api="studio"} 0'));
    gate.resolve(identity);
    tokens.verify = verify;
    for (let n = 0; n < 10; n++) await socketOf(app, jwt);
    expect(users(toy)).toEqual(Array(10).fill("u1"));
  });

  test("of a user holds when fifteen sockets sign in at once by event: ten do, five hear why not", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const jwt = await token("u1");
    const clients = await Promise.all(Array.from({ length: 15 }, () => socketOf(app)));
    const answers = await Promise.all(clients.map((client) => client.ask("login", { token: jwt })));
    expect(answers.filter(({ success }) => success)).toHaveLength(10);
    expect(toy.line().sessions.of("u1").length).toBe(10);
    for (const [index, client] of clients.entries()) {
      const isIn = answers[index]?.success;
      expect(events(await client.rest())).toEqual([isIn ? "authenticated" : "authError"]);
    }
    for (const client of clients) client.close();
    await until("the closes", () => toy.sessions().length === 0);
    expect(toy.line().sessions.signedInUsers).toBe(0);
    await socketOf(app, jwt);
  });

  test("of an address: past it no namespace opens, the root included, until one has closed", async () => {
    const toy = makeToy({ maxConnectionsPerAddress: 3 });
    await using app = await startToyApp(toy, { env: { HEADEND_TRUSTED_PROXIES: "1" } });
    const jwt = await token("boss", { role: "admin" });
    const at = (address: string) => ({ transports: ["polling"], extraHeaders: { "x-forwarded-for": address } });
    const limit = { message: "Connection limit exceeded", data: { code: "conflict" } };
    const clients = [];
    for (let n = 0; n < 3; n++) clients.push(await app.connect("studio", at("192.0.2.1")));
    for (const namespace of ["", "/admin"]) {
      expect(await refusalOf(app, { ...at("192.0.2.1"), auth: { token: jwt } }, namespace)).toEqual(limit);
    }
    await app.connect("studio", at("192.0.2.2"));
    // IPv6: a network of 64 bits is one address.
    for (let n = 0; n < 3; n++) await app.connect("studio", at(`2001:db8::${n}`));
    expect(await refusalOf(app, at("2001:db8:0:0:ffff::1"))).toEqual(limit);
    clients[0]?.close();
    // Those that were refused count until they have closed, too.
    const isClosed = async () =>
      /^headend_connections\{api="studio"\} 6$/m.test(`${(await app.call("console", "/metrics")).body}`);
    while (!(await isClosed())) await Bun.sleep(1);
    await app.connect("studio", at("192.0.2.1"));
    expect(await refusalOf(app, at("192.0.2.1"))).toEqual(limit);
  });

  test("of an address holds when fifteen come at once: exactly as many open as may", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env: { HEADEND_MAX_CONNECTIONS_PER_IP: "10" } });
    const outcomes = await Promise.all(
      Array.from({ length: 15 }, () =>
        app
          .client("studio")
          .connected()
          .then(
            () => "open",
            ({ message }) => message,
          ),
      ),
    );
    expect(outcomes.sort()).toEqual([...Array(5).fill("Connection limit exceeded"), ...Array(10).fill("open")]);
  });
});

describe("the deadline for signing in", () => {
  test("ends guests that never did, not users, and not a guest whose attempt failed any earlier", async () => {
    const clock = new FakeClock();
    const toy = makeToy({ hasAuthDeadline: true });
    await using app = await startToyApp(toy, { clock, env: { HEADEND_AUTH_DEADLINE_MS: "5000" } });
    const [guest, failed] = [await socketOf(app), await socketOf(app)];
    const [user, late] = [await socketOf(app, await token("u1")), await socketOf(app)];
    await failed.ask("login", { token: "none" });
    await failed.next("authError");
    const ends = Promise.all([guest.disconnected(), failed.disconnected()]);
    await clock.advance(4_000);
    expect(await late.ask("login", { token: await token("u2") })).toEqual({ success: true });
    await late.next("authenticated");
    for (const client of [guest, failed]) expect(await client.rest()).toEqual([]);
    await clock.advance(2_000);
    expect(await ends).toEqual(["io server disconnect", "io server disconnect"]);
    await clock.advance(10 * MINUTE_MS);
    for (const client of [user, late]) expect(await client.rest()).toEqual([]);
    expect(users(toy)).toEqual(["u1", "u2"]);
  });

  test("does not exist where guests are welcome", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock, env: { HEADEND_AUTH_DEADLINE_MS: "5000" } });
    const guest = await socketOf(app);
    await clock.advance(10 * MINUTE_MS);
    expect(await guest.rest()).toEqual([]);
  });
});

/** The last word of the toy's dialect, then the end. */
async function expectEnded(clients: readonly Client[], message: string, work: () => Promise<void>): Promise<void> {
  const reasons = Promise.all(clients.map((client) => client.disconnected()));
  await work();
  expect(await reasons).toEqual(clients.map(() => "io server disconnect"));
  for (const client of clients) {
    expect(client.heard).toEqual([{ event: "error", payload: { code: "authentication_failed", message } }]);
  }
}

/** Other accounts on the same file, as a command in another process has them. */
async function otherProcess(app: TestApp, clock: FakeClock): Promise<{ accounts: Accounts } & Disposable> {
  const store = await openStore(app.folder);
  const accounts = new Accounts(store, clock, new Limits(clock), openLog("error", { write: () => undefined }));
  return { accounts, [Symbol.dispose]: () => store.close() };
}

describe("a live socket", () => {
  test("ends within 5 s of its token's end and not before, on every namespace, with the API's last word", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    const short = await token("boss", { role: "admin", exp: seconds(clock) + 60 });
    const long = await token("boss", { role: "admin", exp: seconds(clock) + 600 });
    const ending = [await socketOf(app, short), await socketOf(app, short, "/admin")];
    const staying = [await socketOf(app, long), await socketOf(app, long, "/admin"), await socketOf(app)];
    const byEvent = await socketOf(app);
    await byEvent.ask("login", { token: short });
    await byEvent.next("authenticated");
    ending.push(byEvent);
    await clock.advance(59_900);
    for (const client of ending) expect(await client.rest()).toEqual([]);
    await expectEnded(ending, "Token has expired", () => clock.advance(5_100));
    for (const client of staying) expect(await client.rest()).toEqual([]);
    expect(toy.line().sessions.of("boss").length).toBe(2);
  });

  test("hears the last word on each namespace that its connection has open", async () => {
    const clock = new FakeClock();
    await using app = await startToyApp(makeToy(), { clock });
    const auth = { token: await token("boss", { role: "admin", exp: seconds(clock) + 60 }) };
    const root = await app.connect("studio", { auth });
    const admin = new Client(root.socket.io.socket("/admin", { auth }));
    await admin.connected();
    for (const client of [root, admin]) {
      await client.next("welcome");
      await client.next("authenticated");
    }
    await expectEnded([root, admin], "Token has expired", () => clock.advance(65_000));
  });

  test("without an end in its token stays for as long as it likes", async () => {
    const clock = new FakeClock();
    await using app = await startToyApp(makeToy(), { clock });
    const client = await socketOf(app, await token("u1"));
    clock.jump(10 * 365 * 24 * 60 * MINUTE_MS);
    await clock.advance(10_000);
    expect(await client.rest()).toEqual([]);
  });

  test("ends by the wall clock: a machine that slept wakes to tokens that have run out", async () => {
    const clock = new FakeClock();
    await using app = await startToyApp(makeToy(), { clock });
    const client = await socketOf(app, await token("u1", { exp: seconds(clock) + 3600 }));
    clock.jump(3_600_000);
    await expectEnded([client], "Token has expired", () => clock.advance(5_000));
  });

  test("ends at once when its token is revoked, on every namespace; the user's other tokens live on", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    const { tokens } = toy.house();
    const first = await token("boss", { role: "admin", jti: "1" });
    const second = await token("boss", { role: "admin", jti: "2" });
    const ending = [await socketOf(app, first), await socketOf(app, first, "/admin")];
    const staying = [await socketOf(app, second), await socketOf(app, second, "/admin")];
    const identity = await tokens.verify(first);
    await expectEnded(ending, "Token has been revoked", () => tokens.revoke(identity));
    for (const client of staying) expect(await client.rest()).toEqual([]);
    expect(await refusalOf(app, { auth: { token: first } }, "/admin")).toMatchObject({
      message: "Token has been revoked",
    });
  });

  test("ends within 2 s when its account is disabled by another process; enabled again it may come back", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    using other = await otherProcess(app, clock);
    const jwt = await token("boss", { role: "admin" });
    const ending = [await socketOf(app, jwt), await socketOf(app, jwt, "/admin")];
    const witness = await socketOf(app, await token("u2"));
    await other.accounts.setEnabled("boss", false);
    await expectEnded(ending, "Account is disabled", () => clock.advance(2_000));
    expect(await refusalOf(app, { auth: { token: jwt } }, "/admin")).toMatchObject({ message: "Account is disabled" });
    expect(await witness.rest()).toEqual([]);
    await other.accounts.setEnabled("boss", true);
    await socketOf(app, jwt);
  });

  test("ends within 2 s when its account is deleted, and its token does not make the user anew", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    using other = await otherProcess(app, clock);
    const jwt = await token("u1");
    const client = await socketOf(app, jwt);
    await other.accounts.remove("u1");
    await expectEnded([client], "Account is disabled", () => clock.advance(2_000));
    expect(events(await (await app.connect("studio", { auth: { token: jwt } })).rest())).toEqual([
      "welcome",
      "authError",
    ]);
  });

  test("ends within 2 s when the password changes: ours of before, and another issuer's of before", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    using other = await otherProcess(app, clock);
    const account = await toy.house().accounts.add({ id: "u1", email: "u1@example.com" });
    const ours = (await toy.house().tokens.issue(account)).token;
    const theirs = await token("u1", { iat: seconds(clock) });
    const ending = [await socketOf(app, ours), await socketOf(app, theirs)];
    const undated = await socketOf(app, await token("u1"));
    await clock.advance(10_000);
    await other.accounts.setPassword("u1", "correct horse");
    await expectEnded(ending, "Token has been revoked", () => clock.advance(2_000));
    expect(await undated.rest()).toEqual([]);
    const renewed = await other.accounts.find("u1");
    if (!renewed) throw new Error("the account is gone");
    await socketOf(app, (await toy.house().tokens.issue(renewed)).token);
  });

  test("has the roles of the account within 2 s of their change, without coming again", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    using other = await otherProcess(app, clock);
    const account = await toy.house().accounts.add({ id: "u1" });
    const ours = await socketOf(app, (await toy.house().tokens.issue(account)).token);
    const theirs = await socketOf(app, await token("u1"));
    for (const client of [ours, theirs]) {
      expect(await client.ask("shout", { text: "x" })).toMatchObject({ code: "permission_denied" });
    }
    await other.accounts.setRoles("u1", ["admin"]);
    await clock.advance(2_000);
    for (const client of [ours, theirs]) {
      expect(await client.ask("shout", { text: "x" })).toEqual({ success: true });
      expect(await client.rest()).toEqual([]);
    }
  });

  test("of an admin who no longer is one hears the admins' namespace no more within 2 s, and may shout no more", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    using other = await otherProcess(app, clock);
    const jwt = await token("boss", { role: "admin" });
    const root = await socketOf(app, jwt);
    await socketOf(app, jwt, "/admin");
    await other.accounts.setRoles("boss", ["user"]);
    await clock.advance(2_000);
    expect(toy.sessions().filter(({ namespace }) => namespace === "/admin")).toHaveLength(0);
    if (root.socket.connected) {
      expect(await root.ask("shout", { text: "x" })).toMatchObject({ code: "permission_denied" });
    }
    expect(await refusalOf(app, { auth: { token: jwt } }, "/admin")).toMatchObject({
      message: "Admin access required",
    });
  });
});

test("a socket that is signed out stays open as a guest's, and gives its place back", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy, { env: { HEADEND_MAX_CONNECTIONS_PER_USER: "1" } });
  const client = await socketOf(app, await token("u1"));
  expect(toy.signedIn).toEqual(["u1"]);
  for (const session of toy.sessions()) {
    toy.line().sessions.signOut(session);
    // Twice is once.
    toy.line().sessions.signOut(session);
  }
  expect([toy.left, users(toy)]).toEqual([["u1"], [undefined]]);
  expect(await client.ask("note", { text: "x" })).toMatchObject({ code: "authentication_failed" });
  await socketOf(app, await token("u1"));
  expect(await client.ask("login", { token: await token("u2") })).toMatchObject({ success: true });
  expect(await client.ask("note", { text: "x" })).toEqual({ success: true });
  expect(toy.signedIn).toEqual(["u1", "u1", "u2"]);
});

describe("a second sign-in on a socket", () => {
  test("of the same user extends it, and of an earlier end shortens it", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    const until = (after: number) => token("u1", { exp: seconds(clock) + after });
    const [extended, shortened] = [await socketOf(app, await until(60)), await socketOf(app, await until(3_600))];
    const [long, short] = [await until(3_600), await until(60)];
    for (const [client, jwt] of [
      [extended, long],
      [shortened, short],
    ] as const) {
      expect(await client.ask("login", { token: jwt })).toEqual({ success: true });
      expect(await client.next("authenticated")).toEqual({ userId: "u1" });
    }
    expect(toy.left).toEqual([]);
    await expectEnded([shortened], "Token has expired", () => clock.advance(65_000));
    expect(await extended.rest()).toEqual([]);
    clock.jump(3_600_000);
    await expectEnded([extended], "Token has expired", () => clock.advance(1_000));
  });

  test("of another user switches it: the first one's token, account and limits no longer matter to it", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock, env: { HEADEND_MAX_CONNECTIONS_PER_USER: "1" } });
    const first = await token("u1", { exp: seconds(clock) + 60, role: "admin" });
    const client = await socketOf(app, first);
    expect(await client.ask("login", { token: await token("u2") })).toEqual({ success: true });
    expect(await client.next("authenticated")).toEqual({ userId: "u2" });
    expect(toy.left).toEqual(["u1"]);
    expect(users(toy)).toEqual(["u2"]);
    expect(toy.line().sessions.of("u1").length).toBe(0);
    expect(await client.ask("shout", { text: "x" })).toMatchObject({ code: "permission_denied" });
    await socketOf(app, first);
    await toy.house().accounts.setEnabled("u1", false);
    await clock.advance(70_000);
    expect(await client.rest()).toEqual([]);
    expect(users(toy)).toEqual(["u2"]);
  });

  test.each([
    ["an invalid token", "none", "Invalid token"],
    ["an expired token", { exp: 1 }, "Token has expired"],
  ])("that fails with %s is told, and leaves the socket as it was", async (_, given, message) => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    const client = await socketOf(app, await token("u1"));
    const bad = typeof given === "string" ? given : await token("u2", given);
    expect(await client.ask("login", { token: bad })).toEqual({
      success: false,
      error: message,
      code: "authentication_failed",
    });
    expect(await client.next("authError")).toEqual({ code: "authentication_failed", message });
    expect(await client.ask("note", { text: "x" })).toEqual({ success: true });
    expect(users(toy)).toEqual(["u1"]);
    expect(await client.rest()).toEqual([]);
  });

  test("past the other user's limit of connections is refused, and leaves the socket as it was", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy, { env: { HEADEND_MAX_CONNECTIONS_PER_USER: "1" } });
    const [first, second] = [await token("u1"), await token("u2")];
    await socketOf(app, second);
    const client = await socketOf(app, first);
    expect(await client.ask("login", { token: second })).toMatchObject({ error: "Connection limit exceeded" });
    expect(toy.left).toEqual([]);
    expect(users(toy).sort()).toEqual(["u1", "u2"]);
    expect(await client.ask("note", { text: "x" })).toEqual({ success: true });
  });

  test("without a callback says by event that it failed", async () => {
    await using app = await startToyApp(makeToy());
    const client = await socketOf(app, await token("u1"));
    client.send("login", { token: "none" });
    client.send("login", {});
    const heard = await client.rest();
    expect(heard.map(({ event, payload }) => [event, (payload as { message: string }).message])).toEqual([
      ["authError", "Invalid token"],
      ["authError", "token is required"],
    ]);
  });

  test("during a review of the first user stays with the second", async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    await socketOf(app, await token("u1"));
    const { sessions } = toy.line();
    const [session] = toy.sessions();
    const other: Identity = await toy.house().tokens.verify(await token("u2"));
    if (!session) throw new Error("no session");
    const reviewed = sessions.review("u1");
    sessions.bind(session, other);
    await reviewed;
    expect(session.identity?.userId).toBe("u2");
  });

  test("too many failures from one address are refused for a while, the right token included", async () => {
    const clock = new FakeClock();
    const toy = makeToy();
    await using app = await startToyApp(toy, { clock });
    const jwt = await token("u1");
    const peer = { address: "127.0.0.1", network: "127.0.0.1", secure: false, host: "" };
    for (let n = 0; n < 300; n++) {
      await expect(toy.line().sessions.verify("none", peer)).rejects.toThrow("Invalid token");
    }
    const client = await socketOf(app);
    expect(await client.ask("login", { token: jwt })).toMatchObject({ code: "rate_limit_exceeded" });
    await clock.advance(200);
    expect(await client.ask("login", { token: jwt })).toEqual({ success: true });
  });
});
