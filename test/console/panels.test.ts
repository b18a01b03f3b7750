import { describe, expect, test } from "bun:test";
import type { PanelInfo } from "../../src/console/wire";
import { FakeClock } from "../clock";
import { startTestApp, token } from "../harness";
import { act, addPeople, detailsOf, PASSWORD, rowsOf, signIn } from "./desk";

describe("panels", () => {
  test("are those of the console and of every API, each with what it takes to show it", async () => {
    await using app = await startTestApp();
    const panels = (await app.call("console", "/panels")).body as PanelInfo[];
    expect(panels.map(({ api, name }) => `${api}/${name}`)).toEqual([
      ...["console/connections", "console/users", "console/keys", "playback/clients"],
      ...["requests/media", "requests/downloads", "requests/services", "requests/alerts"],
      ...["studio/jobs", "studio/rooms", "live/streams", "learning/classes"],
    ]);
    for (const { api, name, title, columns, actions, hasDetails } of panels) {
      expect(name).toMatch(/^[a-z]+$/);
      expect(title).not.toBe("");
      const keys = columns.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      // What an action is offered for is shown.
      for (const { offeredFor } of actions) if (offeredFor) expect(keys).toContain(offeredFor.key);
      const names = actions.map((action) => action.name);
      expect(new Set(names).size).toBe(names.length);
      expect(await rowsOf(app, `${api}/${name}`, "nothing has this name")).toEqual([]);
      const details = await app.call("console", `/panels/${api}/${name}/details?id=none`);
      expect([name, hasDetails, details.status]).toEqual([name, hasDetails, 404]);
    }
  });

  test("of an API that is not served are not there", async () => {
    await using app = await startTestApp({ env: { HEADEND_APIS: "studio" } });
    const panels = (await app.call("console", "/panels")).body as PanelInfo[];
    expect(new Set(panels.map(({ api }) => api))).toEqual(new Set(["console", "studio"]));
    expect((await app.call("console", "/panels/live/streams")).status).toBe(404);
  });

  test("refuse what they do not know, and name the field that is wrong", async () => {
    await using app = await startTestApp();
    const { consoleToken } = app.app;
    const post = async (panel: string, json: object) => {
      const { status, body } = await app.call("console", `/panels/${panel}`, { token: consoleToken, json });
      return [status, (body as { field?: string }).field];
    };
    expect(await post("console/none", { action: "add" })).toEqual([404, undefined]);
    expect(await post("console/users", {})).toEqual([400, "action"]);
    expect(await post("console/users", { action: "none" })).toEqual([400, "action"]);
    expect(await post("console/users", { action: "constructor" })).toEqual([400, "action"]);
    expect(await post("console/users", { action: "disable" })).toEqual([400, "id"]);
    expect(await post("console/users", { action: "disable", id: "x".repeat(2_000) })).toEqual([400, "id"]);
    expect(await post("console/users", { action: "disable", id: "nobody" })).toEqual([404, undefined]);
    expect(await post("console/users", { action: "add", fields: {} })).toEqual([400, "email"]);
    expect(await post("console/users", { action: "add", fields: { email: "  " } })).toEqual([400, "email"]);
    expect(await post("console/users", { action: "add", fields: { email: "none" } })).toEqual([400, "email"]);
    expect(await post("console/users", { action: "add", fields: { email: 7 } })).toEqual([400, "fields.email"]);
    expect(await post("console/users", { action: "add", fields: { email: "x".repeat(20_000) } })).toEqual([
      400,
      "fields.email",
    ]);
    expect(await post("playback/clients", { action: "play", id: "c", fields: { type: "song", id: "1" } })).toEqual([
      400,
      "type",
    ]);
    expect(await post("live/streams", { action: "slow", id: "default/s", fields: { interval: "soon" } })).toEqual([
      400,
      "interval",
    ]);
    expect(await app.app.house.accounts.list()).toEqual([]);
  });

  test("note in the log who did what, without what was typed in", async () => {
    await using app = await startTestApp();
    await addPeople(app);
    const cookie = await signIn(app, { login: "boss", password: PASSWORD });
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const json = { action: "password", id: "u1", fields: { password: "another password" } };
    expect((await app.call("console", "/panels/console/users", { headers, json })).status).toBe(200);
    expect(app.log).toContainEqual(
      expect.objectContaining({ operator: "boss", panel: "console/users", action: "password", target: "u1" }),
    );
    expect(JSON.stringify(app.log)).not.toContain("another password");
  });
});

