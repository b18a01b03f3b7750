import { WriteBehind } from "../../domain/progress/buffer";
import { Flushing } from "../../domain/progress/flushing";
import type { House } from "../../house";
import { Throttle } from "../../runtime/throttle";
import type { Video, Watched, WatchedStore } from "./store";

/** Where a student is in a video right now. */
export interface Report {
  readonly userId: string;
  readonly video: Video;
  /** 0 to 100. */
  readonly progress: number;
  /** Seconds. */
  readonly timestamp: number;
}

interface Watcher {
  /** A report for the instructor's eyes. */
  reported(report: Report): void;
  /** A student's figures are stored. */
  stored(row: Watched): void;
}

/** At most one report per student and video in this time reaches the instructor (CONTRACT §8). */
const REPORT_MS = 2_000;
/** How late a report may be that was held back. */
const SWEEP_MS = 100;
/** About 300 bytes each: an hour's outage with a large school fits. */
const MAX_BUFFERED = 500_000;
/** How many rows an instructor who joins is shown (CONTRACT §3.7). */
const SNAPSHOT = 500;
/** A list is at most so far behind the reports. */
const LIST_AGE_MS = 1_000;

/**
 * How far students get: reports go to the instructor at once, and the furthest second and the highest percentage are
 * kept in memory and stored in batches, as playback's progress is. Neither ever goes back.
 */
export class WatchedVideos {
  readonly #store: WatchedStore;
  readonly #clock: House["clock"];
  /** By course, so that a class is found at once; within it by student and video. */
  readonly #buffer: WriteBehind<Watched>;
  readonly #flushing: Flushing;
  readonly #reports: Throttle<Report>;
  #listedAt = Number.NEGATIVE_INFINITY;
  /** Whether the database could not be written when the class was last listed. */
  #isFailing = false;

  constructor(store: WatchedStore, { clock, log, ticker }: House, flushPeriodMs: number, watcher: Watcher) {
    this.#store = store;
    this.#clock = clock;
    this.#buffer = new WriteBehind<Watched>({
      name: "watched videos",
      clock,
      log,
      maxRows: MAX_BUFFERED,
      write: (rows) => {
        const outcome = store.write(rows);
        for (const row of outcome.stored) watcher.stored(row);
        return outcome;
      },
    });
    this.#flushing = new Flushing("watched videos", this.#buffer, ticker, flushPeriodMs);
    this.#reports = new Throttle(clock, REPORT_MS, (report) => watcher.reported(report));
    ticker.every("pass on reports that were held back", SWEEP_MS, () => this.#reports.sweep());
  }

  /** Notes a report: two map writes. @throws Refusal `unavailable` after a very long outage of the disk */
  record(report: Report): void {
    const { userId, video, progress, timestamp } = report;
    const key = keyOf(userId, video.id);
    const row = {
      userId,
      videoId: video.id,
      courseId: video.courseId,
      watchedSeconds: timestamp,
      percentComplete: progress,
      updatedAt: this.#clock.now(),
    };
    this.#buffer.put(video.courseId, key, furthest(row, this.#buffer.get(video.courseId, key)));
    this.#reports.put(key, report);
  }

  /** A student's figures of one video, those not stored yet included. */
  async of(userId: string, { id, courseId }: Video): Promise<Watched | undefined> {
    const stored = this.#store.get(userId, id);
    const unwritten = this.#buffer.get(courseId, keyOf(userId, id));
    return unwritten ? furthest(unwritten, stored) : stored;
  }

  /** A course as it is now: the rows that changed last, oldest first, those not stored yet included. */
  newest(courseId: string): Watched[] {
    // What is not stored yet is newer than anything that is, whatever the clock did meanwhile.
    const buffered = [...this.#buffer.of(courseId)].sort((a, b) => a.updatedAt - b.updatedAt);
    const unwritten = buffered.slice(-SNAPSHOT);
    const hidden = new Set(unwritten.map(({ userId, videoId }) => keyOf(userId, videoId)));
    const stored = this.#store.newest(courseId, SNAPSHOT).filter((row) => !hidden.has(keyOf(row.userId, row.videoId)));
    return [...stored.reverse(), ...unwritten.map((row) => this.#whole(row))].slice(-SNAPSHOT);
  }

  /** The class, by student and video; at most a second behind, and whole while the database cannot be written. */
  async list(...[courseId, only, page]: Parameters<WatchedStore["of"]>): Promise<Watched[]> {
    const now = this.#clock.elapsed();
    let isStored = this.#buffer.size === 0;
    if (!isStored && now - this.#listedAt >= LIST_AGE_MS) {
      this.#listedAt = now;
      isStored = this.#buffer.flush();
      this.#isFailing = !isStored;
    }
    if (isStored || !this.#isFailing) return this.#store.of(courseId, only, page);
    const { limit, offset } = page;
    const stored = await this.#store.of(courseId, only, { limit: limit + offset, offset: 0 });
    const rows = new Map(stored.map((row) => [keyOf(row.userId, row.videoId), row]));
    for (const row of this.#buffer.of(courseId)) {
      const isWanted = (only.userId ?? row.userId) === row.userId && (only.videoId ?? row.videoId) === row.videoId;
      if (isWanted) rows.set(keyOf(row.userId, row.videoId), this.#whole(row));
    }
    const inOrder = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    return inOrder.slice(offset, offset + limit);
  }

  /** Somebody has left: what they reported is stored soon. */
  flushSoon(): void {
    this.#flushing.soon();
  }

  /** A row that is not stored yet, with what is stored of it. */
  #whole(row: Watched): Watched {
    return furthest(row, this.#store.get(row.userId, row.videoId));
  }

  /** Rows that are not stored yet. */
  get unwritten(): number {
    return this.#buffer.size;
  }

  /** @returns whether everything is stored */
  flush(): boolean {
    return this.#buffer.flush();
  }
}

function keyOf(userId: string, videoId: string): string {
  return `${userId}\0${videoId}`;
}

/** @param now counts as the time of both */
function furthest(now: Watched, before: Watched | undefined): Watched {
  if (!before) return now;
  return {
    ...now,
    watchedSeconds: Math.max(now.watchedSeconds, before.watchedSeconds),
    percentComplete: Math.max(now.percentComplete, before.percentComplete),
  };
}
