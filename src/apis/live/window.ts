const SECONDS = 60;

/** How often something happened within the last 60 seconds: one counter a second, whatever the rate. */
export class Window {
  readonly #counts = new Uint32Array(SECONDS);
  #second = 0;
  #total = 0;

  /** @param nowMs monotonic */
  add(nowMs: number): void {
    this.#turnTo(nowMs);
    const slot = this.#second % SECONDS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#total++;
  }

  total(nowMs: number): number {
    this.#turnTo(nowMs);
    return this.#total;
  }

  #turnTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second - this.#second >= SECONDS) {
      this.#counts.fill(0);
      this.#total = 0;
      this.#second = second;
    }
    while (this.#second < second) {
      this.#second++;
      const slot = this.#second % SECONDS;
      this.#total -= this.#counts[slot] ?? 0;
      this.#counts[slot] = 0;
    }
  }
}
