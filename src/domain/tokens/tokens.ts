import { and, isNotNull, lt } from "drizzle-orm";
import { type JWTPayload, SignJWT } from "jose";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Store } from "../../store/database";
import { pruneRows } from "../../store/prune";
import type { Account, Accounts } from "../accounts/accounts";
import { readClaims, VERSION_CLAIM } from "./claims";
import { factsOf, type Identity } from "./identity";
import { type KeySettings, Keys } from "./keys";
import { revocations } from "./tables";

export type { Identity } from "./identity";

export interface TokenSettings extends KeySettings {
  /** Life of the tokens that we sign, ms. */
  readonly ttlMs: number;
}

/** Longer ones are refused unparsed (CONTRACT §2). */
export const MAX_TOKEN_BYTES = 8192;

/** Signs tokens, and tells whom a token speaks for and whether it still counts. */
export class Tokens {
  readonly #keys: Keys;
  readonly #settings: TokenSettings;
  readonly #accounts: Accounts;
  readonly #store: Store;
  readonly #clock: Clock;
  /** Token id to its expiry; every verification asks, so it is kept in memory. */
  readonly #revoked = new Map<string, number | null>();
  readonly #watchers = new Set<(userId: string) => void>();

  private constructor(keys: Keys, settings: TokenSettings, accounts: Accounts, store: Store, clock: Clock) {
    this.#keys = keys;
    this.#settings = settings;
    this.#accounts = accounts;
    this.#store = store;
    this.#clock = clock;
    for (const row of store.db.select().from(revocations).all()) this.#revoked.set(row.tokenId, row.expiresAt);
  }

  /** @throws Fault when a configured key is none */
  static async open(settings: TokenSettings, accounts: Accounts, store: Store, clock: Clock): Promise<Tokens> {
    return new Tokens(await Keys.load(settings), settings, accounts, store, clock);
  }

  /** Life of the tokens that we sign, ms. */
  get ttlMs(): number {
    return this.#settings.ttlMs;
  }

  /** A token for an account, signed with our secret. */
  async issue(account: Account, ttlMs = this.#settings.ttlMs): Promise<{ token: string; expiresAt: number }> {
    const claims = {
      sub: account.id,
      username: account.name,
      ...(account.email && { email: account.email }),
      // For clients that read it; here an account's roles come from its record.
      roles: account.roles,
      [VERSION_CLAIM]: account.version,
    };
    return signToken(claims, this.#clock.now(), ttlMs, this.#settings);
  }

  /** A token for somebody who need not be known: whoever uses it becomes known, with these roles. */
  async issueFor(
    userId: string,
    roles: readonly string[],
    ttlMs: number,
  ): Promise<{ token: string; expiresAt: number }> {
    return signToken({ sub: userId, roles }, this.#clock.now(), ttlMs, this.#settings);
  }

  /**
   * Whom a token speaks for. A user who is not known yet becomes known.
   *
   * @throws Refusal `authentication_failed` with `reason` `invalid`, `expired` or `revoked`; `unavailable` when the
   *   issuer's keys cannot be had
   */
  async verify(token: string): Promise<Identity> {
    if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) {
      throw new Refusal("authentication_failed", "Invalid token", { reason: "invalid", cause: "longer than 8 KiB" });
    }
    const { payload, ours } = await this.#keys.verify(token, this.#clock.now());
    const claims = readClaims(payload);
    const version = ours ? payload[VERSION_CLAIM] : undefined;
    const facts = factsOf(token, payload, claims.roles, typeof version === "number" ? version : null, ours);
    if (this.#revoked.has(facts.id)) throw revoked();
    const roles = await this.#accounts.admit(claims, facts);
    return { userId: claims.userId, email: claims.email, username: claims.username, roles, token: facts };
  }

  /**
   * A later token for whom a token speaks, with no more rights than that one has.
   *
   * @throws Refusal `permission_denied` for tokens of another issuer: how long those hold is for it to say
   */
  async renew({ userId, email, username, token }: Identity): Promise<{ token: string; expiresAt: number }> {
    if (!token.isOurs) throw new Refusal("permission_denied", "This token is renewed by its issuer");
    const account = token.accountVersion === null ? undefined : await this.#accounts.find(userId);
    if (account) return this.issue(account);
    const claims = { sub: userId, username, ...(email && { email }), roles: token.claimedRoles };
    return signToken(claims, this.#clock.now(), this.#settings.ttlMs, this.#settings);
  }

  /**
   * Looks again at an identity that was verified earlier: its account or token may have changed since.
   *
   * @returns the identity with its present roles
   * @throws Refusal `authentication_failed`, as `verify`
   */
  async review(identity: Identity): Promise<Identity> {
    if (this.#revoked.has(identity.token.id)) throw revoked();
    return { ...identity, roles: await this.#accounts.rolesOf(identity.userId, identity.token) };
  }

  /** Makes a token worthless for good, restarts included, and has its live sockets looked at. */
  async revoke(identity: Identity): Promise<void> {
    const row = { tokenId: identity.token.id, expiresAt: identity.token.expiresAt };
    this.#store.db.insert(revocations).values(row).onConflictDoNothing().run();
    this.#revoked.set(row.tokenId, row.expiresAt);
    for (const watcher of this.#watchers) watcher(identity.userId);
  }

  /** `watcher` hears of the users of whom a token was revoked. */
  onRevoked(watcher: (userId: string) => void): void {
    this.#watchers.add(watcher);
  }

  /** Forgets revocations of tokens that have expired since. */
  async sweep(): Promise<void> {
    const now = this.#clock.now();
    const isOver = and(isNotNull(revocations.expiresAt), lt(revocations.expiresAt, now - SWEEP_MARGIN_MS));
    await pruneRows(this.#store, revocations, isOver);
    for (const [id, expiresAt] of this.#revoked) {
      if (expiresAt !== null && expiresAt < now - SWEEP_MARGIN_MS) this.#revoked.delete(id);
    }
  }
}

/**
 * A token signed with our secret. With nothing but a user in its claims it is what another system that shares the
 * secret would make.
 */
export async function signToken(
  claims: JWTPayload,
  nowMs: number,
  ttlMs: number,
  { secret, issuer, audience }: Pick<KeySettings, "secret" | "issuer" | "audience">,
): Promise<{ token: string; expiresAt: number }> {
  const issuedAtS = Math.floor(nowMs / 1000);
  const expiresAtS = issuedAtS + Math.ceil(ttlMs / 1000);
  const jwt = new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setJti(Bun.randomUUIDv7())
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAtS);
  if (issuer) jwt.setIssuer(issuer);
  if (audience) jwt.setAudience(audience);
  return { token: await jwt.sign(new TextEncoder().encode(secret)), expiresAt: expiresAtS * 1000 };
}

/** More than any clock skew that still lets an expired token pass. */
const SWEEP_MARGIN_MS = 60_000;

function revoked(): Refusal {
  return new Refusal("authentication_failed", "Token has been revoked", { reason: "revoked" });
}
