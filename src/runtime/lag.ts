import type { Cancel, Clock } from "./clock";
import type { Ticker } from "./ticker";

const PERIOD_MS = 100;
/** A minute's worth: whoever asks does so more often. */
const MAX_SAMPLES = 600;

/** How late the event loop is: by so much everything that this process does is delayed. */
export class LoopLag {
  readonly #clock: Clock;
  readonly #samples: number[] = [];

  /** @param ticker what measures; whoever does so for a while only gives none, and calls `measure` */
  constructor(clock: Clock, ticker?: Ticker) {
    this.#clock = clock;
    ticker?.every("measure the event loop", PERIOD_MS, this.#probe());
  }

  /** Measures from now until the end. @returns ends it */
  measure(): Cancel {
    return this.#clock.every(PERIOD_MS, this.#probe());
  }

  #probe(): () => void {
    const clock = this.#clock;
    let due = clock.elapsed() + PERIOD_MS;
    return () => {
      const now = clock.elapsed();
      this.#note(Math.max(0, now - due));
      due = now + PERIOD_MS;
    };
  }

  /** A stall delays everything that would have come in it, so it counts for each of the samples that it swallowed. */
  #note(lagMs: number): void {
    this.#samples.push(lagMs);
    const end = lagMs - MAX_SAMPLES * PERIOD_MS;
    for (let left = lagMs - PERIOD_MS; left > Math.max(0, end); left -= PERIOD_MS) this.#samples.push(left);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.splice(0, this.#samples.length - MAX_SAMPLES);
  }

  /** The 99th percentile since the last call, ms; what was measured is forgotten. */
  takeP99(): number {
    const sorted = this.#samples.splice(0).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
  }
}
