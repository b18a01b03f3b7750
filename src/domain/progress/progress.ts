import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import { type Clock, pause } from "../../runtime/clock";
import type { Log } from "../../runtime/log";
import type { Ticker } from "../../runtime/ticker";
import { writeRows } from "../../store/batch";
import type { Store } from "../../store/database";
import { pruneRows } from "../../store/prune";
import { WriteBehind } from "./buffer";
import { Flushing } from "./flushing";
import { progress } from "./tables";

type Kind = "tv" | "movie";

/** What is watched: an episode (`tv`) or a movie. */
export interface Item {
  readonly kind: Kind;
  readonly itemId: string;
}

/** How far a user is in an item. */
export interface Position extends Item {
  readonly userId: string;
  /** As the client counts it; seconds by the document. */
  readonly time: number;
  /** Share watched, 0 to 1. */
  readonly progress: number;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** From this share on an item counts as watched (CONTRACT §4). */
export const WATCHED_FROM = 0.9;
/** What was touched longer ago is no longer being watched (CONTRACT §4). */
const WATCHING_WITHIN_MS = 7 * 24 * 3_600_000;
/** Of each user; somebody who begins five things a day comes here after five years. */
const MAX_ITEMS = 10_000;
/** So many users are looked at in one go when positions are pruned: a millisecond or two. */
const LOOKED_AT = 20;
/** About 200 bytes each: a day's outage with 10,000 viewers fits. */
const MAX_BUFFERED = 1_000_000;

/** Where everybody is in what they watch. The newest report per user and item wins, whichever socket it came from. */
export class Progress {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #flushing: Flushing;
  /** How far behind the database may be, ms. */
  readonly flushPeriodMs: number;
  readonly #upsert;
  readonly #one;
  readonly buffer: WriteBehind<Position>;
  /** Who has reported something since positions were pruned: only they can have become too many. */
  readonly #reporters = new Set<string>();

  constructor(store: Store, clock: Clock, log: Log, ticker: Ticker, flushPeriodMs: number) {
    this.#store = store;
    this.#clock = clock;
    const { db } = store;
    const given = { time: sql`excluded.time`, progress: sql`excluded.progress`, updatedAt: sql`excluded.updated_at` };
    this.#upsert = db
      .insert(progress)
      .values({
        userId: sql.placeholder("userId"),
        kind: sql.placeholder("kind"),
        itemId: sql.placeholder("itemId"),
        time: sql.placeholder("time"),
        progress: sql.placeholder("progress"),
        updatedAt: sql.placeholder("updatedAt"),
      })
      .onConflictDoUpdate({ target: [progress.userId, progress.kind, progress.itemId], set: given })
      .prepare();
    this.#one = db
      .select()
      .from(progress)
      .where(
        and(
          eq(progress.userId, sql.placeholder("userId")),
          eq(progress.kind, sql.placeholder("kind")),
          eq(progress.itemId, sql.placeholder("itemId")),
        ),
      )
      .prepare();
    this.buffer = new WriteBehind<Position>({
      name: "progress",
      clock,
      log,
      maxRows: MAX_BUFFERED,
      write: (rows) => {
        for (const { userId } of rows) this.#reporters.add(userId);
        return writeRows(
          rows,
          (work) => db.transaction(work, { behavior: "immediate" }),
          (row) => this.#upsert.run({ ...row }),
        );
      },
    });
    this.flushPeriodMs = flushPeriodMs;
    this.#flushing = new Flushing("progress", this.buffer, ticker, flushPeriodMs);
  }

  /**
   * Notes where the user is now; the hot path of `playing` ends here, in one map write.
   *
   * @throws Refusal `unavailable` after a very long outage of the disk
   */
  record(userId: string, kind: Kind, itemId: string, time: number, share: number): void {
    this.buffer.put(userId, key(kind, itemId), {
      userId,
      kind,
      itemId,
      time,
      progress: share,
      updatedAt: this.#clock.now(),
    });
  }

  /** The user's position in one item, the unwritten one first. */
  async of(userId: string, { kind, itemId }: Item): Promise<Position | undefined> {
    return this.buffer.get(userId, key(kind, itemId)) ?? this.#one.get({ userId, kind, itemId });
  }

  /** The user's positions, newest first. */
  async recent(userId: string, limit: number): Promise<Position[]> {
    return this.#newest(userId, limit, () => true);
  }

  /** What the user has begun, not finished, and touched within a week; newest first. */
  async watching(userId: string, limit: number): Promise<Position[]> {
    const since = this.#clock.now() - WATCHING_WITHIN_MS;
    return this.#newest(
      userId,
      limit,
      (position) => position.progress < WATCHED_FROM && position.updatedAt >= since,
      and(lt(progress.progress, WATCHED_FROM), gte(progress.updatedAt, since)),
    );
  }

  /** Somebody has left: what they reported is on disk within a second, together with whoever leaves meanwhile. */
  flushSoon(): void {
    this.#flushing.soon();
  }

  /** Writes what is in memory; false when the database cannot be written now. */
  flush(): boolean {
    return this.buffer.flush();
  }

  /** Removes what a user has left behind more than ten thousand items ago: nobody grows the database without end. */
  async prune(): Promise<void> {
    for (const [index, userId] of [...this.#reporters].entries()) {
      if (index % LOOKED_AT === LOOKED_AT - 1) await pause(1);
      const oldest = this.#oldestKept(userId);
      if (oldest !== undefined) {
        await pruneRows(this.#store, progress, and(eq(progress.userId, userId), lt(progress.updatedAt, oldest)));
      }
      this.#reporters.delete(userId);
    }
  }

  /** Removes everything of a user, unwritten positions included. */
  async forget(userId: string): Promise<void> {
    this.buffer.drop(userId);
    removeProgress(this.#store, userId);
  }

  /** When the last of those items was touched that the user keeps; undefined when there are not that many. */
  #oldestKept(userId: string): number | undefined {
    const row = this.#store.db
      .select({ updatedAt: progress.updatedAt })
      .from(progress)
      .where(eq(progress.userId, userId))
      .orderBy(desc(progress.updatedAt))
      .limit(1)
      .offset(MAX_ITEMS - 1)
      .get();
    return row?.updatedAt;
  }

  /** Rows on disk merged with those in memory, which are newer than whatever the disk has of the same item. */
  #newest(userId: string, limit: number, isWanted: (position: Position) => boolean, where?: SQL): Position[] {
    const unwritten = [...this.buffer.of(userId)];
    const rows = this.#store.db
      .select()
      .from(progress)
      .where(and(eq(progress.userId, userId), where))
      .orderBy(desc(progress.updatedAt))
      // Each unwritten position may hide one of these.
      .limit(limit + unwritten.length)
      .all();
    const hidden = new Set(unwritten.map((position) => key(position.kind, position.itemId)));
    return [...unwritten.filter(isWanted), ...rows.filter((row) => !hidden.has(key(row.kind, row.itemId)))]
      .sort((a, b) => b.updatedAt - a.updatedAt)
      .slice(0, limit);
  }
}

/** Removes what is stored of a user; a running server also has to `forget` what it holds in memory. */
export function removeProgress({ db }: Store, userId: string): void {
  db.delete(progress).where(eq(progress.userId, userId)).run();
}

function key(kind: Kind, itemId: string): string {
  return kind + itemId;
}
