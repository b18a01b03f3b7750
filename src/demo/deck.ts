import type { Random } from "./random";

/** Cards in any order, none of them again before all of the others: what was just said is not said again. */
export class Deck<T> {
  readonly #random: Random;
  readonly #cards: readonly T[];
  #left: T[] = [];

  /** @param cards one at least */
  constructor(random: Random, cards: readonly T[]) {
    this.#random = random;
    this.#cards = cards;
  }

  next(): T {
    if (this.#left.length === 0) this.#left = this.#random.shuffled(this.#cards);
    return this.#left.pop() as T;
  }
}
