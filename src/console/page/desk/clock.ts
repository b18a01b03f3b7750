import { Source } from "./source";

const STEP_MS = 5_000;

/** One clock for all the relative times on the page. */
export class Clock {
  readonly now = new Source(Date.now());

  start(): void {
    setInterval(() => {
      this.now.value = Date.now();
    }, STEP_MS);
  }
}
