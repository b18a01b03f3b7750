import { Database } from "bun:sqlite";
import { chmodSync, copyFileSync, existsSync, linkSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../runtime/fault";
import { problemOf } from "./backup";
import { inOneLine, refuseNewer } from "./database";
import { isBusy, isDamaged } from "./errors";
import { prepareFolder, syncToDisk } from "./folder";
import { lockFolder } from "./lock";
import { migrationsFolder } from "./migrations";

const BUSY_TIMEOUT_MS = 1_000;

/**
 * Puts a backup in the place of the database in `folder`. Everything is looked at before anything is changed, and the
 * change is one rename: whenever this is cut off, there is the one database or the other.
 *
 * @param stamp for the name of what was there
 * @returns where the database of before is kept; undefined when there was none
 * @throws Fault while a server or a command uses the folder, or when the backup is damaged, of a newer version, or none
 */
export function restore(
  folder: string,
  file: string,
  stamp: string,
  migrations = migrationsFolder(),
): string | undefined {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new Fault(`${file} is no file`);
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new Fault(
      `${file} has a log beside it (${file}-wal), so it is a database in use: headend backup makes a backup of it`,
    );
  }
  prepareFolder(folder);
  const path = join(folder, "headend.db");
  const incoming = `${path}.restoring`;
  const unlock = lockFolder(folder);
  try {
    copyFileSync(file, incoming);
    chmodSync(incoming, 0o600);
    demandBackup(incoming, file, migrations);
    syncToDisk(incoming);
    const kept = keepAside(path, `${path}.before-restore-${stamp}`);
    renameSync(incoming, path);
    syncToDisk(folder);
    return kept;
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(`${file} cannot be restored to HEADEND_DATA=${folder}: ${inOneLine(error)}`);
  } finally {
    for (const name of ["", "-wal", "-shm", "-journal"]) rmSync(incoming + name, { force: true });
    unlock();
  }
}

/** @param copy of `file`, to be looked at: opening a database may change what lies beside it */
function demandBackup(copy: string, file: string, migrations: string): void {
  if (statSync(copy).size === 0) throw new Fault(`${file} is empty`);
  const problem = problemOf(copy);
  if (problem) throw new Fault(`${file} is damaged or no backup: ${problem}; nothing is changed`);
  const sqlite = new Database(copy, { readonly: true });
  try {
    const known = sqlite.query("SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'").get();
    if (!known) throw new Fault(`${file} is no database of Headend's; nothing is changed`);
    refuseNewer(sqlite, migrations);
  } finally {
    sqlite.close();
  }
}

/** A second name for the database that is there, which loses its first one to the backup in a moment. */
function keepAside(path: string, aside: string): string | undefined {
  if (!existsSync(path)) {
    // A log without its database would be taken for that of the backup.
    for (const name of ["-wal", "-shm"]) rmSync(path + name, { force: true });
    return undefined;
  }
  gatherIntoOneFile(path);
  try {
    linkSync(path, aside);
  } catch {
    // Not every file system has a second name to give.
    copyFileSync(path, aside);
    chmodSync(aside, 0o600);
    syncToDisk(aside);
  }
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  rmSync(`${path}-shm`, { force: true });
  return aside;
}

/** Leaving WAL merges the log, and works only for whoever is alone with the database. */
function gatherIntoOneFile(path: string): void {
  const inUse = new Fault(`${path} is in use, by a command or another program: try again when it has ended`);
  try {
    const sqlite = new Database(path, { readwrite: true, create: false });
    try {
      sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      const mode = sqlite.query<{ journal_mode: string }, []>("PRAGMA journal_mode = DELETE").get()?.journal_mode;
      if (mode !== "delete") throw inUse;
    } finally {
      sqlite.close();
    }
  } catch (error) {
    if (isBusy(error)) throw inUse;
    // A damaged one is kept as it is, with its log: it is the reason for restoring, as a rule.
    if (!isDamaged(error)) throw error;
  }
}
