import type { ManagerOptions, SocketOptions } from "socket.io-client";
import type { Client } from "../../client";
import { FakeClock } from "../../clock";
import { startTestApp, type TestApp } from "../../harness";

export const KEY = "a-key-of-the-tests-with-32-characters-or-more";
export const APP = "app_xyz789";
export const STREAM = "stream_qwe456";

type Options = Partial<ManagerOptions & SocketOptions>;

/** A server with one app, the document's, whose users are made as they are needed. */
export class LiveApp implements AsyncDisposable {
  readonly server: TestApp;
  readonly clock: FakeClock;
  #admins = 0;

  private constructor(server: TestApp, clock: FakeClock) {
    this.server = server;
    this.clock = clock;
  }

  static async start(env: Record<string, string> = {}): Promise<LiveApp> {
    const clock = new FakeClock();
    const server = await startTestApp({ clock, env: { HEADEND_APIS: "live", HEADEND_API_KEY: KEY, ...env } });
    const live = new LiveApp(server, clock);
    await live.rest("/v1/apps", { app_id: APP, name: "The document's app" });
    return live;
  }

  /** A REST call as a server with the API key makes it; with a body it is a POST. */
  rest(path: string, json?: unknown, method?: string) {
    return this.server.call("live", path, { json, headers: { "x-api-key": KEY }, ...(method && { method }) });
  }

  async token(
    userId: string,
    { role, username, app = APP }: { role?: string; username?: string; app?: string } = {},
  ): Promise<string> {
    const { body } = await this.rest(`/v1/apps/${app}/tokens`, { user_id: userId, username, role });
    return (body as { access_token: string }).access_token;
  }

  /** A signed-in socket that has heard `authenticated` and nothing else. */
  async user(
    userId: string,
    who: { role?: string; username?: string; app?: string } = {},
    options: Options = {},
  ): Promise<Client> {
    const token = await this.token(userId, who);
    const client = await this.server.connect("live", { auth: { token, app_id: who.app ?? APP }, ...options });
    await client.next("authenticated");
    return client;
  }

  /** As `user`, in the chat of the stream, with what the join brought already heard. */
  async chatter(
    userId: string,
    who: { role?: string; username?: string } = {},
    options: Options = {},
  ): Promise<Client> {
    const client = await this.user(userId, who, options);
    await client.ask("chat:join", { stream_id: STREAM });
    await client.next("chat:joined");
    await client.next("viewer.count.update");
    return client;
  }

  /** Says something and waits until it is stored, which takes a moment of the clock. */
  async say(client: Client, message: string, more: Record<string, unknown> = {}) {
    const answer = client.ask("chat:message", { stream_id: STREAM, message, ...more });
    // The server has the message once it has answered what came after it.
    await client.ask("no such event");
    await this.clock.advance(50);
    return answer;
  }

  /** Bans or mutes as an admin does; each time another one, who has no limit behind him. @param seconds null = for good */
  async restrict(stream_id: string, kind: "ban" | "mute", userId: string, seconds: number | null): Promise<void> {
    const admin = await this.user(`admin ${this.#admins++}`, { role: "admin" });
    const answer = await admin.ask(`moderation:${kind}`, { stream_id, target_user_id: userId, duration: seconds });
    if (!answer.success) throw new Error(`${kind}: ${answer.error}`);
    await this.leave(admin);
  }

  /** Closes a client and waits until the server has noticed. */
  async leave(client: Client): Promise<void> {
    const before = await this.#connections();
    client.close();
    while ((await this.#connections()) >= before) await Bun.sleep(1);
  }

  async viewers(streamId: string): Promise<number> {
    const { body } = await this.rest(`/v1/streams/${encodeURIComponent(streamId)}?app_id=${APP}`);
    return (body as { viewers: number }).viewers;
  }

  async #connections(): Promise<number> {
    const { body } = await this.server.call("console", "/metrics");
    return Number(/^headend_connections\{api="live"\} (\d+)$/m.exec(body as string)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}
