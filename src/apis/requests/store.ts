import { and, asc, desc, eq, inArray, lt } from "drizzle-orm";
import { Refusal } from "../../refusal";
import { writeRows } from "../../store/batch";
import type { Store, Transaction } from "../../store/database";
import { holds } from "../../store/holds";
import { pruneRows } from "../../store/prune";
import { mediaDownloads, mediaRequestHistory, mediaRequests, userActivity } from "./tables";

export type MediaRequest = Readonly<typeof mediaRequests.$inferSelect>;
export type RequestStatus = MediaRequest["status"];
export type HistoryEntry = Readonly<Omit<typeof mediaRequestHistory.$inferSelect, "sequence" | "requestId">>;
export type Download = Readonly<typeof mediaDownloads.$inferSelect>;
export type Activity = Readonly<Omit<typeof userActivity.$inferSelect, "sequence">>;

/** Somebody waits for these; a user has at most one of a title. */
export const OPEN: RequestStatus[] = ["pending", "approved", "downloading"];

function isOpen(status: RequestStatus): boolean {
  return OPEN.includes(status);
}

/** Part of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

interface Change {
  readonly id: string;
  readonly by: string;
  readonly at: number;
  readonly reason: string | null;
  /** Where the step leads from the status that it has at this moment; throws or gives nothing where it does not. */
  to(status: RequestStatus): RequestStatus | undefined;
  /** What else changes with it. */
  readonly also?: Partial<Pick<MediaRequest, "approvedBy" | "estimatedCompletion">>;
  /** Written in the same transaction. */
  alongside?(tx: Transaction, changed: MediaRequest): void;
}

/** Requests and what became of them. */
export class RequestStore {
  readonly #db: Store["db"];

  constructor({ db }: Store) {
    this.#db = db;
  }

  /** @returns whether its user did not wait for the same already */
  async add(request: MediaRequest): Promise<boolean> {
    return this.#db.transaction(
      (tx) => {
        const added = tx.insert(mediaRequests).values(request).onConflictDoNothing().returning().get();
        if (added) {
          const { id: requestId, status: to, userId: by, createdAt } = request;
          tx.insert(mediaRequestHistory).values({ requestId, from: null, to, by, reason: null, createdAt }).run();
        }
        return added !== undefined;
      },
      { behavior: "immediate" },
    );
  }

  async find(id: string): Promise<MediaRequest | undefined> {
    return this.#db.select().from(mediaRequests).where(eq(mediaRequests.id, id)).get();
  }

  /** Last changed first. @param userId only this user's */
  async list(
    { userId, status }: { userId?: string | undefined; status?: RequestStatus | undefined },
    { limit, offset }: Page,
  ): Promise<MediaRequest[]> {
    return this.#db
      .select()
      .from(mediaRequests)
      .where(
        and(
          userId === undefined ? undefined : eq(mediaRequests.userId, userId),
          status === undefined ? undefined : eq(mediaRequests.status, status),
        ),
      )
      .orderBy(desc(mediaRequests.updatedAt), desc(mediaRequests.id))
      .limit(limit)
      .offset(offset);
  }

  /** Everybody's requests of which something holds `text`, last changed first. */
  async search(text: string, limit: number): Promise<MediaRequest[]> {
    const { id, title, userId, status, tmdbId, updatedAt } = mediaRequests;
    return this.#db
      .select()
      .from(mediaRequests)
      .where(holds(text, mediaRequests, id, title, userId, status, tmdbId))
      .orderBy(desc(updatedAt), desc(id))
      .limit(limit);
  }

  /** The ids of everybody's open requests of a title. */
  async openOf(mediaType: MediaRequest["mediaType"], tmdbId: string): Promise<string[]> {
    const rows = this.#db
      .select({ id: mediaRequests.id })
      .from(mediaRequests)
      .where(
        and(
          eq(mediaRequests.mediaType, mediaType),
          eq(mediaRequests.tmdbId, tmdbId),
          inArray(mediaRequests.status, OPEN),
        ),
      )
      .orderBy(asc(mediaRequests.createdAt))
      .all();
    return rows.map(({ id }) => id);
  }

  /** How many of a user's requests are open. */
  async countOpen(userId: string): Promise<number> {
    return this.#db.$count(mediaRequests, and(eq(mediaRequests.userId, userId), inArray(mediaRequests.status, OPEN)));
  }

  /** Moves a request on. @returns the request as it is then; nothing where there is none, or the step is not possible */
  async move({ id, by, at, reason, to, also, alongside }: Change): Promise<MediaRequest | undefined> {
    return this.#db.transaction(
      (tx) => {
        const request = tx.select().from(mediaRequests).where(eq(mediaRequests.id, id)).get();
        const status = request && to(request.status);
        if (!request || !status) return undefined;
        if (isOpen(status) && !isOpen(request.status) && this.#hasOpen(tx, request)) {
          throw new Refusal("conflict", "The user has requested this title again");
        }
        const change = { ...also, status, previousStatus: request.status, reason, updatedAt: at };
        tx.update(mediaRequests).set(change).where(eq(mediaRequests.id, id)).run();
        tx.insert(mediaRequestHistory)
          .values({ requestId: id, from: request.status, to: status, by, reason, createdAt: at })
          .run();
        // Another try has downloads of its own.
        if (request.status === "downloading") tx.delete(mediaDownloads).where(eq(mediaDownloads.requestId, id)).run();
        const changed = { ...request, ...change };
        alongside?.(tx, changed);
        return changed;
      },
      { behavior: "immediate" },
    );
  }

  #hasOpen(tx: Transaction, { userId, mediaType, tmdbId }: MediaRequest): boolean {
    const other = tx
      .select({ id: mediaRequests.id })
      .from(mediaRequests)
      .where(
        and(
          eq(mediaRequests.userId, userId),
          eq(mediaRequests.mediaType, mediaType),
          eq(mediaRequests.tmdbId, tmdbId),
          inArray(mediaRequests.status, OPEN),
        ),
      )
      .get();
    return other !== undefined;
  }

  /** Removes a request for good. @param mayGo whether it may, as it is at this moment; may throw */
  async remove(id: string, mayGo: (request: MediaRequest) => void): Promise<MediaRequest | undefined> {
    return this.#db.transaction(
      (tx) => {
        const request = tx.select().from(mediaRequests).where(eq(mediaRequests.id, id)).get();
        if (!request) return undefined;
        mayGo(request);
        tx.delete(mediaRequests).where(eq(mediaRequests.id, id)).run();
        tx.delete(mediaRequestHistory).where(eq(mediaRequestHistory.requestId, id)).run();
        tx.delete(mediaDownloads).where(eq(mediaDownloads.requestId, id)).run();
        return request;
      },
      { behavior: "immediate" },
    );
  }

  /** Oldest first. */
  async history(id: string): Promise<HistoryEntry[]> {
    const { from, to, by, reason, createdAt } = mediaRequestHistory;
    return this.#db
      .select({ from, to, by, reason, createdAt })
      .from(mediaRequestHistory)
      .where(eq(mediaRequestHistory.requestId, id))
      .orderBy(asc(mediaRequestHistory.sequence));
  }

  /** Removes everything of a user. @returns the ids of what is gone */
  async forget(userId: string): Promise<string[]> {
    return this.#db.transaction(
      (tx) => {
        const gone = tx
          .delete(mediaRequests)
          .where(eq(mediaRequests.userId, userId))
          .returning({ id: mediaRequests.id })
          .all()
          .map(({ id }) => id);
        for (const id of gone) {
          tx.delete(mediaRequestHistory).where(eq(mediaRequestHistory.requestId, id)).run();
          tx.delete(mediaDownloads).where(eq(mediaDownloads.requestId, id)).run();
        }
        return gone;
      },
      { behavior: "immediate" },
    );
  }
}

