import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { StreamRecord, StreamStore } from "./store";
import { Window } from "./window";

/** A stream and what happens on it now. */
export interface Stream {
  /** Title, owner, status and dates. */
  record: StreamRecord;
  /** What everything about it is filed under: no two apps have the same one. */
  readonly key: string;
  /** In the database, so that it is there after a restart; others live in memory only. */
  isStored: boolean;
  /** Display names in the chat by user, and users by the folded form of the name: tokens may bring the same one. */
  readonly names: Map<string, string>;
  readonly bearers: Map<string, Set<string>>;
  readonly messages: Window;
  readonly reactions: Window;
  /** For the average watch time: visits so far, what the ended ones lasted, and the sum of when the others began. */
  visits: number;
  watchedMs: number;
  begunSumMs: number;
  watching: number;
  /** Whether the peak is ahead of what is stored. */
  isPeakUnsaved: boolean;
  /** Monotonic ms of the last viewer count that was sent. */
  countSentAt: number;
  /** Sockets that follow its analytics. */
  readonly analysts: Set<object>;
  usedAt: number;
}

/** A stream that only viewers made and nobody uses is forgotten after this long (CONTRACT §7) … */
const IDLE_MS = 3_600_000;
/** … or sooner, the oldest first, when there are more in memory than any audience makes. */
const MAX_HELD = 20_000;

/** The streams of all apps. */
export class Streams {
  readonly #store: StreamStore;
  readonly #clock: Clock;
  readonly #isOpen: boolean;
  readonly #byKey = new Map<string, Stream>();

  /** @param isOpen whether joining an unknown stream creates it */
  constructor(store: StreamStore, clock: Clock, isOpen: boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#isOpen = isOpen;
  }

  find(appId: string, streamId: string): Stream | undefined {
    const key = streamKey(appId, streamId);
    let stream = this.#byKey.get(key);
    if (!stream) {
      const record = this.#store.find(appId, streamId);
      if (!record) return undefined;
      stream = this.#hold(key, record, true);
    }
    stream.usedAt = this.#clock.elapsed();
    return stream;
  }

  /** @throws Refusal `not_found` */
  get(appId: string, streamId: string): Stream {
    const stream = this.find(appId, streamId);
    if (!stream) throw new Refusal("not_found", "There is no such stream", { field: "stream_id" });
    return stream;
  }

