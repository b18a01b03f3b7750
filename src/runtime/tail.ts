import type { LogLevel } from "./log";

/** One line of the log, as whoever follows it gets it: secrets are gone already. */
export interface LogRecord {
  /** What this line can be called by; counted from the start of the process. */
  readonly id: string;
  /** ISO 8601 UTC. */
  readonly time: string;
  readonly level: LogLevel;
  /** The API it is about; null where it is about the whole server. */
  readonly api: string | null;
  readonly message: string;
  /** Everything else of the line: JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How many lines are kept for those who come later. */
const KEPT = 500;

/** The newest lines of the log, for whoever follows it. While nobody does, a line costs one place in a ring. */
export class LogTail {
  readonly #ring: LogRecord[] = [];
  #next = 0;
  #count = 0;
  /** Lines that told an error, since the start. */
  errors = 0;
  readonly #listeners = new Set<(record: LogRecord) => void>();
  #isTelling = false;

  /** @param line the members of a line of the log, without secrets */
  add({ time, level, api, msg, ...fields }: Record<string, unknown>): void {
    const record: LogRecord = {
      id: `log-${++this.#count}`,
      time: String(time),
      level: level as LogLevel,
      api: typeof api === "string" ? api : null,
      message: typeof msg === "string" ? msg : "",
      fields,
    };
    if (level === "error") this.errors++;
    this.#ring[this.#next] = record;
    this.#next = (this.#next + 1) % KEPT;
    // What a listener logs itself is kept but not told, or telling would have no end.
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (const listener of this.#listeners) {
      try {
        listener(record);
      } catch {
        // Whoever logs has nothing to do with who listens, and there is no log to tell a broken log of.
      }
    }
    this.#isTelling = false;
  }

  /** The newest `count` lines that are kept, oldest first. */
  recent(count: number): readonly LogRecord[] {
    const inOrder = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    return count > 0 ? inOrder.slice(-count) : [];
  }

  /** `listener` hears every line from now on, in the midst of whatever logs: it should be quick. @returns ends it */
  listen(listener: (record: LogRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
