import type { Cancel, Clock } from "../../runtime/clock";

/** What the wheel turns. The fields are its own notes; they stand on the connection, where they cost no object. */
export interface Beating {
  /** Which list of the wheel it is in, and where in it. */
  slot: number;
  place: number;
  /** The ticks at which it opened, and at which it was pinged or has answered. */
  openedAt: number;
  since: number;
  /** It was pinged and has not answered. */
  isAwaited: boolean;
  /** It has opened a namespace, once. */
  readonly hasJoined: boolean;
  ping(): void;
  /** It did not answer in time. */
  silent(): void;
  /** It opened no namespace in time. */
  idle(): void;
}

interface Times {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** A connection that opens no namespace in this time is closed. */
  readonly connectMs: number;
}

/** So finely the shortest of the times is cut; whatever is due within a tick comes up to that much late. */
const TICKS = 40;
const MIN_TICK_MS = 5;

/**
 * The heartbeats of all connections of an engine: a wheel of lists, one of which comes up with every tick. Replaces two
 * timers per connection for the heartbeat and one for the first namespace, about 400 bytes, and their moving about with
 * every pong; a connection stands in one list and is looked at twice per period.
 *
 * It counts ticks and not time: while the process stood still nobody's answer could be read, so nobody is late.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #connect: number;
  readonly #slots: Beating[][];
  #tick = 0;
  #turnedAt = Number.NEGATIVE_INFINITY;
  #size = 0;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, { pingIntervalMs, pingTimeoutMs, connectMs }: Times) {
    this.#clock = clock;
    this.#tickMs = Math.max(MIN_TICK_MS, Math.min(pingIntervalMs, pingTimeoutMs, connectMs) / TICKS);
    // One more, since the first one may be over in a moment.
    const ticks = (ms: number) => Math.ceil(ms / this.#tickMs) + 1;
    this.#interval = ticks(pingIntervalMs);
    this.#timeout = ticks(pingTimeoutMs);
    this.#connect = ticks(connectMs);
    // Nothing is put off for longer than the interval, so that no list is added to while it is the one that comes up.
    this.#slots = Array.from({ length: this.#interval + 1 }, () => []);
  }

  /** The connection has opened. */
  add(each: Beating): void {
    each.openedAt = this.#tick;
    each.since = this.#tick;
    each.isAwaited = false;
    this.#size++;
    this.#putOff(each);
    this.#cancel ??= this.#clock.every(this.#tickMs, () => this.#turn());
  }

  /** The connection has closed. */
  remove(each: Beating): void {
    if (each.slot === NOWHERE) return;
    if (each.slot !== LOOKED_AT) {
      const list = this.#slots[each.slot] as Beating[];
      const last = list.pop();
      if (last && last !== each) {
        list[each.place] = last;
        last.place = each.place;
      }
    }
    each.slot = NOWHERE;
    if (--this.#size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The connection has answered; an answer that was not asked for changes nothing. */
  answered(each: Beating): void {
    if (!each.isAwaited) return;
    each.isAwaited = false;
    each.since = this.#tick;
  }

  get size(): number {
    return this.#size;
  }

  #turn(): void {
    const now = this.#clock.elapsed();
    // A timer that makes up for what it has missed.
    if (now - this.#turnedAt < this.#tickMs / 2) return;
    this.#turnedAt = now;
    this.#tick++;
    const due = this.#slots[this.#tick % this.#slots.length] as Beating[];
    // Whoever is closed by what happens here takes itself out of the same list.
    for (let each = due.pop(); each; each = due.pop()) this.#look(each);
  }

  #look(each: Beating): void {
    each.slot = LOOKED_AT;
    const passed = this.#tick - each.since;
    if (!each.hasJoined && this.#tick - each.openedAt >= this.#connect) each.idle();
    else if (each.isAwaited && passed >= this.#timeout) each.silent();
    else if (!each.isAwaited && passed >= this.#interval) {
      each.isAwaited = true;
      each.since = this.#tick;
      each.ping();
    }
    // Any of these may have closed it.
    if (each.slot === LOOKED_AT) this.#putOff(each);
  }

  /** Until something can be due. Who is awaited may answer at once and is then due for a ping an interval later. */
  #putOff(each: Beating): void {
    let ticks = (each.isAwaited ? this.#timeout : this.#interval) - (this.#tick - each.since);
    if (!each.hasJoined) ticks = Math.min(ticks, this.#connect - (this.#tick - each.openedAt));
    each.slot = (this.#tick + Math.min(ticks, this.#interval)) % this.#slots.length;
    each.place = (this.#slots[each.slot] as Beating[]).push(each) - 1;
  }
}

/** Slots of those who are in no list. */
export const NOWHERE = -1;
const LOOKED_AT = -2;
