import { expect } from "bun:test";
import type { JWTPayload } from "jose";
import type { ManagerOptions, SocketOptions } from "socket.io-client";
import type { Client } from "../../client";
import { FakeClock } from "../../clock";
import { startTestApp, type TestApp, token } from "../../harness";

export const KEY = "a-key-of-the-tests-with-32-characters-or-more";
export const NAMESPACES = ["/", "/media", "/notifications"];

type Options = Partial<ManagerOptions & SocketOptions>;
interface Called {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared as a whole; where one field is wanted, it is named
  readonly body: any;
  readonly headers: Headers;
}

/** A studio server with its users, workers and other servers. */
export class StudioApp implements AsyncDisposable {
  readonly server: TestApp;
  readonly clock: FakeClock;

  private constructor(server: TestApp, clock: FakeClock) {
    this.server = server;
    this.clock = clock;
  }

  static async start(env: Record<string, string> = {}, clock = new FakeClock()): Promise<StudioApp> {
    return new StudioApp(
      await startTestApp({ clock, env: { HEADEND_APIS: "studio", HEADEND_API_KEY: KEY, ...env } }),
      clock,
    );
  }

  /** A call as a server or a worker makes it; with a body it is a POST. */
  asServer(path: string, json?: unknown, method?: string): Promise<Called> {
    const headers = { "x-api-key": KEY };
    return this.server.call("studio", `/api/v1${path}`, { json, headers, ...(method && { method }) });
  }

  /** A call as a user makes it. */
  async as(userId: string, path: string, json?: unknown, method?: string, claims: JWTPayload = {}): Promise<Called> {
    const jwt = await token(userId, claims);
    return this.server.call("studio", `/api/v1${path}`, { json, token: jwt, ...(method && { method }) });
  }

  /** A guest's socket that has heard its welcome. */
  async guest(namespace = "/", options: Options = {}): Promise<Client> {
    const client = await this.server.connect("studio", options, namespace);
    await client.next("welcome");
    return client;
  }

  /** A user's socket that has heard its greeting. */
  async user(userId: string, namespace = "/", claims: JWTPayload = {}, options: Options = {}): Promise<Client> {
    const client = await this.guest(namespace, { auth: { token: await token(userId, claims) }, ...options });
    await client.next("authenticated");
    return client;
  }

  /** A new job. @returns its id */
  async job(userId: string, given: object = {}): Promise<string> {
    const { body } = await this.as(userId, "/media", { kind: "image", ...given });
    return body.data.mediaId;
  }

  /** A new job that a worker has. @returns its id */
  async claimed(userId: string, given: object = {}): Promise<string> {
    const id = await this.job(userId, given);
    const { body } = await this.asServer("/media/claim", { worker: "w" });
    if (body.data.mediaId !== id) throw new Error("another job was older");
    return id;
  }

  /** A socket that follows a job and has heard its last state. */
  async follower(userId: string, mediaId: string, claims: JWTPayload = {}, options: Options = {}): Promise<Client> {
    const client = await this.user(userId, "/media", claims, options);
    const answer = await client.ask("subscribeMedia", mediaId);
    if (!answer.success) throw new Error(String(answer.error));
    await client.rest();
    for (const event of ["mediaProgress", "mediaComplete", "mediaError"])
      if (client.heard.some((each) => each.event === event)) await client.next(event);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** What a REST call is refused with. */
export function refusal(code: string, message?: string) {
  return { success: false, error: expect.objectContaining({ code, ...(message && { message }) }) };
}
