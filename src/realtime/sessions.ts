import { type Limits, rate } from "../domain/limits";
import type { Identity } from "../domain/tokens/identity";
import type { Tokens } from "../domain/tokens/tokens";
import type { Peer } from "../http/peer";
import { Refusal } from "../refusal";
import type { Clock } from "../runtime/clock";
import { Deadlines } from "../runtime/deadlines";
import type { Log } from "../runtime/log";
import type { Verify } from "./api";
import type { Dialect } from "./dialect";
import type { Session } from "./session";

interface SessionsOptions<Data> {
  readonly api: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
  readonly tokens: Tokens;
  readonly verify: Verify;
  readonly dialect: Dialect<Data>;
  /** The socket speaks for its user from now on. */
  signedIn(session: Session<Data>): void;
  /** The socket no longer speaks for its user. */
  left(session: Session<Data>): void;
  /** The roles of the session's user may have changed. */
  reviewed(session: Session<Data>): void;
  /** Why the user may not be on the session's namespace any more, or nothing. */
  refusal(session: Session<Data>): Refusal | undefined;
  readonly maxConnectionsPerUser: number;
  /** A socket that has not signed in by then is disconnected; absent where guests are welcome. */
  readonly authDeadlineMs?: number | undefined;
}

/** How long before the end of a token its user is told (CONTRACT §2). */
const WARNING_MS = 60_000;
/** Failed sign-ins by event, per address: verifying is cheap and tokens cannot be guessed, so this only saves work. */
const FAILED_SIGN_INS = rate(300, 60_000);

/** The open sockets of one API: who they speak for, and until when. */
export class Sessions<Data> {
  readonly #options: SessionsOptions<Data>;
  /** Lists, since most users have one or two: a set would take 200 bytes more of each. */
  readonly #byUser = new Map<string, readonly Session<Data>[]>();
  /** Connections whose user is known and whose socket is about to open. */
  readonly #opening = new Map<string, Set<object>>();
  /** When a token runs out, in wall time. */
  readonly #expiries = new Deadlines<Session<Data>>();
  /** A minute before that, where the API tells it. */
  readonly #warnings = new Deadlines<Session<Data>>();
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
  of(userId: string): readonly Session<Data>[] {
    return this.#byUser.get(userId) ?? [];
  }

