import type { Account, Accounts } from "../domain/accounts/accounts";
import { randomSecret } from "../domain/tokens/secret";
import type { Clock } from "../runtime/clock";

/** Somebody who may look and change things here. */
export interface Caller {
  /** An admin's id; `console` for whoever holds the console's token. */
  readonly userId: string;
  readonly name: string;
  /** Whether what let them in still holds: asked with every call, and as long as a stream is open. */
  counts(): Promise<boolean>;
}

interface SignIn {
  readonly caller: Caller;
  /** Monotonic ms. */
  readonly endsAt: number;
}

const LIFETIME_MS = 12 * 3_600_000;
/** Past this the oldest ones end: whoever signs in that often is a program. */
const MAX_SIGN_INS = 1_000;

/** Who is signed in at the console, by what their cookie says. In memory: a restart ends all of it. */
export class SignIns {
  readonly #clock: Clock;
  readonly #byHash = new Map<string, SignIn>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seconds, for the cookie. */
  get lifetimeS(): number {
    return LIFETIME_MS / 1000;
  }

  /** @returns what the cookie says from now on */
  begin(caller: Caller): string {
    const secret = randomSecret();
    this.#sweep();
    this.#byHash.set(hash(secret), { caller, endsAt: this.#clock.elapsed() + LIFETIME_MS });
    return secret;
  }

  /** Whose cookie it is, while that counts. */
  async find(secret: string): Promise<Caller | undefined> {
    const key = hash(secret);
    const signIn = this.#byHash.get(key);
    if (!signIn) return undefined;
    if (signIn.endsAt <= this.#clock.elapsed() || !(await signIn.caller.counts())) {
      this.#byHash.delete(key);
      return undefined;
    }
    const { caller } = signIn;
    const counts = async () =>
      this.#byHash.get(key) === signIn && signIn.endsAt > this.#clock.elapsed() && (await caller.counts());
    return { userId: caller.userId, name: caller.name, counts };
  }

  end(secret: string): void {
    this.#byHash.delete(hash(secret));
  }

  #sweep(): void {
    for (const [key, { endsAt }] of this.#byHash) {
      if (endsAt > this.#clock.elapsed() && this.#byHash.size < MAX_SIGN_INS) break;
      this.#byHash.delete(key);
    }
  }
}

/** An account as a caller: until it is no active admin any more, or all its sign-ins are ended. */
export function asCaller({ id, name, version }: Account, accounts: Accounts): Caller {
  return {
    userId: id,
    name,
    async counts() {
      const now = await accounts.find(id);
      return now !== undefined && isAdmin(now) && now.version === version;
    },
  };
}

export function isAdmin({ status, roles }: Account): boolean {
  return status === "active" && roles.includes("admin");
}

/** Two secrets are compared by their hashes, so that how long it takes tells nothing of them. */
export function hash(secret: string): string {
  return new Bun.CryptoHasher("sha256").update(secret).digest("hex");
}
