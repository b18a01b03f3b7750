import type { Session } from "../../realtime/session";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Ticker } from "../../runtime/ticker";
import type { LiveData } from "./session";

type LiveSession = Session<LiveData>;

const MAX_HELD = 20;
const HOLD_MS = 2_000;
const SWEEP_MS = 250;

/**
 * Messages that come before the join they belong to. The document's own example makes them: it sends right after the
 * client is made, and what Socket.IO had to buffer goes out before the handler that joins runs (CONTRACT §7).
 */
export class Early {
  readonly #clock: Clock;
  readonly #waiting = new Set<LiveSession>();

  constructor(clock: Clock, ticker: Ticker) {
    this.#clock = clock;
    ticker.every("give up on messages before a join", SWEEP_MS, () => this.#sweep());
  }

  /** Whether the socket has not joined the stream's chat yet, not even to leave it. */
  isTooEarly({ data }: LiveSession, streamId: string): boolean {
    return !data.streams.get(streamId)?.hasChatted;
  }

  /**
   * Keeps `run` until the socket joins the stream.
   *
   * @returns what `run` gives then
   * @throws Refusal `permission_denied` when there is no join in time, or too much is held already
   */
  hold<T>(session: LiveSession, streamId: string, run: () => Promise<T>): Promise<T> {
    const { data } = session;
    if (data.heldCount >= MAX_HELD) throw joinFirst();
    data.heldCount++;
    this.#waiting.add(session);
    return new Promise<T>((resolve, reject) => {
      const held = data.held.get(streamId) ?? [];
      held.push({
        run: () => {
          try {
            run().then(resolve, reject);
          } catch (error) {
            reject(error);
          }
        },
        refuse: reject,
        until: this.#clock.elapsed() + HOLD_MS,
      });
      data.held.set(streamId, held);
    });
  }

  /** The socket has joined: what was held is handled now, in its order. */
  release(session: LiveSession, streamId: string): void {
    for (const { run } of this.#take(session, streamId)) run();
  }

  /** The socket may not join: what was held is refused as the join was. */
  refuse(session: LiveSession, streamId: string, error: unknown): void {
    for (const { refuse } of this.#take(session, streamId)) refuse(error);
  }

  /** The socket no longer speaks for its user: what was held is nobody's. */
  forget(session: LiveSession): void {
    this.#waiting.delete(session);
    for (const streamId of [...session.data.held.keys()]) this.refuse(session, streamId, joinFirst());
  }

  /** Takes out the first `count` of what is held for a stream. */
  #take(session: LiveSession, streamId: string, count = MAX_HELD) {
    const { data } = session;
    const held = data.held.get(streamId) ?? [];
    const taken = held.splice(0, count);
    if (held.length === 0) data.held.delete(streamId);
    data.heldCount -= taken.length;
    if (data.heldCount === 0) this.#waiting.delete(session);
    return taken;
  }

  #sweep(): void {
    const now = this.#clock.elapsed();
    for (const session of this.#waiting) {
      for (const [streamId, held] of [...session.data.held]) {
        // They came in order, so those that have waited long enough stand first.
        const due = held.findIndex(({ until }) => until > now);
        for (const { refuse } of this.#take(session, streamId, due === -1 ? held.length : due)) refuse(joinFirst());
      }
    }
  }
}

function joinFirst(): Refusal {
  return new Refusal("permission_denied", "Join the chat first");
}
