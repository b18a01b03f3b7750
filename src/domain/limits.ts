import type { Clock } from "../runtime/clock";

/** `burst` tokens at the start, one more every `intervalMs`. */
export interface Rate {
  readonly burst: number;
  readonly intervalMs: number;
}

export function rate(count: number, periodMs: number, burst = count): Rate {
  return { burst, intervalMs: periodMs / count };
}

/** A third of a second is no sum of binary fractions: what is left of such sums is no wait. */
const ROUNDING_MS = 1e-3;

/**
 * A token bucket as one number: the moment at which it will be full again (the generic cell rate algorithm). That is
 * all that must be kept, so a bucket costs nothing while nobody uses it.
 *
 * @returns 0 when a token is there, else the milliseconds until there is one
 */
export function waitMs(fullAt: number, now: number, { burst, intervalMs }: Rate): number {
  const wait = fullAt - now - (burst - 1) * intervalMs;
  return wait > ROUNDING_MS ? wait : 0;
}

/** The bucket after one token is taken. */
export function taken(fullAt: number, now: number, { intervalMs }: Rate): number {
  return Math.max(fullAt, now) + intervalMs;
}

function none(): number {
  return 0;
}

/** Which bucket, and how it fills. */
export interface Bucket {
  readonly key: string;
  readonly rate: Rate;
}

/** Past this many keys the oldest are forgotten (they start full again): memory stays bounded under any flood. */
const MAX_KEYS = 500_000;

/**
 * Buckets by key, which outlive sockets: a second socket or a reconnect of the same user gains nothing. Full buckets
 * are forgotten by `sweep`.
 */
export class Limits {
  readonly #clock: Clock;
  readonly #fullAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes a token from every bucket, or from none.
   *
   * @returns 0 when taken, else the longest wait in milliseconds: waiting that long succeeds
   */
  take(buckets: readonly Bucket[]): number {
    const wait = this.wait(buckets);
    if (wait > 0) return wait;
    const now = this.#clock.elapsed();
    for (const { key, rate } of buckets) this.#fullAt.set(key, taken(this.#fullAt.get(key) ?? now, now, rate));
    if (this.#fullAt.size > MAX_KEYS) this.#forgetOldest();
    return 0;
  }

  /**
   * As `take`, without taking.
   *
   * @param back how many tokens of a bucket are thought of as given back
   */
  wait(buckets: readonly Bucket[], back: (key: string) => number = none): number {
    const now = this.#clock.elapsed();
    let longest = 0;
    for (const { key, rate } of buckets) {
      const fullAt = (this.#fullAt.get(key) ?? now) - back(key) * rate.intervalMs;
      longest = Math.max(longest, waitMs(fullAt, now, rate));
    }
    return longest;
  }

  /** Puts back what `take` took. */
  giveBack(buckets: readonly Bucket[]): void {
    for (const { key, rate } of buckets) {
      const fullAt = this.#fullAt.get(key);
      if (fullAt !== undefined) this.#fullAt.set(key, fullAt - rate.intervalMs);
    }
  }

  /** Forgets full buckets; called by the ticker. */
  sweep(): void {
    const now = this.#clock.elapsed();
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
  }

  get size(): number {
    return this.#fullAt.size;
  }

  #forgetOldest(): void {
    this.sweep();
    for (const key of this.#fullAt.keys()) {
      if (this.#fullAt.size <= MAX_KEYS / 2) break;
      this.#fullAt.delete(key);
    }
  }
}