  /** The sockets of everybody who has signed in. */
  *signedIn(): Generator<Session<Data>> {
    for (const sessions of this.#byUser.values()) yield* sessions;
  }

  /**
   * Whom a token speaks for, unless the address has shown too many bad ones.
   *
   * @throws Refusal as `Tokens.verify`, or `rate_limit_exceeded`
   */
  async verify(token: string, peer: Peer, claims: Readonly<Record<string, unknown>> = {}): Promise<Identity> {
    const { api, limits, verify } = this.#options;
    const failures = [{ key: `${api} failed tokens ${peer.network}`, rate: FAILED_SIGN_INS }];
    const waitMs = limits.wait(failures);
    if (waitMs > 0) throw Refusal.rateLimited(waitMs, "Too many failed sign-ins, try again later");
    try {
      return await verify(token, claims);
    } catch (error) {
      limits.take(failures);
      throw error;
    }
  }

  /**
   * Takes one of the user's places for a connection whose socket is about to open, so that many at once do not all
   * find the last one free. `bind` turns it into a socket; `release` gives it back.
   *
   * @throws Refusal `conflict` past the limit of connections
   */
  reserve(userId: string, connection: object): void {
    this.#demandPlace(userId, connection);
    const opening = this.#opening.get(userId) ?? new Set();
    this.#opening.set(userId, opening.add(connection));
  }

  release(userId: string, connection: object): void {
    const opening = this.#opening.get(userId);
    opening?.delete(connection);
    if (opening?.size === 0) this.#opening.delete(userId);
  }

  /**
   * Makes the socket speak for a user: the first time, again for the same one with a later token, or for another one,
   * whose predecessor is forgotten first.
   *
   * @throws Refusal `conflict` past the limit of connections; the session is as it was then
   */
  bind(session: Session<Data>, identity: Identity): void {
    this.#demandPlace(identity.userId, session.connection);
    this.release(identity.userId, session.connection);
    if (session.identity && session.identity.userId !== identity.userId) this.#options.left(session);
    this.#unbind(session);
    session.identity = identity;
    this.#byUser.set(identity.userId, [...this.of(identity.userId), session]);
    this.#authDeadlines.clear(session);
    const { expiresAt } = identity.token;
    if (expiresAt === null) return;
    this.#expiries.set(session, expiresAt);
    if (this.#options.dialect.expiring) this.#warnings.set(session, expiresAt - WARNING_MS);
  }

  /**
   * Signs in by event.
   *
   * @throws Refusal as `verify` and `bind`
   */
  async signIn(session: Session<Data>, token: string, claims: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const identity = await this.verify(token, session.peer, claims);
    if (session.isClosing) return;
    this.signInAs(session, identity);
  }

  /** As `bind`, and tells it. @throws Refusal as `bind` */
  signInAs(session: Session<Data>, identity: Identity): void {
    this.bind(session, identity);
    this.#options.signedIn(session);
  }

  /** Makes the socket a guest's again; it stays open. */
  signOut(session: Session<Data>): void {
    if (session.identity) this.#options.left(session);
    this.#unbind(session);
  }

  /** Tells that signing in failed, in the API's words; its dialect says whether that ends the socket. */
  failSignIn(session: Session<Data>, refusal: Refusal): void {
    if (this.#options.dialect.signInFailed(session, refusal)) session.disconnect();
  }

  /** Once a second: tokens that have run out, and guests who never signed in. */
  sweep(): void {
    const { clock, log, api, dialect } = this.#options;
    for (const session of this.#warnings.due(clock.now())) {
      const expiresAt = session.identity?.token.expiresAt;
      if (expiresAt) dialect.expiring?.(session, expiresAt);
    }
    const expired = new Refusal("authentication_failed", "Token has expired", { reason: "expired" });
    this.#end(this.#expiries.due(clock.now()).map((session) => [session, expired]));
    for (const session of this.#authDeadlines.due(clock.elapsed())) {
      log.info({ api, address: session.peer.address }, "a socket that never signed in is disconnected");
      session.disconnect();
    }
  }

  /** The user's account or one of the user's tokens has changed: ends what no longer counts, renews the roles of the rest. */
  async review(userId: string): Promise<void> {
    const ended: [Session<Data>, Refusal][] = [];
    for (const session of [...this.of(userId)]) {
      const { identity } = session;
      if (!identity) continue;
      const reviewed = await this.#options.tokens.review(identity).catch((error) => Refusal.from(error));
      // Somebody else may have signed in on it meanwhile.
      if (session.identity !== identity) continue;
      if (!(reviewed instanceof Refusal)) session.identity = reviewed;
      const refusal = reviewed instanceof Refusal ? reviewed : this.#options.refusal(session);
      if (refusal) ended.push([session, refusal]);
      else this.#options.reviewed(session);
    }
    this.#end(ended);
  }

  get signedInUsers(): number {
    return this.#byUser.size;
  }

  /** Everybody hears the last word first: the namespaces of a client go down together with their connection. */
  #end(sessions: readonly [Session<Data>, Refusal][]): void {
    const open = sessions.filter(([session]) => !session.isClosing);
    const { dialect } = this.#options;
    for (const [session, refusal] of open) dialect.ended(session, refusal);
    for (const [session] of open) {
      if (dialect.staysAsGuest?.(session)) this.signOut(session);
      else session.disconnect(dialect.staysAsGuest === undefined);
    }
  }

  #demandPlace(userId: string, connection: object): void {
    const others = new Set<object>(this.#opening.get(userId));
    for (const other of this.of(userId)) others.add(other.connection);
    others.delete(connection);
    if (others.size < this.#options.maxConnectionsPerUser) return;
    throw tooManyConnections();
  }

  #unbind(session: Session<Data>): void {
    const { identity } = session;
    if (!identity) return;
    session.identity = null;
    this.#expiries.clear(session);
    this.#warnings.clear(session);
    const others = this.of(identity.userId).filter((each) => each !== session);
    if (others.length > 0) this.#byUser.set(identity.userId, others);
    else this.#byUser.delete(identity.userId);
  }
}

/** The refusal of a connection past the limit of its user or its address. */
export function tooManyConnections(): Refusal {
  return new Refusal("conflict", "Connection limit exceeded", { reason: "connection_limit" });
}
