/**
 * Work that must not overlap: each piece begins when the one before has ended, so that what is in memory changes in the
 * order in which it was stored.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
