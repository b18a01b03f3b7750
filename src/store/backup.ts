import { Database } from "bun:sqlite";
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../runtime/fault";
import { inOneLine } from "./database";
import { makeFile, syncToDisk } from "./folder";
import { faultOf } from "./look";

/** A command has time, and nobody waits for it. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Writes everything that is stored in `folder` into a new file for its owner's eyes only. A server that runs goes on
 * meanwhile: this reads one moment of the database and holds no lock that a writer needs.
 *
 * @returns bytes of the file
 * @throws Fault when there is nothing to back up, or when `file` exists or cannot be written; then there is no file
 */
export function backUp(folder: string, file: string): number {
  const path = join(folder, "headend.db");
  if (!existsSync(path)) throw new Fault(`there is no database in HEADEND_DATA=${folder}`);
  if (existsSync(file)) throw new Fault(`${file} exists already, and a backup is never written over`);
  // What has the name of a backup is a whole one, whenever this is cut off.
  const partial = `${file}.partial`;
  try {
    rmSync(partial, { force: true });
    makeFile(partial);
    copyInto(path, partial);
    syncToDisk(partial);
    renameSync(partial, file);
    syncToDisk(dirname(file));
    return statSync(file).size;
  } catch (error) {
    rmSync(partial, { force: true });
    if (error instanceof Fault) throw error;
    throw new Fault(`${path} cannot be backed up to ${file}: ${inOneLine(error)}`);
  }
}

function copyInto(path: string, copy: string): void {
  const sqlite = new Database(path, { readwrite: true, create: false });
  try {
    sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    sqlite.run("VACUUM INTO ?", [copy]);
  } finally {
    sqlite.close();
  }
  const problem = problemOf(copy);
  if (problem) throw new Fault(`${path} is damaged, and so would be its backup: ${problem}`);
}

/** What is wrong with a database, as SQLite says it, after a look at all of it; undefined when it is sound. */
export function problemOf(path: string): string | undefined {
  try {
    const sqlite = new Database(path, { readonly: true });
    try {
      return faultOf(sqlite, true);
    } finally {
      sqlite.close();
    }
  } catch (error) {
    return inOneLine(error);
  }
}
