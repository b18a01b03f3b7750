import { readdirSync, readFileSync } from "node:fs";
import { Client } from "../client";
import { token } from "../harness";
import { ServerProcess } from "../process/server";

/** A key with every scope. */
export const KEY = "a-key-of-the-long-runs-longer-than-32-characters";

/** Settings of the long runs: one machine plays many users, and what is buffered is not buffered long. */
const SETTINGS = {
  HEADEND_API_KEY: KEY,
  HEADEND_MAX_CONNECTIONS_PER_IP: "100000",
  HEADEND_MAX_CONNECTIONS_PER_USER: "1000",
  HEADEND_REGISTRATION: "open",
};

type Answer = Readonly<Record<string, unknown>>;

/** Who makes a call: a token's user, or a server with a key. */
export type Caller = string | "key";

/** A running server of the long runs, in a process of its own. */
export class Place implements AsyncDisposable {
  readonly #server: ServerProcess;
  isGone = false;

  private constructor(server: ServerProcess) {
    this.#server = server;
  }

  static async start(folder: string, env: Record<string, string> = {}): Promise<Place> {
    return new Place(await ServerProcess.start(folder, { ...SETTINGS, ...env }));
  }

  get pid(): number {
    return this.#server.pid;
  }

  url(name: string): string {
    return this.#server.url(name);
  }

  /** A REST call. @returns what it answered, or nothing where it was refused or the server is gone */
  async call(api: string, method: string, path: string, as: Caller, json?: unknown): Promise<Answer | undefined> {
    const authorization = as === "key" ? { "x-api-key": KEY } : { authorization: `Bearer ${as}` };
    const init = {
      method,
      headers: { ...authorization, "content-type": "application/json" },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    };
    try {
      const response = await fetch(this.url(api) + path, init);
      const text = await response.text();
      return response.ok ? (JSON.parse(text || "{}") as Answer) : undefined;
    } catch (error) {
      if (!this.isGone && error instanceof SyntaxError) throw error;
      return undefined;
    }
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.url("console")}/readyz`).catch(() => undefined))?.status === 200;
  }

  /** The figures of `/metrics`, summed over their labels. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const sums = new Map<string, number>();
    const text = await (await fetch(`${this.url("console")}/metrics`)).text();
    for (const [, name = "", value] of text.matchAll(/^([a-z0-9_]+)(?:\{[^}]*\})? (\S+)$/gm)) {
      sums.set(name, (sums.get(name) ?? 0) + Number(value));
    }
    return sums;
  }

  /** Resident memory, MB. */
  residentMb(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }

  /** Open files and sockets. */
  handles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** @returns its exit code and the lines that it logged as errors, or that are no log lines */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<{ code: number; faults: string[] }> {
    this.isGone = true;
    this.#server.signal(signal);
    const { code, stderr } = await this.#server.ended();
    return { code, faults: stderr.split("\n").filter((line) => line !== "" && isFault(line)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

/** Level 50 is `error`, and where the log is told otherwise, its name. */
function isFault(line: string): boolean {
  try {
    const { level } = JSON.parse(line) as { level: unknown };
    return level === "error" || level === "fatal" || (typeof level === "number" && level >= 50);
  } catch {
    return true;
  }
}

/** A client of an API that gives up waiting as soon as its server is gone. */
export class Visitor {
  readonly client: Client;
  readonly #gone: Promise<undefined>;

  private constructor(client: Client) {
    this.client = client;
    this.#gone = new Promise((resolve) => client.socket.once("disconnect", () => resolve(undefined)));
  }

  /** @returns nothing when it is not let in, or the server is gone */
  static async open(
    place: Place,
    api: string,
    auth: object,
    { namespace = "", transport = "websocket" } = {},
  ): Promise<Visitor | undefined> {
    const client = new Client(place.url(api) + namespace, { auth, transports: [transport] });
    // A connection that ends before its namespace is open is told by the connection alone.
    const failed = new Promise<undefined>((resolve) => client.socket.io.once("close", () => resolve(undefined)));
    const opened = client.connected().then(
      () => new Visitor(client),
      () => undefined,
    );
    const visitor = await Promise.race([opened, failed]);
    if (!visitor) client.close();
    return visitor;
  }

  get isOpen(): boolean {
    return this.client.socket.connected;
  }

  /** @returns the acknowledgement; nothing when the server went first */
  async ask(event: string, payload: unknown): Promise<Answer | undefined> {
    if (!this.isOpen) return undefined;
    return Promise.race([this.client.ask<Answer>(event, payload).catch(() => undefined), this.#gone]);
  }

  close(): void {
    this.client.close();
  }
}

/** The token of a user whom some other system knows. */
export function tokenOf(user: string, role?: string, claims: object = {}): Promise<string> {
  return token(user, { ...claims, ...(role && { role }) });
}
