import { Presence } from "../../domain/presence/presence";
import type { House } from "../../house";
import type { Line } from "../../realtime/api";
import { iso } from "../../runtime/clock";
import type { LiveContract } from "./contract";
import { nameOf } from "./names";
import type { LiveData } from "./session";
import type { Stream, Streams } from "./streams";
import { type LiveSession, shown, streamRoom, userOf } from "./wire";

/** A leave counts after this long (CONTRACT §7). */
const GRACE_MS = 5_000;
/** While a stream has at most so many viewers, they hear of each other. */
const INTIMATE = 100;
/** How late a count may be that had to wait. */
const SWEEP_MS = 100;

/** Who watches which stream: distinct users, counted for everybody who watches. */
export class Audience {
  readonly #clock: House["clock"];
  readonly #line: Line<LiveContract, LiveData>;
  readonly #streams: Streams;
  readonly #viewerCountMs: number;
  readonly #viewers: Presence;
  /** Streams whose last count is newer than what was sent. */
  readonly #pendingCounts = new Set<Stream>();
  /** Display names of viewers, for when they have gone. */
  readonly #names = new Map<string, string>();

  constructor({ clock, ticker }: House, line: Line<LiveContract, LiveData>, streams: Streams, viewerCountMs: number) {
    this.#clock = clock;
    this.#line = line;
    this.#streams = streams;
    this.#viewerCountMs = viewerCountMs;
    this.#viewers = new Presence(clock, ticker, GRACE_MS, {
      left: (place, userId, stayedMs) => this.#viewerLeft(place, userId, stayedMs),
    });
    ticker.every("viewer counts", Math.min(SWEEP_MS, viewerCountMs), () => {
      for (const stream of this.#pendingCounts) if (this.#mayTell(stream)) this.#sendCount(stream);
    });
  }

  /** How many watch a stream now. */
  size(stream: Stream): number {
    return this.#viewers.count(stream.key);
  }

  /** Who watches it, in the order in which they came: the first `limit` of them. */
  viewers(stream: Stream, limit: number): { user: string; name: string }[] {
    const viewers: { user: string; name: string }[] = [];
    for (const user of this.#viewers.usersOf(stream.key)) {
      if (viewers.length >= limit) break;
      viewers.push({ user, name: this.#names.get(`${stream.key}\0${user}`) ?? shown(user) });
    }
    return viewers;
  }

  /** From now on the socket hears of the stream, and its user counts as a viewer. */
  watch(session: LiveSession, stream: Stream): void {
    const user = userOf(session);
    this.#line.rooms.join(session, streamRoom(stream));
    if (this.#viewers.isHere(stream.key, user)) {
      this.#viewers.enter(stream.key, user, session);
      this.#sendCountTo(session, stream);
      return;
    }
    this.#viewers.enter(stream.key, user, session);
    const now = this.#clock.elapsed();
    stream.visits++;
    stream.watching++;
    stream.begunSumMs += now;
    this.#names.set(`${stream.key}\0${user}`, nameOf(stream, session));
    if (!this.#countChanged(stream)) this.#sendCountTo(session, stream);
    this.#tellOthers("viewer.joined", stream, user, nameOf(stream, session), session);
  }

  /** A viewer goes by another name now. */
  renamed(stream: Stream, user: string, name: string): void {
    const key = `${stream.key}\0${user}`;
    if (this.#names.has(key)) this.#names.set(key, name);
  }

  unwatch(session: LiveSession, stream: Stream): void {
    this.#line.rooms.leave(session, streamRoom(stream));
    this.#viewers.leave(stream.key, userOf(session), session);
  }

  /** Puts a user out at once, without the grace. */
  evict(stream: Stream, user: string): void {
    this.#viewers.evict(stream.key, user);
  }

  #viewerLeft(place: string, user: string, stayedMs: number): void {
    const name = this.#names.get(`${place}\0${user}`) ?? shown(user);
    this.#names.delete(`${place}\0${user}`);
    const stream = this.#streams.byKey(place);
    if (!stream) return;
    stream.watching--;
    stream.begunSumMs -= this.#clock.elapsed() - stayedMs;
    stream.watchedMs += stayedMs;
    this.#countChanged(stream);
    this.#tellOthers("viewer.left", stream, user, name);
  }

  #tellOthers(
    event: "viewer.joined" | "viewer.left",
    stream: Stream,
    user: string,
    username: string,
    except?: LiveSession,
  ): void {
    const count = this.size(stream);
    if (count > INTIMATE) return;
    const visit = { stream_id: stream.record.streamId, user_id: shown(user), username, count };
    this.#line.publisher.toRoom("/", streamRoom(stream), event, visit, except && [except]);
  }

  /** At once where none was sent for a period, else when it is over. @returns whether it is sent */
  #countChanged(stream: Stream): boolean {
    this.#streams.counted(stream, this.size(stream));
    if (!this.#mayTell(stream)) {
      this.#pendingCounts.add(stream);
      return false;
    }
    this.#sendCount(stream);
    return true;
  }

  #mayTell({ countSentAt }: Stream): boolean {
    return this.#clock.elapsed() - countSentAt >= this.#viewerCountMs;
  }

  #sendCount(stream: Stream): void {
    this.#pendingCounts.delete(stream);
    stream.countSentAt = this.#clock.elapsed();
    this.#line.publisher.toRoom("/", streamRoom(stream), "viewer.count.update", this.#count(stream));
  }

  #sendCountTo(session: LiveSession, stream: Stream): void {
    this.#line.publisher.send(session, "viewer.count.update", this.#count(stream));
  }

  #count(stream: Stream) {
    return {
      stream_id: stream.record.streamId,
      count: this.size(stream),
      timestamp: iso(this.#clock.now()),
    };
  }
}
