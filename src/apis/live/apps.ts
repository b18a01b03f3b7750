import type { Identity } from "../../domain/tokens/identity";
import { claimedApp, verifyWithSecret } from "../../domain/tokens/tenant";
import { MAX_TOKEN_BYTES, signToken, type Tokens } from "../../domain/tokens/tokens";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { AppStore } from "./store";

/** The app whose users are Headend's own. */
export const DEFAULT_APP = "default";

/** A user as an app knows them. */
export interface Member {
  readonly appId: string;
  readonly userId: string;
}

/**
 * The user id that everything inside goes by: a user of one app is nobody in another, and never one of Headend's own.
 * Ids hold no control characters, so no id can be made to look like another app's.
 */
export function keyOf(appId: string, userId: string): string {
  return appId === DEFAULT_APP ? userId : `${appId}\0${userId}`;
}

export function memberOf({ userId }: Identity): Member {
  const at = userId.indexOf("\0");
  return at === -1 ? { appId: DEFAULT_APP, userId } : { appId: userId.slice(0, at), userId: userId.slice(at + 1) };
}

/** Tenants and their tokens (CONTRACT §7). */
export class Apps {
  readonly #store: AppStore;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #secrets = new Map<string, string>();

  constructor(store: AppStore, clock: Clock, tokens: Tokens) {
    this.#store = store;
    this.#clock = clock;
    this.#tokens = tokens;
    for (const { appId, secret } of store.list()) this.#secrets.set(appId, secret);
  }

  has(appId: string): boolean {
    return appId === DEFAULT_APP || this.#secrets.has(appId);
  }

  /** @returns the secret, which is shown this once @throws Refusal `conflict` */
  async create(appId: string, name: string): Promise<string> {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    if (appId === DEFAULT_APP || !this.#store.add({ appId, name, secret, createdAt: this.#clock.now() }))
      throw new Refusal("conflict", `app_id ${appId} exists already`, { field: "app_id" });
    this.#secrets.set(appId, secret);
    return secret;
  }

  /**
   * Whom a token speaks for. The app is the one named, else the token's, else `default`; no token opens another one.
   *
   * @throws Refusal as `Tokens.verify`
   */
  async verify(token: string, named: unknown): Promise<Identity> {
    const claimed = idOf(Buffer.byteLength(token) <= MAX_TOKEN_BYTES ? claimedApp(token) : undefined);
    const appId = idOf(named) ?? claimed ?? DEFAULT_APP;
    if (claimed !== undefined && claimed !== appId) throw invalid();
    if (appId === DEFAULT_APP) return this.#tokens.verify(token);
    const secret = typeof appId === "string" ? this.#secrets.get(appId) : undefined;
    if (typeof appId !== "string" || secret === undefined || claimed === undefined) throw invalid();
    const { claims, facts, app } = await verifyWithSecret(token, secret, this.#clock.now());
    if (idOf(app) !== appId) throw invalid();
    return { ...claims, userId: keyOf(appId, claims.userId), roles: claims.roles, token: facts };
  }

  /** A token of an app's user, signed with that app's secret. @throws Refusal `not_found` */
  async issue(
    appId: string,
    user: { userId: string; username?: string | undefined; role?: string | undefined },
    ttlMs: number,
  ): Promise<{ token: string; expiresAt: number }> {
    const secret = this.#secrets.get(appId);
    if (secret === undefined) throw new Refusal("not_found", "There is no such app", { field: "app_id" });
    const claims = {
      sub: user.userId,
      app_id: appId,
      ...(user.username && { username: user.username }),
      ...(user.role && { role: user.role }),
    };
    return signToken(claims, this.#clock.now(), ttlMs, { secret });
  }
}

/** As everywhere, a number is taken as its digits. */
function idOf(value: unknown): unknown {
  return typeof value === "number" ? String(value) : value;
}

function invalid(): Refusal {
  return new Refusal("authentication_failed", "Invalid token", { reason: "invalid" });
}
