import { and, count, desc, eq, getTableColumns, inArray, lt, sql } from "drizzle-orm";
import { Refusal } from "../../refusal";
import { writeRows } from "../../store/batch";
import type { Store, Transaction } from "../../store/database";
import { holds } from "../../store/holds";
import { pruneRows } from "../../store/prune";
import { studioJobs, studioRoomMembers, studioRooms } from "./tables";

type Row = typeof studioJobs.$inferSelect;
export type Job = Omit<Row, "sequence">;
export type JobStatus = Job["status"];
export type NewJob = Pick<Job, "id" | "userId" | "kind" | "prompt" | "projectId" | "createdAt">;
/** How far a job is. */
export type Advance = Pick<Job, "id" | "progress" | "stage" | "message" | "updatedAt">;

const { sequence, ...columns } = getTableColumns(studioJobs);
/** Rows of one statement: building one for each takes longer than storing them. */
const ROWS = 500;
const NEW = { status: "queued", progress: 0, stage: "queued" } as const;

/** The records of jobs. */
export class JobStore {
  readonly #store: Store;
  readonly #one;
  readonly #advance;

  constructor(store: Store) {
    this.#store = store;
    const { db } = store;
    this.#one = db
      .select(columns)
      .from(studioJobs)
      .where(eq(studioJobs.id, sql.placeholder("id")))
      .prepare();
    this.#advance = db
      .update(studioJobs)
      .set({
        progress: sql`${sql.placeholder("progress")}`,
        stage: sql`${sql.placeholder("stage")}`,
        message: sql`${sql.placeholder("message")}`,
        updatedAt: sql`${sql.placeholder("updatedAt")}`,
      })
      .where(and(eq(studioJobs.id, sql.placeholder("id")), eq(studioJobs.status, "processing")))
      .prepare();
  }

  /** Jobs that workers had when the server stopped: read once, before anybody is served. */
  processing(): Job[] {
    return this.#store.db.select(columns).from(studioJobs).where(eq(studioJobs.status, "processing")).all();
  }

  async find(id: string): Promise<Job | undefined> {
    return this.#one.get({ id });
  }

  /** The user's jobs, newest first, or those before one of them. */
  async list(
    userId: string,
    { limit, status, before }: { limit: number; status?: JobStatus | undefined; before?: string | undefined },
  ): Promise<Job[]> {
    const { db } = this.#store;
    const anchor =
      before === undefined ? undefined : db.select({ sequence }).from(studioJobs).where(mine(before)).get();
    if (before !== undefined && !anchor)
      throw new Refusal("not_found", "before names no job of yours", { field: "before" });
    return db
      .select(columns)
      .from(studioJobs)
      .where(
        and(
          eq(studioJobs.userId, userId),
          status && eq(studioJobs.status, status),
          anchor && lt(sequence, anchor.sequence),
        ),
      )
      .orderBy(desc(sequence))
      .limit(limit)
      .all();

    function mine(id: string) {
      return and(eq(studioJobs.id, id), eq(studioJobs.userId, userId));
    }
  }

  /** Everybody's jobs of which something holds `text`, the newest first. */
  async search(text: string, limit: number): Promise<Job[]> {
    const { id, userId, kind, status, worker, projectId } = studioJobs;
    return this.#store.db
      .select(columns)
      .from(studioJobs)
      .where(holds(text, studioJobs, id, userId, kind, status, worker, projectId))
      .orderBy(desc(sequence))
      .limit(limit)
      .all();
  }

