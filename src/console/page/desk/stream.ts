import type { Figures, LogLine } from "../../wire";
import { Source } from "./source";

/** What is kept of both, so that a page that stays open for days stays as it is. */
const FIGURES_KEPT = 600;
const LINES_KEPT = 1_000;
/** Figures come once a second: a stream without any for this long is broken, whatever the browser thinks of it. */
const SILENCE_MS = 8_000;
const RETRY_MS = 2_000;
const WATCH_MS = 1_000;

export type Phase = "connecting" | "open" | "lost";

/** The server's live stream, opened again for as long as the page is. */
export class Stream {
  readonly phase = new Source<Phase>("connecting");
  /** Oldest first. */
  readonly figures = new Source<readonly Figures[]>([]);
  /** Newest first. */
  readonly lines = new Source<readonly LogLine[]>([]);
  #source: EventSource | undefined;
  #heardAt = 0;
  #openedAt = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #pending: LogLine[] = [];
  #onDoubt = () => {};

  /** @param onDoubt the server wants no more of this page, or is another one by now: it may have to sign in again */
  open(onDoubt: () => void): void {
    if (this.#watch !== undefined) return;
    this.#onDoubt = onDoubt;
    this.#connect();
    this.#watch = setInterval(() => {
      const isSilent = performance.now() - this.#heardAt > SILENCE_MS;
      const isGone = this.#source === undefined || this.#source.readyState === EventSource.CLOSED;
      if (!isGone && !isSilent) return;
      if (performance.now() - this.#openedAt < RETRY_MS) return;
      this.phase.value = "lost";
      if (isGone) onDoubt();
      this.#connect();
    }, WATCH_MS);
  }

  close(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#source?.close();
    this.#source = undefined;
  }

  #connect(): void {
    this.#source?.close();
    this.#openedAt = performance.now();
    this.#heardAt = performance.now();
    const source = new EventSource("/stream");
    this.#source = source;
    source.addEventListener("open", () => {
      this.#heardAt = performance.now();
    });
    source.addEventListener("error", () => {
      if (this.#source === source && this.phase.value !== "connecting") this.phase.value = "lost";
    });
    this.#on<readonly Figures[]>(source, "history", (history) => {
      if (this.phase.value === "lost") this.#onDoubt();
      this.phase.value = "open";
      this.figures.value = history.slice(-FIGURES_KEPT);
    });
    this.#on<Figures>(source, "figures", (figures) => {
      this.phase.value = "open";
      this.figures.value = [...this.figures.value.slice(1 - FIGURES_KEPT), figures];
    });
    this.#on<LogLine>(source, "log", (line) => this.#take(line));
  }

  #on<T>(source: EventSource, event: string, take: (data: T) => void): void {
    source.addEventListener(event, (message) => {
      if (this.#source !== source) return;
      this.#heardAt = performance.now();
      take(JSON.parse((message as MessageEvent<string>).data) as T);
    });
  }

  /** Lines come in bursts: those of one turn are drawn together. */
  #take(line: LogLine): void {
    if (this.#pending.push(line) > 1) return;
    setTimeout(() => {
      const lines = this.#pending;
      this.#pending = [];
      // A stream that is opened again begins with lines that are known already.
      const known = new Set(this.lines.value.map(keyOf));
      const fresh = lines.filter((each) => !known.has(keyOf(each))).reverse();
      if (fresh.length > 0) this.lines.value = [...fresh, ...this.lines.value].slice(0, LINES_KEPT);
    });
  }
}

/** Ids begin anew with the server. */
function keyOf({ id, time }: LogLine): string {
  return `${time} ${id}`;
}
