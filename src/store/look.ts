import { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { inOneLine } from "./database";
import { migrationsFolder } from "./migrations";

/** What a database looks like from outside, to somebody who must not change it. */
export interface Look {
  readonly bytes: number;
  /** What SQLite found wrong, or why it could not look. */
  readonly problem: string | undefined;
  /** Changes of the tables that the next start makes. */
  readonly pending: number;
  /** A later version than this one has written it. */
  readonly isNewer: boolean;
}

const BUSY_TIMEOUT_MS = 2_000;

/**
 * Looks at the database of a folder beside a server that uses it: reads only, and holds no lock that a writer needs.
 *
 * @param isThorough every page and index is compared, which takes a while where there is much
 * @returns undefined when there is none
 */
export function lookAt(folder: string, isThorough: boolean): Look | undefined {
  const path = join(folder, "headend.db");
  if (!existsSync(path)) return undefined;
  const bytes = [path, `${path}-wal`].reduce(
    (sum, each) => sum + (statSync(each, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  const none = { bytes, pending: 0, isNewer: false };
  try {
    const sqlite = new Database(path, { readonly: true });
    try {
      sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      return { bytes, problem: faultOf(sqlite, isThorough), ...stateOf(sqlite) };
    } finally {
      sqlite.close();
    }
  } catch (error) {
    return { ...none, problem: inOneLine(error) };
  }
}

/** When the newest of this version's tables was made, epoch ms. */
export function newestMigration(): number {
  return Math.max(...migrations());
}

/** What SQLite finds wrong, in one line; undefined when it is sound. @throws when it cannot even look */
export function faultOf(sqlite: Database, isThorough: boolean): string | undefined {
  const pragma = isThorough ? "integrity_check" : "quick_check";
  const said = Object.values(sqlite.query<Record<string, string>, []>(`PRAGMA ${pragma}(1)`).get() ?? {})[0];
  return said === "ok" ? undefined : inOneLine(said);
}

function stateOf(sqlite: Database): Pick<Look, "pending" | "isNewer"> {
  const known = migrations();
  const isMade = sqlite.query("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get();
  const newest = isMade
    ? (sqlite.query<{ at: number | null }, []>("SELECT max(created_at) AS at FROM __drizzle_migrations").get()?.at ?? 0)
    : 0;
  return { pending: known.filter((at) => at > newest).length, isNewer: newest > Math.max(...known) };
}

function migrations(): number[] {
  return readMigrationFiles({ migrationsFolder: migrationsFolder() }).map(({ folderMillis }) => folderMillis);
}