  /** @param maxOpen jobs of one user that are not over @returns nothing past that */
  async add(job: NewJob, maxOpen: number): Promise<Job | undefined> {
    return this.#write((tx) => {
      const open = and(eq(studioJobs.userId, job.userId), inArray(studioJobs.status, ["queued", "processing"]));
      const { value = 0 } = tx.select({ value: count() }).from(studioJobs).where(open).get() ?? {};
      if (value >= maxOpen) return undefined;
      return tx
        .insert(studioJobs)
        .values({ ...job, ...NEW, updatedAt: job.createdAt })
        .returning(columns)
        .get();
    });
  }

  /** Gives the oldest queued job (of these kinds, if any are named) to a worker; nobody else gets it. */
  async claim(worker: string, kinds: readonly string[] | undefined, now: number): Promise<Job | undefined> {
    return this.#write((tx) => {
      const oldest = (kind?: string) =>
        tx
          .select({ sequence: sql<number | null>`min(${sequence})` })
          .from(studioJobs)
          .where(and(eq(studioJobs.status, "queued"), kind === undefined ? undefined : eq(studioJobs.kind, kind)))
          .get()?.sequence ?? Number.POSITIVE_INFINITY;
      // Kind by kind, so that a long queue of others is not walked through.
      const next = Math.min(...(kinds ? kinds.map(oldest) : [oldest()]));
      if (!Number.isFinite(next)) return undefined;
      return tx
        .update(studioJobs)
        .set({ status: "processing", worker, stage: "claimed", claimedAt: now, updatedAt: now })
        .where(eq(sequence, next))
        .returning(columns)
        .get();
    });
  }

  /**
   * Ends those of the jobs that still have one of the states `from`.
   *
   * @param unwritten how far they came, where that is not stored yet
   * @returns them as they are now
   */
  async finish(
    ids: readonly string[],
    from: readonly JobStatus[],
    change: Partial<Job> & { status: JobStatus },
    now: number,
    unwritten: readonly Advance[],
  ): Promise<Job[]> {
    return this.#write((tx) => {
      for (const advance of unwritten) this.#advance.run({ ...advance });
      return tx
        .update(studioJobs)
        .set({ ...change, updatedAt: now, finishedAt: now })
        .where(and(inArray(studioJobs.id, [...ids]), inArray(studioJobs.status, [...from])))
        .returning(columns)
        .all();
    });
  }

  /** How far jobs are, of those that are still being processed; for the write-behind buffer. */
  advance(rows: readonly Advance[]) {
    return writeRows(
      rows,
      (work) => this.#store.db.transaction(work, { behavior: "immediate" }),
      (row) => this.#advance.run({ ...row }),
    );
  }

  /** Removes what ended before `beforeMs` for good. */
  async prune(beforeMs: number): Promise<void> {
    await pruneRows(this.#store, studioJobs, lt(studioJobs.finishedAt, beforeMs));
  }

  /** Removes everything of a user. */
  async forget(userId: string): Promise<string[]> {
    const gone = this.#store.db
      .delete(studioJobs)
      .where(eq(studioJobs.userId, userId))
      .returning({ id: studioJobs.id });
    return gone.all().map(({ id }) => id);
  }

  #write<T>(work: (tx: Transaction) => T): T {
    return write(this.#store, work);
  }
}

/** The records of declared rooms. */
export class RoomStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Every declared room with its members: read once, before anybody is served. */
  all(): Map<string, Set<string>> {
    const { db } = this.#store;
    const rooms = new Map(
      db
        .select()
        .from(studioRooms)
        .all()
        .map(({ room }) => [room, new Set<string>()]),
    );
    for (const { room, userId } of db.select().from(studioRoomMembers).all()) rooms.get(room)?.add(userId);
    return rooms;
  }

  /** Makes these the members of a room. */
  async declare(room: string, members: ReadonlySet<string>, now: number): Promise<void> {
    write(this.#store, (tx) => {
      tx.insert(studioRooms).values({ room, createdAt: now }).onConflictDoNothing().run();
      tx.delete(studioRoomMembers).where(eq(studioRoomMembers.room, room)).run();
      const rows = [...members].map((userId) => ({ room, userId }));
      for (let at = 0; at < rows.length; at += ROWS) {
        tx.insert(studioRoomMembers)
          .values(rows.slice(at, at + ROWS))
          .run();
      }
    });
  }

  async forget(userId: string): Promise<void> {
    this.#store.db.delete(studioRoomMembers).where(eq(studioRoomMembers.userId, userId)).run();
  }
}

function write<T>({ db }: Store, work: (tx: Transaction) => T): T {
  return db.transaction(work, { behavior: "immediate" });
}
