import { pause } from "../../../runtime/clock";
import type { Found, Library } from "./search";

/**
 * Searches of many people who type. They run one at a time with a turn of the event loop between them, so that however
 * many type at once, nobody else waits for more than one of them; and what somebody has typed on from is not looked for.
 */
export class Searches {
  readonly #library: Library;
  readonly #newest = new WeakMap<object, object>();
  #free: Promise<void> = Promise.resolve();

  constructor(library: Library) {
    this.#library = library;
  }

  /** @returns nothing when the same `asker` has asked again before its turn came */
  run(asker: object, query: string): Promise<Found[] | undefined> {
    const mine = {};
    this.#newest.set(asker, mine);
    const found = this.#free.then(() => (this.#newest.get(asker) === mine ? this.#library.find(query) : undefined));
    this.#free = found.then(
      (results) => (results ? pause(0) : undefined),
      () => {},
    );
    return found;
  }
}
