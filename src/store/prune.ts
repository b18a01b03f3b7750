import { type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { pause } from "../runtime/clock";
import type { Store } from "./database";

/** A few milliseconds' work, with a pause of several times that after it: whoever waits for the database gets it. */
const BATCH = 500;
const PAUSE_MS = 20;

/**
 * Removes rows that nobody needs any more, a few at a time. Each batch is a transaction of its own, so what is cut off
 * in the middle goes on the next time.
 *
 * @returns how many are gone
 */
export async function pruneRows({ db }: Store, table: SQLiteTable, where: SQL | undefined): Promise<number> {
  for (let gone = 0; ; await pause(PAUSE_MS)) {
    const batch = db.select({ rowid: sql`rowid` }).from(table).where(where).limit(BATCH);
    const { length } = db.delete(table).where(sql`rowid IN ${batch}`).returning({ rowid: sql`rowid` }).all();
    gone += length;
    if (length < BATCH) return gone;
  }
}
