import type { Clock } from "../../runtime/clock";
import type { Ticker } from "../../runtime/ticker";

interface Leave {
  readonly place: string;
  readonly userId: string;
  readonly atMs: number;
  readonly visit: Visit;
}

interface Visit {
  /** What keeps the user here: sockets, as a rule. */
  readonly holders: Set<object>;
  readonly since: number;
  /** When it ends unless somebody holds it again: a user who came back and went again has a later one. */
  endsAt: number;
}

interface Watcher {
  /** The user is here, and was not before. */
  entered?(place: string, userId: string): void;
  /** The user has been gone for the whole grace, or was put out. */
  left?(place: string, userId: string, stayedMs: number): void;
}

const SWEEP_MS = 250;

/**
 * Who is where: distinct users, over all their sockets. A user whose last socket goes is still here for the grace, so
 * that a reconnect is no leaving and coming. The grace is the same for everybody, so leaves come due in the order they
 * were made, and one queue does for all of them.
 */
export class Presence {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #watcher: Watcher;
  readonly #places = new Map<string, Map<string, Visit>>();
  readonly #leaving: Leave[] = [];

  /** @param graceMs how long a user without sockets still counts; 0 = not at all */
  constructor(clock: Clock, ticker: Ticker, graceMs: number, watcher: Watcher = {}) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#watcher = watcher;
    if (graceMs > 0) ticker.every("end visits", SWEEP_MS, () => this.#sweep());
  }

  enter(place: string, userId: string, holder: object): void {
    let visits = this.#places.get(place);
    if (!visits) {
      visits = new Map();
      this.#places.set(place, visits);
    }
    const visit = visits.get(userId);
    if (visit) {
      visit.holders.add(holder);
      return;
    }
    visits.set(userId, { holders: new Set([holder]), since: this.#clock.elapsed(), endsAt: 0 });
    this.#watcher.entered?.(place, userId);
  }

  leave(place: string, userId: string, holder: object): void {
    const visit = this.#places.get(place)?.get(userId);
    if (!visit?.holders.delete(holder) || visit.holders.size > 0) return;
    if (this.#graceMs === 0) this.#end(place, userId, visit);
    else {
      visit.endsAt = this.#clock.elapsed() + this.#graceMs;
      this.#leaving.push({ place, userId, visit, atMs: visit.endsAt });
    }
  }

  /** Puts a user out at once, whatever holds them. */
  evict(place: string, userId: string): void {
    const visit = this.#places.get(place)?.get(userId);
    if (visit) this.#end(place, userId, visit);
  }

  count(place: string): number {
    return this.#places.get(place)?.size ?? 0;
  }

  /** The users who are there, in the order in which they came. */
  usersOf(place: string): Iterable<string> {
    return this.#places.get(place)?.keys() ?? [];
  }

  isHere(place: string, userId: string): boolean {
    return this.#places.get(place)?.has(userId) ?? false;
  }

  #sweep(): void {
    const now = this.#clock.elapsed();
    let due = 0;
    for (const { place, userId, visit, atMs } of this.#leaving) {
      if (atMs > now) break;
      due++;
      const isSame = this.#places.get(place)?.get(userId) === visit;
      if (isSame && visit.holders.size === 0 && visit.endsAt === atMs) this.#end(place, userId, visit);
    }
    this.#leaving.splice(0, due);
  }

  #end(place: string, userId: string, visit: Visit): void {
    const visits = this.#places.get(place);
    visits?.delete(userId);
    if (visits?.size === 0) this.#places.delete(place);
    this.#watcher.left?.(place, userId, this.#clock.elapsed() - visit.since);
  }
}
