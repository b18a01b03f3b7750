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

/** Past this many keys some are forgotten, which start full again: memory stays bounded under any flood. */
const MAX_KEYS = 500_000;
/** So many are made room for at once that looking through all of them costs each new one next to nothing. */
const ROOM = MAX_KEYS / 8;
/** Who has not been used for longest is told from every so manyeth: sorting all would take too long in one go. */
const SAMPLED = 32;

/** One bucket; kept as an object since that is quicker to change than an entry of a map. */
interface State {
  fullAt: number;
  /** The number of its last use, counted over all buckets. */
  usedAt: number;
}

/**
 * Buckets by key, which outlive sockets: a second socket or a reconnect of the same user gains nothing. Full buckets
 * are forgotten by `sweep`.
 */
export class Limits {
  readonly #clock: Clock;
  readonly #states = new Map<string, State>();
  #uses = 0;

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
    const usedAt = ++this.#uses;
    for (const { key, rate } of buckets) {
      const state = this.#states.get(key);
      if (state) {
        state.fullAt = taken(state.fullAt, now, rate);
        state.usedAt = usedAt;
      } else this.#states.set(key, { fullAt: taken(now, now, rate), usedAt });
    }
    if (this.#states.size > MAX_KEYS) this.#makeRoom();
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
      const fullAt = (this.#states.get(key)?.fullAt ?? now) - back(key) * rate.intervalMs;
      longest = Math.max(longest, waitMs(fullAt, now, rate));
    }
    return longest;
  }

  /** Puts back what `take` took. */
  giveBack(buckets: readonly Bucket[]): void {
    for (const { key, rate } of buckets) {
      const state = this.#states.get(key);
      if (state) state.fullAt -= rate.intervalMs;
    }
  }

  /** Forgets full buckets; called by the ticker. */
  sweep(): void {
    const now = this.#clock.elapsed();
    for (const [key, { fullAt }] of this.#states) if (fullAt <= now) this.#states.delete(key);
  }

  get size(): number {
    return this.#states.size;
  }

  /** Forgets those that are full, since they know nothing, and then those that have not been used for longest. */
  #makeRoom(): void {
    this.sweep();
    const excess = this.#states.size - (MAX_KEYS - ROOM);
    if (excess <= 0) return;
    const sample: number[] = [];
    let index = 0;
    for (const { usedAt } of this.#states.values()) if (index++ % SAMPLED === 0) sample.push(usedAt);
    sample.sort((a, b) => a - b);
    const until = sample[Math.floor((sample.length * excess) / this.#states.size)] ?? 0;
    for (const [key, { usedAt }] of this.#states) {
      if (this.#states.size <= MAX_KEYS - ROOM) break;
      if (usedAt <= until) this.#states.delete(key);
    }
  }
}
