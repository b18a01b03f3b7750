import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JWTPayload, SignJWT } from "jose";
import type { ManagerOptions, SocketOptions } from "socket.io-client";
import { APIS } from "../src/apis";
import { type App, startApp } from "../src/app";
import { readConfig } from "../src/config";
import type { Api } from "../src/realtime/api";
import type { Clock } from "../src/runtime/clock";
import { openLog } from "../src/runtime/log";
import { Client } from "./client";
import { FakeClock } from "./clock";

export const SECRET = "a secret of the tests, longer than 32 bytes";

export interface TestOptions {
  /** Settings over those of a test: loopback, any free port, a folder of its own. */
  env?: Record<string, string>;
  clock?: Clock;
  // biome-ignore lint/suspicious/noExplicitAny: as in apis/index.ts
  apis?: readonly Api<any, any>[];
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "headend-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** While this variable is set, servers of tests take Socket.IO's own path unless the test says otherwise. */
export const STOCK_SOCKETS = "TEST_STOCK_SOCKETS";

/** Every setting a test needs to be alone on the machine. */
export function testEnvironment(folder: string): Record<string, string> {
  return {
    ...(process.env[STOCK_SOCKETS] && { HEADEND_LEAN_SOCKETS: "off" }),
    HEADEND_DATA: folder,
    HEADEND_HOST: "127.0.0.1",
    ...Object.fromEntries(APIS.map(({ name }) => [`HEADEND_${name.toUpperCase()}_PORT`, "0"])),
    HEADEND_CONSOLE_PORT: "0",
    HEADEND_JWT_SECRET: SECRET,
  };
}

/** A token as another system that shares our secret would make it. */
export function token(userId: string, claims: JWTPayload = {}, secret = SECRET): Promise<string> {
  return new SignJWT({ sub: userId, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}

/** A real server on ports of its own, with real clients; closed with everything it opened by `await using`. */
export class TestApp implements AsyncDisposable {
  readonly app: App;
  /** What the server logged, parsed. */
  readonly log: Record<string, unknown>[];
  /** Its data folder. */
  readonly folder: string;
  readonly #clients: Client[] = [];
  readonly #cleanUp: () => void;

  constructor(app: App, log: Record<string, unknown>[], folder: string, cleanUp: () => void) {
    this.app = app;
    this.log = log;
    this.folder = folder;
    this.#cleanUp = cleanUp;
  }

  /** A client of an API, connected. */
  async connect(api: string, options: Partial<ManagerOptions & SocketOptions> = {}, namespace = ""): Promise<Client> {
    return this.client(api, options, namespace).connected();
  }

  /** A client of an API that may fail to connect. */
  client(api: string, options: Partial<ManagerOptions & SocketOptions> = {}, namespace = ""): Client {
    const client = new Client(this.app.url(api) + namespace, options);
    this.#clients.push(client);
    return client;
  }

  /** A REST call; `json` makes it a POST. */
  async call(
    api: string,
    path: string,
    { token, json, ...init }: RequestInit & { token?: string; json?: unknown } = {},
  ): Promise<{ status: number; body: unknown; headers: Headers }> {
    const headers = new Headers(init.headers);
    if (token) headers.set("authorization", `Bearer ${token}`);
    if (json !== undefined) headers.set("content-type", "application/json");
    const body = json === undefined ? init.body : JSON.stringify(json);
    const method = init.method ?? (json === undefined ? "GET" : "POST");
    const response = await fetch(this.app.url(api) + path, { ...init, method, headers, ...(body != null && { body }) });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : asJson(text), headers: response.headers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.app.stop();
    this.#cleanUp();
  }
}

/** Starts a server for one test. Time stands still unless the test moves it (`FakeClock`) or brings a real clock. */
export async function startTestApp({ env = {}, clock, apis }: TestOptions = {}): Promise<TestApp> {
  const folder = env.HEADEND_DATA === undefined ? temporaryFolder() : undefined;
  const log: Record<string, unknown>[] = [];
  const config = readConfig({ ...testEnvironment(folder?.path ?? ""), ...env });
  const app = await startApp(config, {
    clock: clock ?? new FakeClock(),
    log: openLog("debug", { write: (line) => log.push(JSON.parse(line)) }),
    ...(apis && { apis }),
    isChecked: true,
    version: "0.0.0-test",
  });
  return new TestApp(app, log, config.data, () => folder?.[Symbol.dispose]());
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
