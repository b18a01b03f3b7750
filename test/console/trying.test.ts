import { describe, expect, test } from "bun:test";
import { io } from "socket.io-client";
import { APIS } from "../../src/apis";
import type { ApiContract, Minted } from "../../src/console/wire";
import { Client } from "../client";
import { FakeClock } from "../clock";
import { startTestApp, type TestApp } from "../harness";
import { addPeople } from "./desk";

// What the try-it page does: it reads the contracts, asks for a token and connects as any client does.

async function contractsOf(app: TestApp, headers: Record<string, string> = {}): Promise<ApiContract[]> {
  return (await app.call("console", "/contracts", { headers })).body as ApiContract[];
}

async function mint(app: TestApp, json: object) {
  const { status, body } = await app.call("console", "/tokens", { token: app.app.consoleToken, json });
  return { status, ...(body as Minted & { message?: string; field?: string }) };
}

describe("contracts", () => {
  test("hold every event of every API, with an example and a schema", async () => {
    await using app = await startTestApp();
    const contracts = await contractsOf(app);
    expect(contracts.map(({ name }) => name)).toEqual(APIS.map(({ name }) => name));
    for (const { name, title, namespaces, url } of contracts) {
      const { contract } = APIS.find((api) => api.name === name) ?? {};
      expect(title).toBe(contract?.title ?? "");
      expect(url).toBe(app.app.url(name));
      for (const { name: namespace, access, receives, sends } of namespaces) {
        const rows = contract?.namespaces[namespace as keyof typeof contract.namespaces];
        expect(access).toBe(rows?.access ?? "");
        expect(receives.map(({ event }) => event)).toEqual(Object.keys(rows?.receives ?? {}));
        expect(sends.map(({ event }) => event)).toEqual(Object.keys(rows?.sends ?? {}));
        // Some say all there is to say by their name, and have none.
        expect(receives.map(({ example }) => example)).toEqual(examplesOf(rows?.receives));
        expect(sends.map(({ example }) => example)).toEqual(examplesOf(rows?.sends));
        for (const each of receives) {
          expect(each.limits?.length).toBeGreaterThan(0);
          expect(each.access).toMatch(/^(anyone|user|admin)$/);
        }
        for (const each of [...receives, ...sends]) {
          expect(each.summary).not.toBe("");
          expect(typeof each.schema).toBe("object");
        }
      }
    }
    const message = contracts
      .find(({ name }) => name === "live")
      ?.namespaces[0]?.receives.find(({ event }) => event === "chat:message");
    expect(message).toMatchObject({
      access: "user",
      limits: ["5 in 1 s", "100 in 60 s"],
      example: { stream_id: "stream_qwe456", message: "Hello everyone!" },
      schema: { type: "object", required: ["stream_id", "message"] },
    });
    expect(contracts.filter(({ signInEvent }) => signInEvent).map((each) => [each.name, each.signInEvent])).toEqual([
      ["playback", "authenticate"],
    ]);
  });

  test.each([{}, { HEADEND_PORT: "0" }])("say where each API is reached: %p", async (env) => {
    await using app = await startTestApp({ env });
    await using clients = new AsyncDisposableStack();
    for (const { name, url, path, signInEvent } of await contractsOf(app)) {
      const { token } = await mint(app, { api: name, userId: "u1" });
      const socket = io(url, { path, transports: ["websocket"], forceNew: true, auth: { token } });
      const client = new Client(socket);
      clients.defer(() => client.close());
      await client.connected();
      if (signInEvent) expect(await client.ask(signInEvent, { token })).toMatchObject({ success: true });
    }
  });

  test("call an API that listens everywhere as the console was called, and the page may go there", async () => {
    await using app = await startTestApp({ env: { HEADEND_HOST: "::", HEADEND_CONSOLE_HOST: "0.0.0.0" } });
    const { port } = new URL(app.app.url("live"));
    const authorization = `Bearer ${app.app.consoleToken}`;
    const headers = { host: "tv.example:9000", authorization };
    const live = (await contractsOf(app, headers)).find(({ name }) => name === "live");
    expect(live?.url).toBe(`http://tv.example:${port}`);
    // What is no name gets nowhere.
    const odd = { host: "a;script-src:9000", authorization };
    expect((await app.call("console", "/", { headers: odd })).headers.get("content-security-policy")).toContain(
      ` http://localhost:${port} `,
    );
    const { headers: answered } = await app.call("console", "/", { headers });
    expect(answered.get("content-security-policy")).toContain(` http://tv.example:${port} ws://tv.example:${port} `);
  });
});

