import type { Random } from "../random";

/** How full the house is: a number that wanders between two bounds, so that it is never the same for long. */
export class Crowd {
  readonly #random: Random;
  readonly min: number;
  readonly #max: number;
  #wanted: number;

  constructor(random: Random, min: number, max: number) {
    this.#random = random;
    this.min = min;
    this.#max = max;
    this.#wanted = random.whole(min, max);
  }

  /** Whether somebody should come (rather than go) now. */
  wantsMore(present: number): boolean {
    const step = this.#random.whole(-1, 1);
    this.#wanted = Math.min(this.#max, Math.max(this.min, this.#wanted + step));
    return present < this.#wanted;
  }
}
