import { and, desc, eq, getTableColumns, isNotNull, isNull, lt } from "drizzle-orm";
import type { Clock } from "../../runtime/clock";
import type { Store, Transaction } from "../../store/database";
import { pruneRows } from "../../store/prune";
import { notifications } from "./tables";

/** What somebody is told. */
export interface NewNotification {
  readonly userId: string;
  /** The sender's own word for the kind of news. */
  readonly type: string;
  readonly title: string;
  readonly message: string;
  /** What else the client gets with it; JSON, and nothing here looks into it. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface Notification {
  /** UUIDv7. */
  readonly id: string;
  readonly userId: string;
  readonly type: string;
  readonly title: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>> | null;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; null while it is unread. */
  readonly readAt: number | null;
}

/** How many unread ones a client that comes back is shown (CONTRACT §3.7). */
const REPLAYED = 50;

/** News for users that must not be missed: stored before they are sent, and kept until they have been read. */
export class Notifications {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Stores a notification; sending it is the caller's.
   *
   * @param inbox whose it is: APIs do not see each other's
   */
  async post(inbox: string, news: NewNotification): Promise<Notification> {
    const { notification, write } = this.prepare(inbox, news);
    write(this.#store.db);
    return notification;
  }

  /** As `post`, to be written in a transaction with what it tells. */
  prepare(
    inbox: string,
    { userId, type, title, message, data }: NewNotification,
  ): { notification: Notification; write: (tx: Pick<Transaction, "insert">) => void } {
    const createdAt = this.#clock.now();
    const id = Bun.randomUUIDv7("hex", createdAt);
    const notification = { id, userId, type, title, message, data: data ?? null, createdAt, readAt: null };
    const write = (tx: Pick<Transaction, "insert">) => {
      tx.insert(notifications)
        .values({ inbox, ...notification })
        .run();
    };
    return { notification, write };
  }

  /** The user's notifications, newest first. */
  async list(
    inbox: string,
    userId: string,
    { isUnread = false, limit, offset = 0 }: { isUnread?: boolean; limit: number; offset?: number },
  ): Promise<Notification[]> {
    const { sequence: _, inbox: __, ...columns } = getTableColumns(notifications);
    return this.#store.db
      .select(columns)
      .from(notifications)
      .where(
        and(
          eq(notifications.inbox, inbox),
          eq(notifications.userId, userId),
          isUnread ? isNull(notifications.readAt) : undefined,
        ),
      )
      .orderBy(desc(notifications.sequence))
      .limit(limit)
      .offset(offset)
      .all();
  }

  /** What a client that comes back is shown: the newest unread ones, oldest first. */
  async unread(inbox: string, userId: string): Promise<Notification[]> {
    return (await this.list(inbox, userId, { isUnread: true, limit: REPLAYED })).reverse();
  }

  /** Marks one of the user's own as read or unread. @returns it as it is now, or nothing where there is none */
  async mark(inbox: string, userId: string, id: string, isRead: boolean): Promise<Notification | undefined> {
    const mine = and(eq(notifications.id, id), eq(notifications.inbox, inbox), eq(notifications.userId, userId));
    return this.#store.db.transaction(
      (tx) => {
        const found = tx.select().from(notifications).where(mine).get();
        if (!found) return undefined;
        const { sequence: _, inbox: __, ...notification } = found;
        // Reading it again does not make it read later.
        if (isRead === (notification.readAt !== null)) return notification;
        const readAt = isRead ? this.#clock.now() : null;
        tx.update(notifications).set({ readAt }).where(eq(notifications.id, id)).run();
        return { ...notification, readAt };
      },
      { behavior: "immediate" },
    );
  }

  /** Removes for good what was read before `beforeMs`. */
  async prune(beforeMs: number): Promise<void> {
    await pruneRows(
      this.#store,
      notifications,
      and(isNotNull(notifications.readAt), lt(notifications.readAt, beforeMs)),
    );
  }

  /** Removes everything of a user. */
  async forget(userId: string): Promise<void> {
    this.#store.db.delete(notifications).where(eq(notifications.userId, userId)).run();
  }
}
