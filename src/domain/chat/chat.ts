import { and, desc, eq, gte, isNull, lt, sql } from "drizzle-orm";
import { Refusal } from "../../refusal";
import type { Clock } from "../../runtime/clock";
import type { Log } from "../../runtime/log";
import type { Ticker } from "../../runtime/ticker";
import { writeRows } from "../../store/batch";
import type { Store, Transaction } from "../../store/database";
import { pruneRows } from "../../store/prune";
import { Commits } from "./commits";
import { chatMessages } from "./tables";

export interface Author {
  readonly userId: string;
  readonly username: string;
}

export interface Message extends Author {
  /** `msg_` and a UUIDv7. */
  readonly id: string;
  readonly text: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

interface Row {
  readonly message: Message;
  readonly room: string;
  readonly clientId: string | null;
}

/** A message that its client gave a name to. */
interface Named {
  readonly message: Message;
  stored: Promise<void>;
  /** Absent when it was read from disk. */
  readonly row?: Row;
}

interface Room {
  /** Oldest first. */
  recent: Message[];
  /** By author and the client's own id, oldest first. */
  readonly sent: Map<string, Named>;
  /** Whether there are named messages on disk that are not in `sent`. */
  hasOlder: boolean;
  usedAt: number;
}

/** What who joins is shown (CONTRACT §7, §8). */
const HISTORY = 50;
/** How many named messages of a room are in memory for resends; older ones are looked up. */
const REMEMBERED = 500;
/** A room that nobody wrote to or looked at for this long is read from the database again when it is needed. */
const IDLE_MS = 600_000;
/** Past this the oldest are read from the database again when they are needed. */
const MAX_ROOMS = 20_000;

/** Messages in rooms: delivered at once by the caller, stored in batches, and kept for whoever comes later. */
export class Chat {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #rooms = new Map<string, Room>();
  readonly #commits: Commits<Row>;
  readonly #byName;

  constructor(store: Store, clock: Clock, log: Log, ticker: Ticker) {
    this.#store = store;
    this.#clock = clock;
    const { db } = store;
    const insert = db
      .insert(chatMessages)
      .values({
        id: sql.placeholder("id"),
        room: sql.placeholder("room"),
        userId: sql.placeholder("userId"),
        username: sql.placeholder("username"),
        text: sql.placeholder("text"),
        clientId: sql.placeholder("clientId"),
        createdAt: sql.placeholder("createdAt"),
      })
      .onConflictDoNothing()
      .prepare();
    const { id, userId, username, text, createdAt, room, clientId } = chatMessages;
    this.#byName = db
      .select({ id, userId, username, text, createdAt })
      .from(chatMessages)
      .where(
        and(
          eq(room, sql.placeholder("room")),
          eq(userId, sql.placeholder("userId")),
          eq(clientId, sql.placeholder("clientId")),
        ),
      )
      .prepare();
    this.#commits = new Commits<Row>({
      name: "chat",
      clock,
      ticker,
      log,
      write(rows) {
        const { bad } = writeRows(
          rows,
          (work) => db.transaction(work, { behavior: "immediate" }),
          ({ message, room, clientId }) => insert.run({ ...message, room, clientId }),
        );
        for (const { error } of bad) log.error({ err: error }, "a message cannot be stored and is set aside");
        return bad.map(({ row }) => row);
      },
    });
    ticker.every("forget idle chat rooms", IDLE_MS / 10, () => this.#forgetIdle());
  }

