import type { Store } from "./database";

/** Notices that another process has written to the database: a command, as a rule. */
export class Changes {
  readonly #store: Store;
  #seen: number;

  constructor(store: Store) {
    this.#store = store;
    this.#seen = store.dataVersion();
  }

  /** Whether anybody else has written since the last call. */
  happened(): boolean {
    const version = this.#store.dataVersion();
    const isNew = version !== this.#seen;
    this.#seen = version;
    return isNew;
  }
}
