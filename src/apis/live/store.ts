import { and, asc, eq } from "drizzle-orm";
import type { Store } from "../../store/database";
import { holds, newestFirst } from "../../store/holds";
import { liveApps, liveStaff, liveStreams } from "./tables";

export type StreamRecord = typeof liveStreams.$inferSelect;

/** The records of apps. */
export class AppStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  list(): (typeof liveApps.$inferSelect)[] {
    return this.#store.db.select().from(liveApps).all();
  }

  /** @returns whether there was none with that id */
  add(app: typeof liveApps.$inferSelect): boolean {
    return this.#store.db.insert(liveApps).values(app).onConflictDoNothing().returning().get() !== undefined;
  }
}

/** Who moderates whole apps. */
export class StaffStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  list(): (typeof liveStaff.$inferSelect)[] {
    return this.#store.db.select().from(liveStaff).all();
  }

  /** @param rank 0 = none any more */
  async set(userId: string, rank: number): Promise<void> {
    const { db } = this.#store;
    if (rank === 0) db.delete(liveStaff).where(eq(liveStaff.userId, userId)).run();
    else {
      db.insert(liveStaff)
        .values({ userId, rank })
        .onConflictDoUpdate({ target: liveStaff.userId, set: { rank } })
        .run();
    }
  }
}

/** The records of streams. */
export class StreamStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  find(appId: string, streamId: string): StreamRecord | undefined {
    return this.#store.db
      .select()
      .from(liveStreams)
      .where(and(eq(liveStreams.appId, appId), eq(liveStreams.streamId, streamId)))
      .get();
  }

  list(appId: string): StreamRecord[] {
    return this.#store.db
      .select()
      .from(liveStreams)
      .where(eq(liveStreams.appId, appId))
      .orderBy(asc(liveStreams.createdAt))
      .all();
  }

  /** Those of all apps whose id, title or app holds `text`, the newest first. */
  search(text: string, limit: number): StreamRecord[] {
    const { appId, streamId, title } = liveStreams;
    return this.#store.db
      .select()
      .from(liveStreams)
      .where(holds(text, liveStreams, appId, streamId, title))
      .orderBy(newestFirst(liveStreams))
      .limit(limit)
      .all();
  }

  save(record: StreamRecord): void {
    const { appId: _, streamId: __, ...set } = record;
    this.#store.db
      .insert(liveStreams)
      .values(record)
      .onConflictDoUpdate({ target: [liveStreams.appId, liveStreams.streamId], set })
      .run();
  }
}
