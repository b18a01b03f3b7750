import { Database } from "bun:sqlite";
import { dirname, join } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { pause } from "../runtime/clock";
import { Fault } from "../runtime/fault";
import { isBusy, isDamaged } from "./errors";
import { makeFile, prepareFolder } from "./folder";
import { migrationsFolder } from "./migrations";

/** A transaction that is open. */
export type Transaction = Parameters<Parameters<BunSQLiteDatabase["transaction"]>[0]>[0];

export interface Store {
  readonly db: BunSQLiteDatabase & { readonly $client: Database };
  /** Where it is. */
  readonly folder: string;
  /** Writes one page, so a full disk is noticed as well as a lock. @throws what SQLite says when it cannot */
  demandWritable(): void;
  /** A number that changes when another process has written; 0.8 µs a call. */
  dataVersion(): number;
  /** Bytes of the database and its log on disk. */
  sizeBytes(): number;
  close(): void;
}

/** bun:sqlite waits inside the call, so this is how long a foreign lock may freeze every API. */
const BUSY_TIMEOUT_MS = 100;
/** Of the log once it is merged: as large as it is without long readers. */
const MAX_LOG_BYTES = 4 << 20;
/** How long start-up goes on asking for a database that another process holds. */
const BUSY_START_MS = 5_000;

/**
 * Opens `headend.db` in `folder`, makes it when there is none and brings its tables up to date.
 *
 * @throws Fault when it is damaged, from a newer version, or held by another process; it is left as it was
 */
export async function openStore(folder: string, migrations = migrationsFolder()): Promise<Store> {
  const path = join(folder, "headend.db");
  prepareFolder(folder);
  try {
    makeFile(path);
  } catch (error) {
    throw new Fault(`${path} cannot be made (${(error as Error).message})`);
  }
  const deadline = performance.now() + BUSY_START_MS;
  for (;;) {
    try {
      return open(path, migrations);
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw asFault(error, path);
      await pause(50);
    }
  }
}

/** Looks at a database without being able to change it: whoever writes, if only to close, merges its log into it. */
function inspect(path: string, migrations: string): void {
  if (Bun.file(path).size === 0) return;
  const sqlite = new Database(path, { readonly: true });
  try {
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    refuseNewer(sqlite, migrations);
    refuseDamaged(sqlite);
  } finally {
    sqlite.close();
  }
}

function open(path: string, migrations: string): Store {
  inspect(path, migrations);
  const sqlite = new Database(path, { readwrite: true, create: true });
  try {
    // First of all pragmas: those below need the lock themselves.
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    sqlite.run("PRAGMA journal_mode = WAL");
    // An acknowledgement means stored, power cuts included; batches keep the price low (CONTRACT §3.8).
    sqlite.run("PRAGMA synchronous = FULL");
    sqlite.run("PRAGMA foreign_keys = ON");
    // What a long reader, such as a backup, has made the log grow to is given back once it is gone.
    sqlite.run(`PRAGMA journal_size_limit = ${MAX_LOG_BYTES}`);
    const db = drizzle(sqlite);
    migrate(db, { migrationsFolder: migrations });
    const version = sqlite.query<{ data_version: number }, []>("PRAGMA data_version");
    return {
      db,
      folder: dirname(path),
      // A number that nobody reads: SQLite writes its page whatever it was before.
      demandWritable: () => sqlite.run("PRAGMA user_version = 0"),
      dataVersion: () => version.get()?.data_version ?? 0,
      sizeBytes: () => Bun.file(path).size + Bun.file(`${path}-wal`).size,
      close: () => close(sqlite),
    };
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/**
 * Brings everything into the one file first: statements that are still prepared keep SQLite from doing so when it
 * closes, and the file alone should be what somebody copies from a server that is stopped.
 */
function close(sqlite: Database): void {
  try {
    sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    sqlite.close();
  }
}

/** @throws Fault when a later version than these migrations' has written it */
export function refuseNewer(sqlite: Database, migrations: string): void {
  const newestKnown = Math.max(...readMigrationFiles({ migrationsFolder: migrations }).map((m) => m.folderMillis));
  const known = sqlite.query("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get();
  if (!known) return;
  const applied = sqlite
    .query<{ newest: number | null }, []>("SELECT max(created_at) AS newest FROM __drizzle_migrations")
    .get();
  if ((applied?.newest ?? 0) > newestKnown) {
    throw new Fault(
      "the database was written by a newer version of Headend and is left untouched: start that version, or restore an older backup",
    );
  }
}

function refuseDamaged(sqlite: Database): void {
  const check = sqlite.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get();
  if (check && check.quick_check !== "ok") throw new DamagedError(check.quick_check);
}

class DamagedError extends Error {}

function asFault(error: unknown, path: string): Error {
  if (error instanceof Fault) return error;
  if (isBusy(error)) return new Fault(`${path} is held by another process; stop it and start again`);
  if (error instanceof DamagedError || isDamaged(error)) {
    return new Fault(
      `${path} is damaged and is left as it is: put a backup in its place, or move it away to start empty`,
    );
  }
  return new Fault(`${path} cannot be opened or brought up to date: ${inOneLine(error)}`);
}

/** What SQLite or the system said, without the statement that drizzle shows around it, which may be a page long. */
export function inOneLine(error: unknown): string {
  let first = error;
  while (first instanceof Error && first.cause instanceof Error) first = first.cause;
  return (first instanceof Error ? first.message : String(first)).replace(/\s+/g, " ").slice(0, 500);
}
