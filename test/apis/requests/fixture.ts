import type { JWTPayload } from "jose";
import type { ManagerOptions, SocketOptions } from "socket.io-client";
import { Client } from "../../client";
import { FakeClock } from "../../clock";
import { startTestApp, type TestApp, token } from "../../harness";

export const KEY = "a-key-of-the-tests-with-32-characters-or-more";
export const INCEPTION = { mediaType: "movie", tmdbId: "27205", title: "Inception" };

type Options = Partial<ManagerOptions & SocketOptions>;

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  body: { success: boolean; data?: any; error?: { code: string; message: string; details?: Record<string, unknown> } };
  headers: Headers;
}

/** A household's server: `boss` is its admin. */
export class Household implements AsyncDisposable {
  readonly server: TestApp;
  readonly clock: FakeClock;

  private constructor(server: TestApp, clock: FakeClock) {
    this.server = server;
    this.clock = clock;
  }

  static async start(env: Record<string, string> = {}, clock = new FakeClock()): Promise<Household> {
    return new Household(
      await startTestApp({ clock, env: { HEADEND_APIS: "requests", HEADEND_API_KEY: KEY, ...env } }),
      clock,
    );
  }

  /** A REST call as a user, as `key`, or as nobody; with a body it is a POST. */
  async call(who: string | null, path: string, json?: unknown, method?: string): Promise<Answer> {
    const as = who === null ? {} : who === "key" ? { headers: { "x-api-key": KEY } } : { token: await this.token(who) };
    const answer = await this.server.call("requests", `/api/v1${path}`, { ...as, json, ...(method && { method }) });
    return answer as Answer;
  }

  token(who: string, claims: JWTPayload = {}): Promise<string> {
    return token(who, { username: who, ...(who === "boss" && { role: "admin" }), ...claims });
  }

  /** A socket that has heard what everybody hears at first, and nothing else. */
  async connect(who: string | null, namespace: string, options: Options = {}): Promise<Client> {
    return greeted(await this.open(who, namespace, options), namespace);
  }

  /** As `connect`, with nothing heard yet. */
  async open(who: string | null, namespace: string, options: Options = {}): Promise<Client> {
    const auth = who === null ? {} : { auth: { token: await this.token(who) } };
    return this.server.connect("requests", { ...auth, ...options }, namespace);
  }

  /** As `connect`, however the token is handed over. */
  async enter(options: Options, namespace = "/"): Promise<Client> {
    return greeted(await this.server.connect("requests", options, namespace), namespace);
  }

  /** A socket of another namespace over the same connection. */
  async alongside(client: Client, who: string | null, namespace: string): Promise<Client> {
    const auth = who === null ? {} : { auth: { token: await this.token(who) } };
    return new Client(client.socket.io.socket(namespace, auth)).connected();
  }

  /** A request of a user. @returns its id */
  async request(who: string, given: object = INCEPTION): Promise<string> {
    return (await this.call(who, "/media/requests", given)).body.data.id;
  }

  decide(id: string, step: string, given?: object): Promise<Answer> {
    return this.call("boss", `/admin/requests/${id}/${step}`, given, "POST");
  }

  report(id: string, downloadedBytes: number, more: object = {}): Promise<Answer> {
    const report = { downloadId: "d1", downloadedBytes, totalBytes: 10_000_000, ...more };
    return this.call("key", `/media/requests/${id}/download`, report, "PUT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

const GREETINGS: Readonly<Record<string, string>> = {
  "/": "system:health",
  "/admin": "admin:service:performance",
  "/system": "system:metrics",
};

async function greeted(client: Client, namespace: string): Promise<Client> {
  const greeting = GREETINGS[namespace];
  if (greeting) await client.next(greeting);
  return client;
}

/** What of a list of events has this name. */
export function only<T = Record<string, unknown>>(
  heard: readonly { event: string; payload: unknown }[],
  event: string,
) {
  return heard.filter((each) => each.event === event).map(({ payload }) => payload as T);
}
