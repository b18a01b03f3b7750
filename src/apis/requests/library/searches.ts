import { pause } from "../../../runtime/clock";
import { Turns } from "../../../runtime/turns";
import type { Found, Library } from "./search";

/**
 * Searches of many people who type. They run one at a time, with a turn of the event loop before each, so that however
 * many type at once, nobody else waits for more than one of them; and what somebody has typed on from is not looked for.
 */
export class Searches {
  readonly #library: Library;
  readonly #turns = new Turns();
  readonly #newest = new WeakMap<object, object>();

  constructor(library: Library) {
    this.#library = library;
  }

  /** @returns nothing when the same `asker` has asked again before its turn came */
  run(asker: object, query: string): Promise<Found[] | undefined> {
    const mine = {};
    this.#newest.set(asker, mine);
    const isNewest = () => this.#newest.get(asker) === mine;
    return this.#turns.take(async () => {
      if (isNewest()) await pause(0);
      return isNewest() ? this.#library.find(query) : undefined;
    });
  }
}
