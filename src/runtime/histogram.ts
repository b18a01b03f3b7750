/**
 * How often values of a certain size came, in fixed buckets: counting one is a few comparisons and an addition, so that
 * hot paths can.
 */
export class Histogram {
  /** Upper bounds, ascending; what is above the last one is in a bucket of its own. */
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
  }

  /** Of all values so far. */
  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many values are at most as large as each bound. */
  get cumulative(): number[] {
    let sum = 0;
    return this.bounds.map((_, at) => {
      sum += this.#counts[at] as number;
      return sum;
    });
  }
}
