import type { Rate } from "../../src/domain/limits";

/**
 * A bucket of tokens the long way round: what is in it, counted up and down, a token being worth the time it takes to
 * come back. Exact for rates of whole milliseconds.
 */
export class Oracle {
  readonly #full: number;
  readonly #token: number;
  #fill: number;
  #at = 0;

  constructor({ burst, intervalMs }: Rate) {
    this.#token = intervalMs;
    this.#full = burst * intervalMs;
    this.#fill = this.#full;
  }

  /** Milliseconds until there is a token. */
  wait(now: number): number {
    this.#add(now - this.#at);
    this.#at = now;
    return Math.max(0, this.#token - this.#fill);
  }

  take(): void {
    this.#fill -= this.#token;
  }

  giveBack(): void {
    this.#add(this.#token);
  }

  #add(fill: number): void {
    this.#fill = Math.min(this.#full, this.#fill + fill);
  }
}
