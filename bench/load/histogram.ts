/** Each bucket's bound is so much above the one before. */
const STEP = Math.log(1.01);
const SMALLEST_MS = 0.001;
const BUCKETS = 2_000;

/** Times in buckets of 1 %: cheap to note, and those of several processes can be put together. */
export class Histogram {
  readonly #counts: Uint32Array;

  /** @param counts of others, which are summed up */
  constructor(...counts: readonly ArrayLike<number>[]) {
    this.#counts = Uint32Array.from({ length: BUCKETS }, (_, at) =>
      counts.reduce((sum, each) => sum + (each[at] ?? 0), 0),
    );
  }

  add(ms: number): void {
    const at = ms <= SMALLEST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / SMALLEST_MS) / STEP));
    this.#counts[at] = (this.#counts[at] as number) + 1;
  }

  /** Nearest rank, in ms; `share` is 0 to 1. NaN when there is nothing. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (const [at, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return SMALLEST_MS * Math.exp(at * STEP);
    }
    return Number.NaN;
  }

  get count(): number {
    return this.#counts.reduce((sum, each) => sum + each, 0);
  }

  /** For the way from one process to another. */
  toJSON(): number[] {
    return [...this.#counts];
  }
}
