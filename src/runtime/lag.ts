import type { Clock } from "./clock";
import type { Ticker } from "./ticker";

const PERIOD_MS = 100;
/** A minute's worth: whoever asks does so more often. */
const MAX_SAMPLES = 600;

/** How late the event loop is: by so much everything that this process does is delayed. */
export class LoopLag {
  readonly #samples: number[] = [];

  constructor(clock: Clock, ticker: Ticker) {
    let due = clock.elapsed() + PERIOD_MS;
    ticker.every("measure the event loop", PERIOD_MS, () => {
      const now = clock.elapsed();
      this.#samples.push(Math.max(0, now - due));
      if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
      due = now + PERIOD_MS;
    });
  }

  /** The 99th percentile since the last call, ms; what was measured is forgotten. */
  takeP99(): number {
    const sorted = this.#samples.splice(0).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
  }
}
