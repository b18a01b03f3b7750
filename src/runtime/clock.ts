/** Undoes a timer; calling it twice is harmless. */
export type Cancel = () => void;

/**
 * The only source of time. Two readings, because they answer different questions: `now` may jump (NTP, an
 * operator, a leap), so it is for stamps and for expiries that outlive the process; `elapsed` never goes back, so
 * it is for intervals and limits.
 */
export interface Clock {
  /** Wall time, milliseconds since 1970. */
  now(): number;
  /** Monotonic time, milliseconds since some fixed moment. */
  elapsed(): number;
  /** Runs once, `delayMs` from now. */
  after(delayMs: number, run: () => void): Cancel;
  /** Runs again and again, every `periodMs`. */
  every(periodMs: number, run: () => void): Cancel;
}

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    every(periodMs, run) {
      const timer = setInterval(run, periodMs);
      return () => clearInterval(timer);
    },
  };
}

/** ISO 8601 UTC with milliseconds, the form of every time that the server makes. */
export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Waits in real time, whatever clock the app runs on: for the rare places that wait for the world outside. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Waits until the event loop has seen to what has come meanwhile. */
export function pass(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits for `work`, in real time and no longer than `limitMs`; no timer stays behind that would keep the process. */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, limitMs);
  try {
    await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}
