import { type Limits, rate } from "../domain/limits";
import type { Identity } from "../domain/tokens/identity";
import type { Tokens } from "../domain/tokens/tokens";
import type { Peer } from "../http/peer";
import { Refusal } from "../refusal";
import type { Clock } from "../runtime/clock";
import { Deadlines } from "../runtime/deadlines";
import type { Log } from "../runtime/log";
import type { Dialect } from "./dialect";
import type { Session } from "./session";

interface SessionsOptions<Data> {
  readonly api: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
  readonly tokens: Tokens;
  readonly dialect: Dialect<Data>;
  /** The socket no longer speaks for its user. */
  left(session: Session<Data>): void;
  readonly maxConnectionsPerUser: number;
  /** A socket that has not signed in by then is disconnected; absent where guests are welcome. */
  readonly authDeadlineMs?: number | undefined;
}

/** Failed sign-ins by event, per address: verifying is cheap and tokens cannot be guessed, so this only saves work. */
const FAILED_SIGN_INS = rate(300, 60_000);

/** The open sockets of one API: who they speak for, and until when. */
export class Sessions<Data> {
  readonly #options: SessionsOptions<Data>;
  readonly #byUser = new Map<string, Set<Session<Data>>>();
  /** When a token runs out, in wall time. */
  readonly #expiries = new Deadlines<Session<Data>>();
  /** When a guest must have signed in, in monotonic time. */
  readonly #authDeadlines = new Deadlines<Session<Data>>();

  constructor(options: SessionsOptions<Data>) {
    this.#options = options;
  }

  /** A socket has opened as a guest. */
  enter(session: Session<Data>): void {
    const { authDeadlineMs, clock } = this.#options;
    if (authDeadlineMs !== undefined) this.#authDeadlines.set(session, clock.elapsed() + authDeadlineMs);
  }

  /** A socket has closed. */
  leave(session: Session<Data>): void {
    session.isClosing = true;
    if (session.identity) this.#options.left(session);
    this.#authDeadlines.clear(session);
    this.#unbind(session);
  }

  /** The user's sockets on this API. */
  of(userId: string): ReadonlySet<Session<Data>> {
    return this.#byUser.get(userId) ?? new Set();
  }

  /**
   * Whom a token speaks for, unless the address has shown too many bad ones.
   *
   * @throws Refusal as `Tokens.verify`, or `rate_limit_exceeded`
   */
  async verify(token: string, peer: Peer): Promise<Identity> {
    const { api, limits, tokens } = this.#options;
    const failures = [{ key: `${api} failed tokens ${peer.network}`, rate: FAILED_SIGN_INS }];
    const waitMs = limits.wait(failures);
    if (waitMs > 0) throw Refusal.rateLimited(waitMs, "Too many failed sign-ins, try again later");
    try {
      return await tokens.verify(token);
    } catch (error) {
      limits.take(failures);
      throw error;
    }
  }

  /** The refusal of one more connection for a user, or nothing; `connection` itself does not count. */
  limitRefusal(userId: string, connection: object): Refusal | undefined {
    const others = new Set<object>();
    for (const other of this.of(userId)) others.add(other.connection);
    others.delete(connection);
    if (others.size < this.#options.maxConnectionsPerUser) return undefined;
    return new Refusal("conflict", "Connection limit exceeded", { reason: "connection_limit" });
  }

  /**
   * Makes the socket speak for a user: the first time, again for the same one with a later token, or for another one,
   * whose predecessor is forgotten first.
   *
   * @throws Refusal `conflict` past the limit of connections; the session is as it was then
   */
  bind(session: Session<Data>, identity: Identity): void {
    const tooMany = this.limitRefusal(identity.userId, session.connection);
    if (tooMany) throw tooMany;
    if (session.identity && session.identity.userId !== identity.userId) this.#options.left(session);
    this.#unbind(session);
    session.identity = identity;
    const sockets = this.#byUser.get(identity.userId) ?? new Set();
    this.#byUser.set(identity.userId, sockets.add(session));
    this.#authDeadlines.clear(session);
    if (identity.token.expiresAt !== null) this.#expiries.set(session, identity.token.expiresAt);
  }

  /**
   * Signs in by event.
   *
   * @throws Refusal as `verify` and `bind`
   */
  async signIn(session: Session<Data>, token: string): Promise<void> {
    const identity = await this.verify(token, session.peer);
    if (session.isClosing) return;
    this.bind(session, identity);
    this.#options.dialect.signedIn?.(session);
  }

  /** Tells that signing in failed, in the API's words; its dialect says whether that ends the socket. */
  failSignIn(session: Session<Data>, refusal: Refusal): void {
    if (this.#options.dialect.signInFailed(session, refusal)) session.disconnect();
  }

  /** Once a second: tokens that have run out, and guests who never signed in. */
  sweep(): void {
    const { clock, log, api } = this.#options;
    for (const session of this.#expiries.due(clock.now())) {
      this.#end(session, new Refusal("authentication_failed", "Token has expired", { reason: "expired" }));
    }
    for (const session of this.#authDeadlines.due(clock.elapsed())) {
      log.info({ api, address: session.peer.address }, "a socket that never signed in is disconnected");
      session.disconnect();
    }
  }

  /** The user's account or one of the user's tokens has changed: ends what no longer counts, renews the roles of the rest. */
  async review(userId: string): Promise<void> {
    for (const session of [...this.of(userId)]) {
      const { identity } = session;
      if (!identity) continue;
      try {
        session.identity = await this.#options.tokens.review(identity);
      } catch (error) {
        this.#end(session, Refusal.from(error));
      }
    }
  }

  get signedInUsers(): number {
    return this.#byUser.size;
  }

  #end(session: Session<Data>, refusal: Refusal): void {
    if (session.isClosing) return;
    this.#options.dialect.ended(session, refusal);
    session.disconnect();
  }

  #unbind(session: Session<Data>): void {
    const { identity } = session;
    if (!identity) return;
    session.identity = null;
    this.#expiries.clear(session);
    const sockets = this.#byUser.get(identity.userId);
    sockets?.delete(session);
    if (sockets?.size === 0) this.#byUser.delete(identity.userId);
  }
}
