import { Refusal } from "../../refusal";
import type { Bucket, Limits } from "../limits";

/** How many tries may wait for the outcome of others. */
const MAX_WAITING = 100;

/** Limits tries of which only the failures count. */
export class Tries {
  readonly #limits: Limits;
  /** Whose outcome is not known yet, by the buckets that they hold a token of; settled once they let go of it. */
  readonly #running = new Map<string, Set<Promise<void>>>();
  #waiting = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Makes a try. Its tokens are taken before and given back when it turns out right, so that guesses made at once
   * cannot outrun their own failures.
   *
   * @param attempt whether it is right; what it throws counts as no try
   * @throws Refusal `rate_limit_exceeded` after too many failures, at once unless tries that run decide it
   */
  async make(buckets: readonly Bucket[], attempt: () => Promise<boolean>): Promise<boolean> {
    // No await between taking and holding: whoever asks in between would see tokens that nobody has.
    while (!this.#takes(buckets)) await this.#nextOutcome(buckets);
    const over = Promise.withResolvers<void>();
    for (const { key } of buckets) this.#holders(key).add(over.promise);
    let counts = false;
    try {
      const isRight = await attempt();
      counts = !isRight;
      return isRight;
    } finally {
      if (!counts) this.#limits.giveBack(buckets);
      for (const { key } of buckets) this.#letGo(key, over.promise);
      over.resolve();
    }
  }

  /** @throws Refusal when none of the tries that run can make a difference */
  #takes(buckets: readonly Bucket[]): boolean {
    const waitMs = this.#limits.take(buckets);
    if (waitMs === 0) return true;
    // The tokens may be with tries that turn out right, as in a class that signs in at the same moment. Where those
    // that have failed are too many by themselves, there is nothing to wait for.
    const isOpen = this.#limits.wait(buckets, (key) => this.#running.get(key)?.size ?? 0) === 0;
    if (isOpen && this.#waiting < MAX_WAITING) return false;
    throw Refusal.rateLimited(waitMs, "Too many failed sign-ins, try again later");
  }

  async #nextOutcome(buckets: readonly Bucket[]): Promise<void> {
    this.#waiting++;
    await Promise.race(buckets.flatMap(({ key }) => [...(this.#running.get(key) ?? [])]));
    this.#waiting--;
  }

  #holders(key: string): Set<Promise<void>> {
    let holders = this.#running.get(key);
    if (!holders) {
      holders = new Set();
      this.#running.set(key, holders);
    }
    return holders;
  }

  #letGo(key: string, over: Promise<void>): void {
    const holders = this.#holders(key);
    holders.delete(over);
    if (holders.size === 0) this.#running.delete(key);
  }
}
