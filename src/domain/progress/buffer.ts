import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Log } from "../../runtime/log";

interface BufferOptions<Row> {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What stays in memory at most; past it a row under a new key is refused. */
  readonly maxRows: number;
  /** Writes all rows or, by throwing, none; answers with the rows that can never be written. */
  write(rows: readonly Row[]): { bad: readonly { row: Row; error: unknown }[] };
}

/**
 * Write-behind: the newest row per owner and key stays in memory and goes to the database in batches. A batch that
 * fails goes back, so an outage of the disk costs nothing but time.
 */
export class WriteBehind<Row> {
  readonly #options: BufferOptions<Row>;
  #byOwner = new Map<string, Map<string, Row>>();
  #size = 0;
  #failingSince: number | undefined;
  /** For the metrics: rows written, and batches that failed. */
  written = 0;
  failures = 0;

  constructor(options: BufferOptions<Row>) {
    this.#options = options;
  }

  /**
   * Keeps `row` until the next flush, over the one that is there.
   *
   * @throws Refusal `unavailable` when the buffer is full, which takes a long outage of the disk
   */
  put(owner: string, key: string, row: Row): void {
    let rows = this.#byOwner.get(owner);
    if (!rows?.has(key)) {
      if (this.#size >= this.#options.maxRows) throw new Refusal("unavailable", "The server cannot store this now");
      if (!rows) {
        rows = new Map();
        this.#byOwner.set(owner, rows);
      }
      this.#size++;
    }
    rows.set(key, row);
  }

  get(owner: string, key: string): Row | undefined {
    return this.#byOwner.get(owner)?.get(key);
  }

  /** The owner's rows that are not in the database yet. */
  of(owner: string): Iterable<Row> {
    return this.#byOwner.get(owner)?.values() ?? [];
  }

  /** Forgets the owner's rows unwritten. */
  drop(owner: string): void {
    this.#size -= this.#byOwner.get(owner)?.size ?? 0;
    this.#byOwner.delete(owner);
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Writes everything in one transaction. Synchronous throughout, so nothing can be put or read half-way.
   *
   * @returns whether it is written; failures are logged once per outage, and what they held is kept
   */
  flush(): boolean {
    if (this.#size === 0) return true;
    const batch = this.#byOwner;
    const size = this.#size;
    this.#byOwner = new Map();
    this.#size = 0;
    try {
      const { bad } = this.#options.write([...batch.values()].flatMap((rows) => [...rows.values()]));
      for (const { error } of bad) {
        this.#options.log.error({ err: error, buffer: this.#options.name }, "a row cannot be stored and is set aside");
      }
      this.written += size - bad.length;
      this.#recovered();
      return true;
    } catch (error) {
      this.#byOwner = batch;
      this.#size = size;
      this.#failed(error);
      return false;
    }
  }

  #failed(error: unknown): void {
    this.failures++;
    if (this.#failingSince !== undefined) return;
    this.#failingSince = this.#options.clock.elapsed();
    this.#options.log.error(
      { err: error, buffer: this.#options.name, rows: this.#size },
      "storing failed; what came in is kept in memory and tried again",
    );
  }

  #recovered(): void {
    if (this.#failingSince === undefined) return;
    const outageMs = Math.round(this.#options.clock.elapsed() - this.#failingSince);
    this.#failingSince = undefined;
    this.#options.log.info({ buffer: this.#options.name, outageMs }, "storing works again; nothing was lost");
  }
}