describe("a token to try things out", () => {
  test("speaks for anybody for a quarter of an hour, and who made it is in the log", async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const { status, token, expiresAt } = await mint(app, { api: "studio", userId: "somebody new", role: "Admin" });
    expect(status).toBe(201);
    expect(expiresAt).toBe(clock.now() + 15 * 60_000);
    expect(await app.app.house.accounts.find("somebody new")).toBeUndefined();
    const client = await app.connect("studio", { auth: { token } });
    expect(await client.next("authenticated")).toMatchObject({ userId: "somebody new" });
    expect(await app.app.house.tokens.verify(token)).toMatchObject({ roles: ["admin"] });
    const gone = client.disconnected();
    await clock.advance(15 * 60_000 + 6_000);
    await gone;
    expect(app.log).toContainEqual(
      expect.objectContaining({ operator: "console", api: "studio", userId: "somebody new", role: "admin" }),
    );
    expect(JSON.stringify(app.log)).not.toContain(token);
  });

  test("has the roles of an account, and no others", async () => {
    await using app = await startTestApp();
    await addPeople(app);
    const { accounts, tokens } = app.app.house;
    const boss = await mint(app, { api: "requests", userId: "boss" });
    expect(await tokens.verify(boss.token)).toMatchObject({ userId: "boss", roles: ["admin"] });
    expect(await mint(app, { api: "requests", userId: "boss", role: "admin" })).toMatchObject({ status: 201 });
    expect(await mint(app, { api: "requests", userId: "u1", role: "admin" })).toMatchObject({
      status: 409,
      field: "role",
    });
    await accounts.setEnabled("u1", false);
    expect(await mint(app, { api: "requests", userId: "u1" })).toMatchObject({ status: 409, field: "userId" });
  });

  test("is one of an app on live, where that is asked for", async () => {
    const key = "k".repeat(40);
    await using app = await startTestApp({ env: { HEADEND_API_KEY: key } });
    await app.call("live", "/v1/apps", { json: { app_id: "app1", name: "An app" }, headers: { "x-api-key": key } });
    const { token } = await mint(app, { api: "live", userId: "u1", appId: "app1", role: "moderator" });
    const client = await app.connect("live", { auth: { token, app_id: "app1" } });
    expect(await client.next("authenticated")).toMatchObject({ user_id: "u1", app_id: "app1" });
    expect(await client.ask("chat:join", { stream_id: "s" })).toMatchObject({ success: true });
    const unban = { stream_id: "s", target_user_id: "x" };
    expect(await client.ask("moderation:unban", unban)).toMatchObject({ code: "not_found" });
    expect(app.app.house.tokens.verify(token)).rejects.toThrow();
    const own = await mint(app, { api: "live", userId: "u1", appId: "default" });
    expect(await app.app.house.tokens.verify(own.token)).toMatchObject({ userId: "u1" });
    expect(await mint(app, { api: "live", userId: "u1", appId: "none" })).toMatchObject({ status: 404 });
    expect(await mint(app, { api: "studio", userId: "u1", appId: "app1" })).toMatchObject({
      status: 400,
      field: "appId",
    });
  });

  test("is refused for what is not there, with the field that is wrong", async () => {
    await using app = await startTestApp();
    expect(await mint(app, { userId: "u1" })).toMatchObject({ status: 400, field: "api" });
    expect(await mint(app, { api: "none", userId: "u1" })).toMatchObject({ status: 404, field: "api" });
    expect(await mint(app, { api: "live" })).toMatchObject({ status: 400, field: "userId" });
    expect(await mint(app, { api: "live", userId: "" })).toMatchObject({ status: 400, field: "userId" });
    expect(await mint(app, { api: "live", userId: "u1", role: "a b" })).toMatchObject({ status: 400, field: "role" });
  });
});

function examplesOf(rows: object = {}): unknown[] {
  return Object.values(rows).map(({ example }: { example: unknown }) => example);
}
