import type { Cancel, Clock } from "../runtime/clock";
import type { Random } from "./random";

/** Ends whatever waits when the show ends. */
export class Over extends Error {}

/** The time of the show: how fast it goes, and when it ends. */
export class Pace {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly speed: number;
  readonly #waits = new Set<{ cancel: Cancel; end: (reason: Over) => void }>();
  #isOver = false;

  /** @param speed 1 is a pace for people */
  constructor(clock: Clock, random: Random, speed: number) {
    this.#clock = clock;
    this.#random = random;
    this.speed = speed;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Monotonic ms of the show, which goes as fast as the show does. */
  get elapsed(): number {
    return this.#clock.elapsed() * this.speed;
  }

  /** Waits some time from `minMs` to `maxMs`. @throws Over when the show ends meanwhile */
  wait(minMs: number, maxMs = minMs): Promise<void> {
    if (this.#isOver) return Promise.reject(new Over());
    const delayMs = (minMs + this.#random.next() * (maxMs - minMs)) / this.speed;
    return new Promise((resolve, end) => {
      const wait = {
        cancel: this.#clock.after(delayMs, () => {
          this.#waits.delete(wait);
          resolve();
        }),
        end,
      };
      this.#waits.add(wait);
    });
  }

  /** The show is over: nobody waits any more. */
  end(): void {
    this.#isOver = true;
    for (const { cancel, end } of this.#waits) {
      cancel();
      end(new Over());
    }
    this.#waits.clear();
  }
}
