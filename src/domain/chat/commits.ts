import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Log } from "../../runtime/log";
import type { Ticker } from "../../runtime/ticker";

interface Waiting<Row> {
  readonly row: Row;
  /** Undefined once its sender has been told that it is not stored yet. */
  settle: { stored: () => void; failed: (refusal: Refusal) => void } | undefined;
}

interface CommitsOptions<Row> {
  readonly name: string;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly log: Log;
  /** Writes all rows in one transaction or, by throwing, none. */
  write(rows: readonly Row[]): void;
}

/** A batch waits this long for company … */
const BATCH_MS = 50;
/** … or this many times what the last commit took: a slow disk gets at most a tenth of the event loop. */
const SHARE = 10;
const RETRY_MS = 1_000;
/** What an outage of the disk may pile up; past it the oldest are given up. */
const MAX_WAITING = 20_000;

/** Stores rows in batches off the hot path, in the order they came, and tells when each one is safe. */
export class Commits<Row> {
  readonly #options: CommitsOptions<Row>;
  #waiting: Waiting<Row>[] = [];
  #lastCommitMs = 0;
  #isFailing = false;

  constructor(options: CommitsOptions<Row>) {
    this.#options = options;
  }

  /**
   * @returns resolves once the row is on disk; rejects with a Refusal `unavailable` when that failed. It is tried again
   *   all the same.
   */
  add(row: Row): Promise<void> {
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ row, settle: { stored: resolve, failed: reject } });
    });
    // Not everybody waits for it.
    stored.catch(() => {});
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()?.settle?.failed(unavailable());
    if (!this.#isFailing) this.#schedule(Math.max(BATCH_MS, SHARE * this.#lastCommitMs));
    return stored;
  }

  /** Writes what waits, now. @returns whether it is on disk */
  flush(): boolean {
    const batch = this.#waiting;
    if (batch.length === 0) return true;
    const { clock, log, name } = this.#options;
    const begun = clock.elapsed();
    try {
      this.#options.write(batch.map(({ row }) => row));
    } catch (error) {
      if (!this.#isFailing)
        log.error({ err: error, batch: name, rows: batch.length }, "storing failed; it is tried again");
      this.#isFailing = true;
      for (const waiting of batch) {
        waiting.settle?.failed(unavailable());
        waiting.settle = undefined;
      }
      this.#schedule(RETRY_MS);
      return false;
    }
    this.#waiting = [];
    this.#lastCommitMs = clock.elapsed() - begun;
    if (this.#isFailing) log.info({ batch: name }, "storing works again");
    this.#isFailing = false;
    for (const { settle } of batch) settle?.stored();
    return true;
  }

  get size(): number {
    return this.#waiting.length;
  }

  #schedule(delayMs: number): void {
    this.#options.ticker.soon(`commit ${this.#options.name}`, delayMs, () => {
      this.flush();
    });
  }
}

function unavailable(): Refusal {
  return new Refusal("unavailable", "Delivered, but not stored yet: send it again with its client_id");
}