  /**
   * Takes a message. A resend (same author and `clientId`) gives the first one again.
   *
   * @returns the message; whether it is new, so that it is to be delivered; and when it is stored: that rejects with a
   *   Refusal `unavailable` while the disk cannot take it
   */
  post(
    room: string,
    author: Author,
    text: string,
    clientId?: string,
  ): { message: Message; isNew: boolean; stored: Promise<void> } {
    const earlier = clientId === undefined ? undefined : this.#sent(room, author.userId, clientId);
    if (earlier) {
      earlier.stored = earlier.stored.catch(() => this.#storedNow(earlier));
      return { message: earlier.message, isNew: false, stored: earlier.stored };
    }
    const now = this.#clock.now();
    const message: Message = {
      id: `msg_${Bun.randomUUIDv7("hex", now)}`,
      userId: author.userId,
      username: author.username,
      text,
      createdAt: now,
    };
    const place = this.#room(room);
    place.recent.push(message);
    if (place.recent.length > HISTORY) place.recent.shift();
    const row = { message, room, clientId: clientId ?? null };
    const stored = this.#commits.add(row);
    if (clientId !== undefined) this.#remember(place, `${author.userId}\0${clientId}`, { message, stored, row });
    return { message, isNew: true, stored };
  }

  /** Whether a message with the client's own id is a resend. */
  isKnown(room: string, userId: string, clientId: string): boolean {
    return this.#sent(room, userId, clientId) !== undefined;
  }

  /** The newest messages of a room, oldest first. */
  recent(room: string): readonly Message[] {
    return this.#room(room).recent;
  }

  /**
   * A page of stored messages, oldest first: the newest, or those before a message.
   *
   * @throws Refusal `not_found` when there is no such message in the room
   */
  async page(room: string, limit: number, beforeId?: string): Promise<Message[]> {
    this.#commits.flush();
    const { db } = this.#store;
    let before: number | undefined;
    if (beforeId !== undefined) {
      const anchor = db
        .select({ sequence: chatMessages.sequence })
        .from(chatMessages)
        .where(and(eq(chatMessages.id, beforeId), eq(chatMessages.room, room)))
        .get();
      if (!anchor) throw new Refusal("not_found", "before names no message of this room", { field: "before" });
      before = anchor.sequence;
    }
    return this.#newest(room, limit, before);
  }

  /**
   * Deletes a message for everybody.
   *
   * @param alongside what is written in the same transaction, when there is something to delete: a log entry
   * @returns whether it was there
   * @throws Refusal `unavailable`
   */
  async remove(room: string, messageId: string, alongside?: (tx: Transaction) => void): Promise<boolean> {
    if (!this.#commits.flush()) throw new Refusal("unavailable", "The server cannot store this now");
    const isGone = this.#store.db.transaction(
      (tx) => {
        const gone = tx
          .update(chatMessages)
          .set({ deletedAt: this.#clock.now() })
          .where(and(eq(chatMessages.id, messageId), eq(chatMessages.room, room), isNull(chatMessages.deletedAt)))
          .returning({ id: chatMessages.id })
          .get();
        if (gone) alongside?.(tx);
        return gone !== undefined;
      },
      { behavior: "immediate" },
    );
    // An older one takes its place.
    if (isGone) this.#room(room).recent = this.#newest(room, HISTORY);
    return isGone;
  }

  /** When each user last wrote in a room, of those who did since `sinceMs`; epoch ms. */
  lastWritten(room: string, sinceMs: number): Map<string, number> {
    this.#commits.flush();
    const rows = this.#store.db
      .select({ userId: chatMessages.userId, at: sql<number>`max(${chatMessages.createdAt})` })
      .from(chatMessages)
      .where(and(eq(chatMessages.room, room), gte(chatMessages.createdAt, sinceMs)))
      .groupBy(chatMessages.userId)
      .all();
    return new Map(rows.map(({ userId, at }) => [userId, at]));
  }

  /**
   * The account is gone, and what the person said goes with the person: text is theirs whatever name stands over it,
   * and everything else that they made is removed as well.
   *
   * @throws Refusal `unavailable`
   */
  async forget(userId: string): Promise<void> {
    if (!this.#commits.flush()) throw new Refusal("unavailable", "The server cannot store this now");
    await pruneRows(this.#store, chatMessages, eq(chatMessages.userId, userId));
    // Others have gone on talking meanwhile, and what of it is not on disk cannot be read from there.
    const isWritten = this.#commits.flush();
    for (const [name, room] of this.#rooms) {
      const others = room.recent.filter((message) => message.userId !== userId);
      if (others.length < room.recent.length) room.recent = isWritten ? this.#newest(name, HISTORY) : others;
      for (const [key, { message }] of room.sent) if (message.userId === userId) room.sent.delete(key);
    }
  }

  /** Writes what waits; false when the database cannot be written now. */
  flush(): boolean {
    return this.#commits.flush();
  }

  /** Removes messages older than `beforeMs` for good. */
  async prune(beforeMs: number): Promise<void> {
    await pruneRows(this.#store, chatMessages, lt(chatMessages.createdAt, beforeMs));
  }

  get waiting(): number {
    return this.#commits.size;
  }

  get rooms(): number {
    return this.#rooms.size;
  }

  /** Named messages in memory. */
  get remembered(): number {
    let count = 0;
    for (const { sent } of this.#rooms.values()) count += sent.size;
    return count;
  }

  #room(name: string): Room {
    let room = this.#rooms.get(name);
    if (!room) {
      const sent = new Map<string, Named>();
      const stored = Promise.resolve();
      for (const { clientId, ...message } of this.#named(name))
        sent.set(`${message.userId}\0${clientId}`, { message, stored });
      room = { recent: this.#newest(name, HISTORY), sent, hasOlder: sent.size === REMEMBERED, usedAt: 0 };
      if (this.#rooms.size >= MAX_ROOMS && this.#commits.flush())
        this.#rooms.delete(this.#rooms.keys().next().value ?? "");
      this.#rooms.set(name, room);
    }
    room.usedAt = this.#clock.elapsed();
    return room;
  }

  /** The message that a client named so. @returns nothing where it is new */
  #sent(roomName: string, userId: string, clientId: string): Named | undefined {
    const room = this.#room(roomName);
    const known = room.sent.get(`${userId}\0${clientId}`);
    if (known || !room.hasOlder) return known;
    const message = this.#byName.get({ room: roomName, userId, clientId });
    return message && { message, stored: Promise.resolve() };
  }

  #remember(room: Room, name: string, named: Named): void {
    room.sent.set(name, named);
    for (const [oldest, { row }] of room.sent) {
      // What is not on disk yet could not be looked up there.
      if (room.sent.size <= REMEMBERED || (row && this.#commits.isWaiting(row))) return;
      room.sent.delete(oldest);
      room.hasOlder = true;
    }
  }

  #newest(room: string, limit: number, before?: number): Message[] {
    const { id, userId, username, text, createdAt, sequence, deletedAt } = chatMessages;
    const older = before === undefined ? undefined : lt(sequence, before);
    return this.#store.db
      .select({ id, userId, username, text, createdAt })
      .from(chatMessages)
      .where(and(eq(chatMessages.room, room), isNull(deletedAt), older))
      .orderBy(desc(sequence))
      .limit(limit)
      .all()
      .reverse();
  }

  #named(room: string): (Message & { clientId: string | null })[] {
    const { id, userId, username, text, createdAt, clientId, sequence } = chatMessages;
    return this.#store.db
      .select({ id, userId, username, text, createdAt, clientId })
      .from(chatMessages)
      .where(and(eq(chatMessages.room, room), sql`${clientId} IS NOT NULL`))
      .orderBy(desc(sequence))
      .limit(REMEMBERED)
      .all()
      .reverse();
  }

  /** Sees to a message that could not be stored at first. */
  async #storedNow({ row }: Named): Promise<void> {
    if (!this.#commits.flush()) throw new Refusal("unavailable", "The server cannot store this now");
    if (!row) return;
    const { message, room, clientId } = row;
    // A long outage gave it up.
    if (!this.#byName.get({ room, userId: message.userId, clientId })) await this.#commits.add(row);
  }

  #forgetIdle(): void {
    // What is not on disk yet must not be read from there.
    if (this.#commits.size > 0) return;
    const since = this.#clock.elapsed() - IDLE_MS;
    for (const [name, room] of this.#rooms) if (room.usedAt < since) this.#rooms.delete(name);
  }
}
