import { type Bucket, type Limits, rate, taken, waitMs } from "../domain/limits";
import { parse } from "../parse";
import { Refusal, type RefusalCode } from "../refusal";
import type { Clock } from "../runtime/clock";
import type { Histogram } from "../runtime/histogram";
import type { Log } from "../runtime/log";
import { guestRefusal, roleRefusal } from "./access";
import type { Inbound, NamespaceContract } from "./contract";
import type { Dialect } from "./dialect";
import { DONE } from "./done";
import { REFUSALS_PER_SECOND, type Session } from "./session";
import type { Sessions } from "./sessions";

/** What a handler answers: the acknowledgement's fields besides `success`, or nothing. */
type Outcome = object | undefined | void;

/** A handler's answer that comes later, and that the socket's next events do not wait for. */
export class Later {
  readonly outcome: Promise<object | undefined | void>;

  constructor(outcome: Promise<object | undefined | void>) {
    this.outcome = outcome;
  }
}

/** A handler's answer, and what comes right after its acknowledgement: a snapshot must not overtake it. */
export class Followed {
  readonly answer: object | undefined;
  readonly follow: () => void | Promise<void>;

  /** @param follow the socket's next event waits for it */
  constructor(answer: object | undefined, follow: () => void | Promise<void>) {
    this.answer = answer;
    this.follow = follow;
  }
}

export type Handler<Data> = (session: Session<Data>, payload: never) => Outcome | Promise<Outcome>;

interface DispatcherOptions<Data> {
  readonly api: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
  readonly sessions: Sessions<Data>;
  readonly dialect: Dialect<Data>;
  /** Is told how long events take, ms: every `TIMED_EVERY`th until its handler is done, what a `Later` does left out. */
  readonly durations: Histogram;
}

/** How often each event came, for the metrics. */
export interface EventCount {
  readonly event: string;
  handled: number;
  refused: number;
}

interface Row<Data> {
  readonly inbound: Inbound;
  readonly handler: Handler<Data>;
  readonly limits: readonly { name: string; rate: Bucket["rate"] }[];
  readonly count: EventCount;
}

type Acknowledge = (answer: object) => void;

/** CONTRACT §3.6: what holds for every event whose document names no limit. */
const COMMON_RATE = rate(20, 1000, 40);
const REFUSAL_RATE = rate(REFUSALS_PER_SECOND, 1000);
/** An event is measured so rarely, which says as much of them all. */
const TIMED_EVERY = 16;
/** How many packets of a socket may wait for one that takes its time (a sign-in, as a rule). */
const MAX_WAITING = 100;

/**
 * Takes every packet of every socket of one namespace from arrival to acknowledgement. The rules of CONTRACT §3 are
 * here, in the order of these lines, and nowhere else.
 */
export class Dispatcher<Data> {
  readonly #options: DispatcherOptions<Data>;
  readonly #rows = new Map<string, Row<Data>>();
  /** How often each refusal was given, for the metrics. */
  readonly refusals = new Map<RefusalCode, number>();
  #untimed = 0;
  readonly #unknown: EventCount = { event: "(unknown)", handled: 0, refused: 0 };

  constructor(
    contract: NamespaceContract,
    handlers: Readonly<Record<string, Handler<Data>>>,
    options: DispatcherOptions<Data>,
  ) {
    this.#options = options;
    for (const [event, inbound] of Object.entries(contract.receives)) {
      const handler = handlers[event];
      if (!handler) throw new Error(`${options.api}: no handler for ${event}`);
      const limits = (inbound.limits ?? []).map(({ count, periodMs, name = event }) => ({
        name: `${options.api} ${name} ${count}/${periodMs}`,
        rate: rate(count, periodMs),
      }));
      this.#rows.set(event, { inbound, handler, limits, count: { event, handled: 0, refused: 0 } });
    }
  }

  /** A packet as Socket.IO gives it: event name, payload, and the acknowledgement where the client wants one. */
  receive(session: Session<Data>, packet: unknown[]): void {
    // What came in one burst with the reason for the end is still delivered after it.
    if (session.isClosing) return;
    if (session.waiting) {
      if (session.waiting.length < MAX_WAITING) session.waiting.push(packet);
      else this.#refuse(session, undefined, Refusal.rateLimited(1000), acknowledgeOf(packet));
      return;
    }
    const pending = this.#isTimed() ? this.#handleTimed(session, packet) : this.#handle(session, packet);
    if (pending) void this.#handleRest(session, pending);
  }

