const CELLS = 30;
/** Often enough to look alive. */
const PERIOD_MS = 100;

/** How far long work is, drawn on stderr where that is a terminal, and nowhere else. */
export class Bar {
  readonly #title: string;
  readonly #isDrawn = process.stderr.isTTY === true;
  #drawnAt = 0;

  constructor(title: string) {
    this.#title = title;
  }

  /** Whether anybody sees it. */
  get isDrawn(): boolean {
    return this.#isDrawn;
  }

  /** @param share 0 to 1 */
  show(share: number, now: string): void {
    if (!this.#isDrawn || performance.now() - this.#drawnAt < PERIOD_MS) return;
    this.#drawnAt = performance.now();
    const bounded = Math.min(1, Math.max(0, share));
    const filled = Math.round(bounded * CELLS);
    const line = `${this.#title} [${"█".repeat(filled)}${"░".repeat(CELLS - filled)}] ${Math.round(bounded * 100)} %  ${now}`;
    process.stderr.write(`\r${line.slice(0, (process.stderr.columns ?? 80) - 1)}\x1b[K`);
  }

  /** Leaves the line as it was before. */
  end(): void {
    if (this.#isDrawn && this.#drawnAt > 0) process.stderr.write("\r\x1b[K");
  }
}
