/**
 * Moments at which something must be looked at, for very many things at once. One sorted-by-second table and one
 * sweep a second instead of a timer per connection; the precision is one second.
 */
export class Deadlines<T> {
  readonly #bySecond = new Map<number, Set<T>>();
  readonly #secondOf = new Map<T, number>();

  /** Sets or moves the deadline of `item`; `atMs` is in the time base that `due` is asked in. */
  set(item: T, atMs: number): void {
    this.clear(item);
    const second = Math.ceil(atMs / 1000);
    let items = this.#bySecond.get(second);
    if (!items) {
      items = new Set();
      this.#bySecond.set(second, items);
    }
    items.add(item);
    this.#secondOf.set(item, second);
  }

  clear(item: T): void {
    const second = this.#secondOf.get(item);
    if (second === undefined) return;
    this.#secondOf.delete(item);
    const items = this.#bySecond.get(second);
    items?.delete(item);
    if (items?.size === 0) this.#bySecond.delete(second);
  }

  /** Takes out and returns what is due at `nowMs`. */
  due(nowMs: number): T[] {
    const items: T[] = [];
    for (const [second, due] of this.#bySecond) {
      if (second * 1000 > nowMs) continue;
      this.#bySecond.delete(second);
      for (const item of due) {
        this.#secondOf.delete(item);
        items.push(item);
      }
    }
    return items;
  }

  get size(): number {
    return this.#secondOf.size;
  }
}
