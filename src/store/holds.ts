import { type AnyColumn, and, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/** No index finds a part of a word, so the newest of a table are looked through: 50,000 take a few hundredths of a second. */
const LOOKED_THROUGH = 50_000;

/**
 * Whether one of the columns holds a text, whatever the case of its letters: of the newest rows of a table, so that no
 * search keeps everybody waiting. Everything does where the text is empty.
 */
export function holds(text: string, table: SQLiteTable, ...columns: readonly AnyColumn[]): SQL | undefined {
  if (text === "") return undefined;
  const isNew = sql`${table}.rowid > (select max(rowid) from ${table}) - ${LOOKED_THROUGH}`;
  return and(isNew, or(...columns.map((column) => sql`instr(lower(${column}), lower(${text})) > 0`)));
}

/** By when they were first written, the newest first; no index is needed for that. */
export function newestFirst(table: SQLiteTable): SQL {
  return sql`${table}.rowid desc`;
}