  get counts(): EventCount[] {
    return [...[...this.#rows.values()].map((row) => row.count), this.#unknown];
  }

  /** Two looks at the clock cost as much as a cheap event: most go without. */
  #isTimed(): boolean {
    this.#untimed = (this.#untimed + 1) % TIMED_EVERY;
    return this.#untimed === 1;
  }

  #handleTimed(session: Session<Data>, packet: unknown[]): Promise<void> | undefined {
    const { clock, durations } = this.#options;
    const begun = clock.elapsed();
    const done = () => durations.add(clock.elapsed() - begun);
    const pending = this.#handle(session, packet);
    if (!pending) done();
    return pending?.then(done);
  }

  /** Events of one socket are handled in the order they came: while one takes its time, the next ones wait. */
  async #handleRest(session: Session<Data>, first: Promise<void>): Promise<void> {
    const waiting: unknown[][] = [];
    session.waiting = waiting;
    await first;
    for (let packet = waiting.shift(); packet && !session.isClosing; packet = waiting.shift()) {
      await this.#handle(session, packet);
    }
    session.waiting = undefined;
  }

  /** Never throws; a promise only when the handler gave one. */
  #handle(session: Session<Data>, packet: unknown[]): Promise<void> | undefined {
    const acknowledge = acknowledgeOf(packet);
    const [event, payload] = packet;
    const row = typeof event === "string" ? this.#rows.get(event) : undefined;
    try {
      this.#limit(session, row);
      if (!row) throw new Refusal("invalid_request", "Unknown event");
      const { inbound } = row;
      const isGuest = guestRefusal(inbound.access, session.identity);
      if (isGuest) throw isGuest;
      const input = parse(inbound.payload, acknowledge && packet.length === 2 ? undefined : payload);
      const isForbidden = roleRefusal(inbound.access, session.identity);
      if (isForbidden) throw isForbidden;
      const outcome = row.handler(session, input as never);
      const later = outcome instanceof Later ? outcome.outcome : outcome;
      if (later instanceof Promise) {
        const done = later.then(
          (answer) => this.#succeed(row, answer, acknowledge),
          (error) => this.#refuse(session, row, error, acknowledge),
        );
        return later === outcome ? done : undefined;
      }
      return this.#succeed(row, outcome, acknowledge);
    } catch (error) {
      this.#refuse(session, row, error, acknowledge);
    }
    return undefined;
  }

  #limit(session: Session<Data>, row: Row<Data> | undefined): void {
    const { clock, limits } = this.#options;
    let wait: number;
    if (row && row.limits.length > 0) {
      const owner = session.identity ? `user ${session.identity.userId}` : `address ${session.peer.network}`;
      wait = limits.take(row.limits.map(({ name, rate }) => ({ key: `${name} ${owner}`, rate })));
    } else {
      const now = clock.elapsed();
      wait = waitMs(session.eventsFullAt, now, COMMON_RATE);
      if (wait === 0) session.eventsFullAt = taken(session.eventsFullAt, now, COMMON_RATE);
    }
    if (wait > 0) throw Refusal.rateLimited(wait);
  }

  #succeed(row: Row<Data>, outcome: Outcome, acknowledge: Acknowledge | undefined): Promise<void> | undefined {
    row.count.handled++;
    if (!(outcome instanceof Followed)) {
      acknowledge?.(outcome ? { success: true, ...outcome } : DONE);
      return undefined;
    }
    acknowledge?.({ success: true, ...outcome.answer });
    return this.#follow(row, outcome);
  }

  /** Never rejects: the event has been acknowledged. */
  async #follow({ count }: Row<Data>, { follow }: Followed): Promise<void> {
    const { api, log } = this.#options;
    try {
      await follow();
    } catch (error) {
      log.error({ err: error, api, event: count.event }, "what follows an answer failed");
    }
  }

  #refuse(session: Session<Data>, row: Row<Data> | undefined, error: unknown, acknowledge?: Acknowledge): void {
    const { api, log, dialect, sessions, clock } = this.#options;
    const refusal = Refusal.from(error);
    const count = row?.count ?? this.#unknown;
    count.refused++;
    this.refusals.set(refusal.code, (this.refusals.get(refusal.code) ?? 0) + 1);
    if (refusal.code === "internal") log.error({ err: refusal.cause, api, event: count.event }, "a handler failed");
    acknowledge?.(dialect.answer(refusal));
    if (row?.inbound.signsIn && refusal.code !== "rate_limit_exceeded") {
      sessions.failSignIn(session, refusal);
      return;
    }
    if (acknowledge) return;
    const now = clock.elapsed();
    if (waitMs(session.refusalsFullAt, now, REFUSAL_RATE) > 0) return;
    session.refusalsFullAt = taken(session.refusalsFullAt, now, REFUSAL_RATE);
    dialect.refused(session, refusal);
  }
}

function acknowledgeOf(packet: unknown[]): Acknowledge | undefined {
  const last = packet.at(-1);
  return typeof last === "function" ? (last as Acknowledge) : undefined;
}
