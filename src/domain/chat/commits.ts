import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Log } from "../../runtime/log";
import type { Ticker } from "../../runtime/ticker";

interface Settle {
  stored: () => void;
  failed: (refusal: Refusal) => void;
}

interface CommitsOptions<Row> {
  readonly name: string;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly log: Log;
  /**
   * Writes all rows in one transaction or, by throwing, none.
   *
   * @returns those that the database refuses by themselves
   */
  write(rows: readonly Row[]): readonly Row[];
}

/** A batch waits this long for company … */
const BATCH_MS = 50;
/** … or this many times what the last commit took: a slow disk gets at most a tenth of the event loop. */
const SHARE = 10;
const RETRY_MS = 1_000;
/** What an outage of the disk may pile up; past it the oldest are given up. */
const MAX_WAITING = 20_000;

/** Stores rows in batches off the hot path, in the order they came, and tells when each one is safe. */
export class Commits<Row extends object> {
  readonly #options: CommitsOptions<Row>;
  /** In their order; without who waits for it once that one has been told that it is not stored yet. */
  #waiting = new Map<Row, Settle | undefined>();
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
      this.#waiting.set(row, { stored: resolve, failed: reject });
    });
    // Not everybody waits for it.
    stored.catch(() => {});
    if (this.#waiting.size > MAX_WAITING) this.#giveUpOldest();
    if (!this.#isFailing) this.#schedule(Math.max(BATCH_MS, SHARE * this.#lastCommitMs));
    return stored;
  }

  /** Whether a row is neither on disk nor given up. */
  isWaiting(row: Row): boolean {
    return this.#waiting.has(row);
  }

  /** Writes what waits, now. @returns whether it is on disk */
  flush(): boolean {
    const batch = this.#waiting;
    if (batch.size === 0) return true;
    const { clock, log, name } = this.#options;
    const begun = clock.elapsed();
    let bad: readonly Row[];
    try {
      bad = this.#options.write([...batch.keys()]);
    } catch (error) {
      if (!this.#isFailing)
        log.error({ err: error, batch: name, rows: batch.size }, "storing failed; it is tried again");
      this.#isFailing = true;
      for (const [row, settle] of batch) {
        settle?.failed(unavailable());
        batch.set(row, undefined);
      }
      this.#schedule(RETRY_MS);
      return false;
    }
    this.#waiting = new Map();
    this.#lastCommitMs = clock.elapsed() - begun;
    if (this.#isFailing) log.info({ batch: name }, "storing works again");
    this.#isFailing = false;
    for (const row of bad) batch.get(row)?.failed(unavailable());
    // To a promise that has been rejected this says nothing.
    for (const settle of batch.values()) settle?.stored();
    return true;
  }

  get size(): number {
    return this.#waiting.size;
  }

  #giveUpOldest(): void {
    for (const [row, settle] of this.#waiting) {
      this.#waiting.delete(row);
      settle?.failed(unavailable());
      return;
    }
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