/** The last states of downloads. */
export class DownloadStore {
  readonly #db: Store["db"];

  constructor({ db }: Store) {
    this.#db = db;
  }

  /** What is being downloaded now, and for whom. */
  list(): { download: Download; userId: string }[] {
    return this.#db
      .select({ download: mediaDownloads, userId: mediaRequests.userId })
      .from(mediaDownloads)
      .innerJoin(mediaRequests, eq(mediaRequests.id, mediaDownloads.requestId))
      .where(eq(mediaRequests.status, "downloading"))
      .all();
  }

  /** Writes all rows in one transaction. @returns those that can never be written */
  write(rows: readonly Download[]) {
    return writeRows(
      rows,
      (work) => this.#db.transaction(work, { behavior: "immediate" }),
      (row) => {
        const { requestId, downloadId, ...set } = row;
        // Of a request that has gone on meanwhile nothing is kept.
        const { id, status } = mediaRequests;
        const isRunning = and(eq(id, requestId), eq(status, "downloading"));
        if (!this.#db.select({ id }).from(mediaRequests).where(isRunning).get()) return;
        this.#db
          .insert(mediaDownloads)
          .values(row)
          .onConflictDoUpdate({ target: [mediaDownloads.requestId, mediaDownloads.downloadId], set })
          .run();
      },
    );
  }
}

/** What users did. */
export class ActivityStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async add(activity: Activity): Promise<void> {
    this.#store.db.insert(userActivity).values(activity).run();
  }

  /** Newest first. */
  async list({ limit, offset }: Page): Promise<Activity[]> {
    const { userId, username, action, details, ipAddress, userAgent, createdAt } = userActivity;
    return this.#store.db
      .select({ userId, username, action, details, ipAddress, userAgent, createdAt })
      .from(userActivity)
      .orderBy(desc(userActivity.sequence))
      .limit(limit)
      .offset(offset);
  }

  async prune(beforeMs: number): Promise<void> {
    await pruneRows(this.#store, userActivity, lt(userActivity.createdAt, beforeMs));
  }

  async forget(userId: string): Promise<void> {
    this.#store.db.delete(userActivity).where(eq(userActivity.userId, userId)).run();
  }
}
