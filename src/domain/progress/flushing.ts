import type { Ticker } from "../../runtime/ticker";

/** Well within the second after a disconnect that CONTRACT §4 allows, and long enough to gather many of them. */
const AFTER_DISCONNECT_MS = 250;
/** A refused write is tried again sooner than the period, which may be long. */
const RETRY_MS = 1_000;

/** What is flushed: a write-behind buffer, as a rule. */
interface Flushed {
  readonly size: number;
  /** @returns whether it is written */
  flush(): boolean;
}

/** When a write-behind buffer is written: every period, soon after somebody has left, and again after a failure. */
export class Flushing {
  readonly #name: string;
  readonly #buffer: Flushed;
  readonly #ticker: Ticker;

  constructor(name: string, buffer: Flushed, ticker: Ticker, periodMs: number) {
    this.#name = name;
    this.#buffer = buffer;
    this.#ticker = ticker;
    ticker.every(`flush ${name}`, periodMs, () => this.#flushOrRetry());
  }

  /** Somebody has left: what they reported is on disk within a second, together with whoever leaves meanwhile. */
  soon(): void {
    if (this.#buffer.size === 0) return;
    this.#ticker.soon(`flush ${this.#name} soon`, AFTER_DISCONNECT_MS, () => this.#flushOrRetry());
  }

  #flushOrRetry(): void {
    if (!this.#buffer.flush()) this.#ticker.soon(`retry ${this.#name}`, RETRY_MS, () => this.#flushOrRetry());
  }
}
