import type { Clock } from "../src/runtime/clock";

interface Timer {
  at: number;
  run: () => void;
  periodMs?: number;
}

/** A clock that only moves when it is told to. Its wall time can also jump, as that of a real machine does. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  #wallMs = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#wallMs;
  }

  elapsed(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#add({ at: this.#elapsedMs + delayMs, run });
  }

  every(periodMs: number, run: () => void): () => void {
    return this.#add({ at: this.#elapsedMs + periodMs, run, periodMs });
  }

  /** Lets time pass: every timer that comes due runs at its moment, and what it started has time to end. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsedMs + ms;
    for (;;) {
      const at = Math.min(...[...this.#timers].map((timer) => timer.at));
      if (at > until) break;
      // What came due while time only passed runs late, as on a real machine.
      this.#moveTo(Math.max(at, this.#elapsedMs));
      for (const timer of [...this.#timers]) {
        // One that ran before it may have ended it.
        if (timer.at !== at || !this.#timers.has(timer)) continue;
        if (timer.periodMs === undefined) this.#timers.delete(timer);
        else timer.at += timer.periodMs;
        timer.run();
      }
      await settle();
    }
    this.#moveTo(until);
    await settle();
  }

  /** Time passes and no timer runs: for what only reads the clock. */
  pass(ms: number): void {
    this.#moveTo(this.#elapsedMs + ms);
  }

  /** The wall clock jumps (NTP, an operator); no time passes. */
  jump(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(elapsedMs: number): void {
    this.#wallMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}

/** Lets promises that are ready run on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