describe("users", () => {
  test("are found by id, email or name, the newest first, at most two hundred", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const { accounts } = app.app.house;
    for (let i = 0; i < 210; i++) {
      clock.pass(1_000);
      await accounts.add({ id: `user ${i}`, email: `u${i}@example.com`, name: i === 5 ? "Zoë 100%" : "Somebody" });
    }
    await accounts.remove("user 209");
    const rows = await rowsOf(app, "console/users");
    expect(rows).toHaveLength(200);
    expect(rows[0]).toEqual({
      id: "user 208",
      name: "Somebody",
      email: "u208@example.com",
      roles: "",
      status: "active",
      created: clock.now() - 1_000,
    });
    const found = async (search: string) => (await rowsOf(app, "console/users", search)).map(({ id }) => id);
    expect(await found("USER 11")).toEqual([...range(119, 110), "user 11"]);
    expect(await found("u7@EXAMPLE")).toEqual(["user 7"]);
    expect(await found("100%")).toEqual(["user 5"]);
    expect(await found("u209@")).toEqual([]);
    expect(await found("%")).toEqual(["user 5"]);
  });

  test("of whom there are very many are found by their whole id or email, and the newest by any part of it", async () => {
    await using app = await startTestApp();
    await app.app.house.accounts.add({ id: "first", email: "first@example.com" });
    app.app.house.store.db.$client.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50_000)
       INSERT INTO accounts (id, name, roles, created_at) SELECT 'many ' || i, 'Somebody', '', i FROM n`,
    );
    const found = async (search: string) => (await rowsOf(app, "console/users", search)).map(({ id }) => id);
    expect(await found("fir")).toEqual([]);
    expect(await found("first")).toEqual(["first"]);
    expect(await found("First@example.com")).toEqual(["first"]);
    expect(await found("any 49999")).toEqual(["many 49999"]);
    expect((await found(""))[0]).toBe("many 50000");
  });

  test("are added, with a password that works, and never twice", async () => {
    await using app = await startTestApp();
    const fields = { email: "new@example.com", id: "new", name: "New", roles: "Admin, moderator", password: PASSWORD };
    expect(await act(app, "console/users", "add", "", fields)).toEqual({ status: 200, message: "new is added" });
    expect(await rowsOf(app, "console/users")).toMatchObject([{ id: "new", name: "New", roles: "admin, moderator" }]);
    expect(await signIn(app, { login: "new@example.com", password: PASSWORD })).not.toBe("");
    expect(await act(app, "console/users", "add", "", fields)).toMatchObject({ status: 409, field: "id" });
    const short = { email: "b@example.com", password: "short" };
    expect(await act(app, "console/users", "add", "", short)).toMatchObject({ status: 400, field: "password" });
    const odd = { email: "b@example.com", roles: "a b" };
    expect(await act(app, "console/users", "add", "", odd)).toMatchObject({ status: 400, field: "roles" });
    expect(await rowsOf(app, "console/users")).toHaveLength(1);
  });

  test.each([
    ["disable", {}],
    ["password", { password: "another password" }],
    ["revoke", {}],
    ["delete", {}],
  ])("that are changed by %s lose their sockets before the answer, and nobody else does", async (action, fields) => {
    await using app = await startTestApp();
    await addPeople(app);
    const { accounts, tokens } = app.app.house;
    const clients = [];
    for (const id of ["u1", "boss"]) {
      const account = await accounts.find(id);
      if (!account) throw new Error("no account");
      const client = await app.connect("studio", { auth: { token: (await tokens.issue(account)).token } });
      await client.next("authenticated");
      clients.push(client);
    }
    const [user, boss] = clients;
    const gone = user?.disconnected();
    expect(await act(app, "console/users", action, "u1", fields)).toMatchObject({ status: 200 });
    expect(await gone).toBe("io server disconnect");
    expect(user?.heard.map(({ event }) => event)).toContain("authError");
    expect(await boss?.ask("ping", {})).toMatchObject({ success: true });
  });

  test("get and lose roles at once, on the sockets that are open too", async () => {
    await using app = await startTestApp();
    await addPeople(app);
    const { accounts, tokens } = app.app.house;
    const boss = await accounts.find("boss");
    if (!boss) throw new Error("no account");
    const { token } = await tokens.issue(boss);
    const client = await app.connect("requests", { auth: { token } }, "/admin");
    const gone = client.disconnected();
    expect(await act(app, "console/users", "role", "boss", { roles: "" })).toEqual({
      status: 200,
      message: "boss has no roles",
    });
    await gone;
    await act(app, "console/users", "role", "boss", { roles: "admin" });
    await app.connect("requests", { auth: { token } }, "/admin");
  });

  test("who are disabled come in again once they are enabled", async () => {
    await using app = await startTestApp();
    await addPeople(app);
    const login = { login: "boss", password: PASSWORD };
    await act(app, "console/users", "disable", "boss");
    expect(signIn(app, login)).rejects.toThrow("401");
    expect(await rowsOf(app, "console/users", "boss")).toMatchObject([{ status: "disabled" }]);
    await act(app, "console/users", "enable", "boss");
    expect(await signIn(app, login)).not.toBe("");
  });
});

describe("keys", () => {
  test("are made, shown once, and worth nothing when they are revoked", async () => {
    await using app = await startTestApp();
    const made = await act(app, "console/keys", "add", "", { name: "grafana", scopes: "metrics, live" });
    const key = /hk_[\w-]{43}$/.exec(made.message)?.[0] ?? "";
    expect(made).toEqual({ status: 200, message: `grafana is made. It is shown this once: ${key}` });
    expect(app.app.house.apiKeys.allows(key, "live")).toBe(true);
    expect(app.app.house.apiKeys.allows(key, "studio")).toBe(false);
    expect(await rowsOf(app, "console/keys")).toMatchObject([{ id: "grafana", scopes: "metrics, live" }]);
    expect(JSON.stringify(app.log)).not.toContain(key);
    const add = (fields: Record<string, string>) => act(app, "console/keys", "add", "", fields);
    expect(await add({ name: "grafana", scopes: "live" })).toMatchObject({ status: 409, field: "name" });
    expect(await add({ name: "a b", scopes: "live" })).toMatchObject({ status: 400, field: "name" });
    expect(await add({ name: "b", scopes: "everything" })).toMatchObject({ status: 400, field: "scopes" });
    expect(await add({ name: "b", scopes: "live,,studio" })).toMatchObject({ status: 400, field: "scopes" });
    expect(await act(app, "console/keys", "revoke", "grafana")).toEqual({ status: 200, message: "grafana is revoked" });
    expect(app.app.house.apiKeys.allows(key, "live")).toBe(false);
    expect(await act(app, "console/keys", "revoke", "grafana")).toMatchObject({ status: 404 });
    expect(await rowsOf(app, "console/keys")).toEqual([]);
  });
});

describe("connections", () => {
  test("show who is connected, to what and from where", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const guest = await app.connect("studio", { extraHeaders: { "user-agent": "tests/1" } });
    clock.pass(1_000);
    const user = await app.connect("requests", { auth: { token: await token("u1") } }, "/media");
    const both = user.socket.io.socket("/authenticated", { auth: { token: await token("u1") } });
    await new Promise((resolve) => both.once("connect", () => resolve(undefined)));
    const rows = await rowsOf(app, "console/connections");
    expect(rows).toEqual([
      {
        id: user.id,
        api: "requests",
        user: "u1",
        address: "127.0.0.1",
        namespaces: "/media /authenticated",
        agent: expect.any(String),
        since: clock.now(),
      },
      {
        id: guest.id,
        api: "studio",
        user: null,
        address: "127.0.0.1",
        namespaces: "/",
        agent: "tests/1",
        since: clock.now() - 1_000,
      },
    ]);
    for (const [search, ids] of [
      ["U1", [user.id]],
      ["tests/", [guest.id]],
      ["studio", [guest.id]],
      ["null", []],
    ] as const) {
      expect((await rowsOf(app, "console/connections", search)).map(({ id }) => id)).toEqual([...ids]);
    }
    // A connection is told by a name that opens nothing: with the engine's own one could go on in its stead.
    expect(JSON.stringify(rows)).not.toContain(user.socket.io.engine.id);
  });

  test("are at most two hundred, the newest", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const clients = [];
    for (let i = 0; i < 205; i++) {
      clock.pass(1);
      clients.push(await app.connect(i % 2 === 0 ? "live" : "playback"));
    }
    const rows = await rowsOf(app, "console/connections");
    expect(rows.map(({ id }) => id)).toEqual(
      clients
        .slice(5)
        .reverse()
        .map(({ id }) => id),
    );
  });

  test("are ended by an operator, with all their namespaces", async () => {
    await using app = await startTestApp();
    const user = await app.connect("requests", { auth: { token: await token("u1") } }, "/media");
    const both = user.socket.io.socket("/authenticated", { auth: { token: await token("u1") } });
    await new Promise((resolve) => both.once("connect", () => resolve(undefined)));
    const other = await app.connect("requests", { auth: { token: await token("u1") } }, "/media");
    const gone = Promise.all([user.disconnected(), new Promise((resolve) => both.once("disconnect", resolve))]);
    const [row] = await rowsOf(app, "console/connections", "/authenticated");
    expect(await act(app, "console/connections", "disconnect", row?.id)).toEqual({
      status: 200,
      message: "u1 is disconnected from requests",
    });
    await gone;
    expect(await act(app, "console/connections", "disconnect", row?.id)).toMatchObject({ status: 404 });
    expect((await rowsOf(app, "console/connections")).map(({ id }) => id)).toEqual([other.id]);
    expect(other.socket.connected).toBe(true);
  });
});

test("details are there for rows that are there", async () => {
  await using app = await startTestApp();
  expect(await detailsOf(app, "studio/jobs", "none")).toEqual({ message: "Media not found" } as never);
  expect((await app.call("console", "/panels/studio/jobs/details")).status).toBe(400);
  expect((await app.call("console", "/panels/console/keys/details?id=x")).status).toBe(404);
});

function range(from: number, to: number): string[] {
  return Array.from({ length: from - to + 1 }, (_, i) => `user ${from - i}`);
}
