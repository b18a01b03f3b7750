import { fitting } from "../realtime/snapshot";
import { Refusal } from "../refusal";
import { type Clock, iso } from "../runtime/clock";
import type { Log } from "../runtime/log";
import type { LogRecord } from "../runtime/tail";
import type { Ticker } from "../runtime/ticker";
import type { Caller } from "./signins";
import type { Figures, LogLine } from "./wire";

/** What is looked at while a page is open. */
export interface Looking {
  take(): Promise<Figures>;
  stop(): void;
}

interface StreamParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly ticker: Ticker;
  /** Begins to look; called when the first page opens. */
  look(): Looking;
}

interface Page {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly caller: Caller | undefined;
  readonly ended: () => void;
}

const PERIOD_MS = 1_000;
/** Five minutes. */
const KEPT_FIGURES = 300;
const KEPT_LINES = 200;
/** Of a server that logs more than anybody reads, the rest is counted. */
const LINES_PER_PERIOD = 100;
const MAX_PAGES = 32;
/** Who is so far behind is gone, or as good as gone; a page that is there comes back by itself. */
const MAX_BACKLOG_BYTES = 1 << 20;
/** How soon it comes back. */
const RETRY_MS = 2_000;

/**
 * What happens, as server-sent events to every page that is open. Looked at once for all of them, and not at all while
 * there is none.
 */
export class Stream {
  readonly #parts: StreamParts;
  readonly #pages = new Set<Page>();
  readonly #history: Figures[] = [];
  #looking: Looking | undefined;
  #unfollow: (() => void) | undefined;
  #lines = 0;
  #isClosed = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    parts.ticker.every("figures of the console", PERIOD_MS, () => this.#tick());
  }

  /** Pages that are open. */
  get size(): number {
    return this.#pages.size;
  }

  /**
   * The stream of one page.
   *
   * @param caller whose sign-in it ends with, where there is one
   * @param ended called when nothing more is told: what waits for the page is its business, and not to be kept for ever
   * @throws Refusal `unavailable` past the limit of pages
   */
  open(caller: Caller | undefined, ended: () => void = () => {}): ReadableStream<Uint8Array> {
    if (this.#isClosed) throw new Refusal("unavailable", "The server stops");
    if (this.#pages.size >= MAX_PAGES) {
      throw new Refusal("unavailable", `At most ${MAX_PAGES} pages can be open`, { retryAfterMs: 10_000 });
    }
    let page: Page | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          page = { controller, caller, ended };
          this.#begin(page);
        },
        cancel: () => {
          if (page) this.#leave(page);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MAX_BACKLOG_BYTES }),
    );
  }

  /** The server stops: pages are told nothing more, and come back when it does. */
  close(): void {
    this.#isClosed = true;
    for (const page of this.#pages) this.#end(page);
  }

  #begin(page: Page): void {
    const { clock, log, look } = this.#parts;
    this.#pages.add(page);
    if (!this.#looking) {
      this.#looking = look();
      this.#unfollow = log.tail.listen((record) => this.#tellLine(record));
    }
    const since = clock.now() - KEPT_FIGURES * PERIOD_MS;
    page.controller.enqueue(
      encode(
        "history",
        this.#history.filter(({ at }) => at > since),
        `retry: ${RETRY_MS}\n`,
      ),
    );
    for (const line of fitting(log.tail.recent(KEPT_LINES)))
      page.controller.enqueue(encode("log", line satisfies LogLine));
  }

  async #tick(): Promise<void> {
    await Promise.all([...this.#pages].map((page) => this.#review(page)));
    const looking = this.#looking;
    if (!looking) return;
    this.#tellSkipped();
    const figures = await looking.take();
    // The last page may have gone meanwhile.
    if (this.#looking !== looking) return;
    this.#history.push(figures);
    if (this.#history.length > KEPT_FIGURES) this.#history.shift();
    this.#tell(encode("figures", figures));
  }

  /** Ends a stream whose sign-in has ended. */
  async #review(page: Page): Promise<void> {
    // Where that cannot be looked up now, whoever watches the outage goes on doing so.
    const counts = await (page.caller?.counts() ?? Promise.resolve(true)).catch(() => true);
    if (!counts) this.#end(page);
  }

  #tellLine(record: LogRecord): void {
    if (++this.#lines <= LINES_PER_PERIOD) this.#tell(encode("log", record satisfies LogLine));
  }

  #tellSkipped(): void {
    const skipped = this.#lines - LINES_PER_PERIOD;
    this.#lines = 0;
    if (skipped <= 0) return;
    const { clock } = this.#parts;
    const time = iso(clock.now());
    const message = `${skipped} more lines came in this second; all of them are in the server's own log`;
    const line: LogLine = { id: `skipped-${time}`, time, level: "warn", api: null, message, fields: {} };
    this.#tell(encode("log", line));
  }

  #tell(bytes: Uint8Array): void {
    for (const page of this.#pages) {
      if ((page.controller.desiredSize ?? 0) > 0) page.controller.enqueue(bytes);
      else {
        this.#end(page);
        this.#parts.log.info("a page of the console that does not keep up is closed");
      }
    }
  }

  #end(page: Page): void {
    this.#leave(page);
    page.controller.close();
    page.ended();
  }

  #leave(page: Page): void {
    if (!this.#pages.delete(page) || this.#pages.size > 0) return;
    this.#looking?.stop();
    this.#looking = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.#lines = 0;
  }
}

const encoder = new TextEncoder();

function encode(event: string, data: unknown, before = ""): Uint8Array {
  return encoder.encode(`${before}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
