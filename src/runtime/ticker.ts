import type { Cancel, Clock } from "./clock";
import type { Log } from "./log";

type Task = () => void | Promise<void>;

/**
 * Work that happens by the clock, never per message or per socket. A task that is still running when its time comes
 * again is skipped, and one that throws is logged and stays scheduled.
 */
export class Ticker {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #cancels = new Set<Cancel>();
  readonly #pending = new Set<string>();
  #isStopped = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Runs `task` every `periodMs` until `stop`. */
  every(name: string, periodMs: number, task: Task): void {
    let running = false;
    this.#cancels.add(
      this.#clock.every(periodMs, () => {
        if (running) return;
        running = true;
        void this.#run(name, task).finally(() => {
          running = false;
        });
      }),
    );
  }

  /** Runs `task` once, `delayMs` from now; further calls with the same name until then are the same one. */
  soon(name: string, delayMs: number, task: Task): void {
    if (this.#pending.has(name)) return;
    this.#pending.add(name);
    const cancel = this.#clock.after(delayMs, () => {
      this.#pending.delete(name);
      this.#cancels.delete(cancel);
      void this.#run(name, task);
    });
    this.#cancels.add(cancel);
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#pending.clear();
  }

  async #run(name: string, task: Task): Promise<void> {
    try {
      await task();
    } catch (error) {
      // What was cut off by the end, in the middle of long work, has nothing to tell.
      if (!this.#isStopped) this.#log.error({ err: error, task: name }, "a scheduled task failed");
    }
  }
}
