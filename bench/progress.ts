const WIDTH = 30;

/** What is written on while the benchmark works: stderr, so that the tables can go to a file. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Tells how far it is: a bar on a terminal, a line a step elsewhere. */
export class Progress {
  readonly #steps: number;
  readonly #screen: Screen;
  #done = 0;

  /** @param steps how often `step` will be called */
  constructor(steps: number, screen: Screen = process.stderr) {
    this.#steps = steps;
    this.#screen = screen;
  }

  /** The next step begins. */
  step(what: string): void {
    const share = Math.min(1, this.#done++ / this.#steps);
    this.#show(bar(share), what);
  }

  /** All is done: the bar goes. */
  end(): void {
    if (this.#screen.isTTY) this.#screen.write("\r\x1b[K");
  }

  #show(bar: string, what: string): void {
    this.#screen.write(this.#screen.isTTY ? `\r\x1b[K${bar} ${what}` : `${bar} ${what}\n`);
  }
}

export function bar(share: number): string {
  const full = Math.round(share * WIDTH);
  return `[${"#".repeat(full)}${".".repeat(WIDTH - full)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}
