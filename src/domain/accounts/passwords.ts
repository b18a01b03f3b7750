import { Refusal } from "../../refusal";

/** OWASP's figures for argon2id: 19 MiB, two passes; about 26 ms of one core. */
const ARGON2ID = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;
/** Hashing leaves the event loop but not the machine: more at once would starve the sockets. */
const AT_ONCE = 2;
const WAITING = 20;
const BUSY_RETRY_MS = 1_000;

/** Hashes and compares passwords, a few at a time. */
export class Passwords {
  #running = 0;
  readonly #queue: (() => void)[] = [];
  #decoy: Promise<string> | undefined;

  /** @throws Refusal `rate_limit_exceeded` when too many wait already */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => Bun.password.hash(password, ARGON2ID));
  }

  /**
   * Whether the password fits. Without a hash the work is done all the same, against one that nothing fits, so that
   * an unknown account takes as long as a wrong password.
   *
   * @throws Refusal `rate_limit_exceeded` when too many wait already
   */
  fits(password: string, hash: string | null): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#decoy ??= Bun.password.hash(crypto.randomUUID(), ARGON2ID);
      const fits = await Bun.password.verify(password, hash ?? (await this.#decoy));
      return fits && hash !== null;
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#queue.length >= WAITING) throw Refusal.rateLimited(BUSY_RETRY_MS, "Too many sign-ins at once");
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, or nobody could tell it from one that is free.
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