  /** As `get`; where the settings allow it, an unknown stream is made, in memory. */
  getOrMake(appId: string, streamId: string): Stream {
    const found = this.find(appId, streamId);
    if (found || !this.#isOpen) return found ?? this.get(appId, streamId);
    return this.#hold(streamKey(appId, streamId), this.#blank(appId, streamId, streamId, null), false);
  }

  /** @throws Refusal `conflict` when it is registered already */
  register(appId: string, streamId: string, title: string, ownerId: string | null): Stream {
    const found = this.find(appId, streamId);
    if (found?.isStored) throw new Refusal("conflict", `stream_id ${streamId} exists already`, { field: "stream_id" });
    const record = {
      ...this.#blank(appId, streamId, title, ownerId),
      ...(found && { peakViewers: found.record.peakViewers }),
    };
    if (!found) {
      this.#store.save(record);
      return this.#hold(streamKey(appId, streamId), record, true);
    }
    this.change(found, record);
    return found;
  }

  list(appId: string): StreamRecord[] {
    const stored = this.#store
      .list(appId)
      .map((record) => this.#byKey.get(streamKey(appId, record.streamId))?.record ?? record);
    const others = [...this.#byKey.values()].filter((stream) => !stream.isStored && stream.record.appId === appId);
    return [...stored, ...others.map((stream) => stream.record)];
  }

  /**
   * The streams of all apps whose id, title or app holds `text`: the most watched first, then the newest.
   *
   * @param limit how many at most
   */
  search(text: string, limit: number): StreamRecord[] {
    const wanted = text.toLowerCase();
    const isWanted = ({ appId, streamId, title }: StreamRecord) =>
      [appId, streamId, title].some((each) => each.toLowerCase().includes(wanted));
    const held = [...this.#byKey.values()].filter(({ record }) => isWanted(record));
    const stored = this.#store.search(text, limit).filter((record) => !this.inMemory(record));
    return [...held, ...stored.map((record) => ({ record, watching: 0 }))]
      .sort((a, b) => b.watching - a.watching || b.record.createdAt - a.record.createdAt)
      .slice(0, limit)
      .map(({ record }) => record);
  }

  /** Changes a stream's record; from then on it is stored. */
  change(stream: Stream, change: Partial<StreamRecord>): void {
    const record = { ...stream.record, ...change };
    this.#store.save(record);
    stream.record = record;
    stream.isStored = true;
    stream.isPeakUnsaved = false;
  }

  /** Notes how many watch now. */
  counted(stream: Stream, viewers: number): void {
    const { startedAt, peakViewers } = stream.record;
    // What comes after a broadcast is no peak of it; a stream that was never live counts from its first viewer.
    if (viewers <= peakViewers || (startedAt !== null && runningSince(stream.record) === null)) return;
    stream.record = { ...stream.record, peakViewers: viewers };
    stream.isPeakUnsaved = stream.isStored;
  }

  /** Stores peaks that have risen; called by the ticker and when the server stops. */
  savePeaks(): void {
    for (const stream of this.#byKey.values()) if (stream.isPeakUnsaved) this.change(stream, {});
  }

  /** Forgets streams that nobody uses: what is stored of them is read again when it is needed. */
  sweep(): void {
    const since = this.#clock.elapsed() - IDLE_MS;
    for (const stream of this.#byKey.values()) {
      if (stream.usedAt < since && !isUsed(stream)) this.#byKey.delete(stream.key);
    }
  }

  /** As `find`, of those in memory, as all are that somebody follows; looking is no use of one. */
  inMemory({ appId, streamId }: Pick<StreamRecord, "appId" | "streamId">): Stream | undefined {
    return this.#byKey.get(streamKey(appId, streamId));
  }

  byKey(key: string): Stream | undefined {
    return this.#byKey.get(key);
  }

  get size(): number {
    return this.#byKey.size;
  }

  #blank(appId: string, streamId: string, title: string, ownerId: string | null): StreamRecord {
    return {
      appId,
      streamId,
      title,
      ownerId,
      status: "offline",
      startedAt: null,
      endedAt: null,
      error: null,
      peakViewers: 0,
      createdAt: this.#clock.now(),
    };
  }

  #hold(key: string, record: StreamRecord, isStored: boolean): Stream {
    const stream: Stream = {
      record,
      key,
      isStored,
      names: new Map(),
      bearers: new Map(),
      messages: new Window(),
      reactions: new Window(),
      visits: 0,
      watchedMs: 0,
      begunSumMs: 0,
      watching: 0,
      isPeakUnsaved: false,
      countSentAt: Number.NEGATIVE_INFINITY,
      analysts: new Set(),
      usedAt: this.#clock.elapsed(),
    };
    if (this.#byKey.size >= MAX_HELD) this.#forgetOldest();
    this.#byKey.set(key, stream);
    return stream;
  }

  #forgetOldest(): void {
    for (const stream of this.#byKey.values()) {
      if (this.#byKey.size < MAX_HELD * 0.9) return;
      if (!isUsed(stream)) this.#byKey.delete(stream.key);
    }
  }
}

function isUsed({ watching, names, analysts, isPeakUnsaved }: Stream): boolean {
  return watching > 0 || names.size > 0 || analysts.size > 0 || isPeakUnsaved;
}

/** When the broadcast began that has not ended, whatever problem it has; null where there is none. */
export function runningSince({ startedAt, endedAt }: StreamRecord): number | null {
  return endedAt === null ? startedAt : null;
}

function streamKey(appId: string, streamId: string): string {
  return `${appId}\0${streamId}`;
}
