import type { Clock } from "./clock";

interface Slot<T> {
  /** Monotonic ms: from then on the next value goes at once. */
  freeAt: number;
  /** The last value that came too soon. */
  held: { value: T } | undefined;
}

/**
 * Passes on at most one value per key in a period: the first at once, and of those that come too soon the last, when
 * its time has come. No value that is the last of its key is dropped. One `sweep` serves all keys; there is no timer
 * per key.
 */
export class Throttle<T> {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #pass: (value: T) => void;
  /** Ordered by `freeAt`, since the period is the same for all. */
  readonly #slots = new Map<string, Slot<T>>();

  constructor(clock: Clock, periodMs: number, pass: (value: T) => void) {
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.#pass = pass;
  }

  put(key: string, value: T): void {
    const now = this.#clock.elapsed();
    const slot = this.#slots.get(key);
    if (slot && now < slot.freeAt) {
      if (slot.held) slot.held.value = value;
      else slot.held = { value };
      return;
    }
    this.#passOn(key, value, now);
  }

  /** The key has come to its end: passes on what is held of it. */
  finish(key: string): void {
    const held = this.#slots.get(key)?.held;
    this.#slots.delete(key);
    if (held) this.#pass(held.value);
  }

  /** Passes on what was held for long enough; called by the ticker, often. */
  sweep(): void {
    const now = this.#clock.elapsed();
    for (const [key, { freeAt, held }] of this.#slots) {
      if (freeAt > now) break;
      if (held) this.#passOn(key, held.value, now);
      else this.#slots.delete(key);
    }
  }

  get size(): number {
    return this.#slots.size;
  }

  #passOn(key: string, value: T, now: number): void {
    // Anew, so that it stands last.
    this.#slots.delete(key);
    this.#slots.set(key, { freeAt: now + this.#periodMs, held: undefined });
    this.#pass(value);
  }
}
