import { Database } from "bun:sqlite";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../runtime/fault";

/**
 * One server per data folder. The lock is SQLite's own on an empty database of its own: the operating system drops it
 * with the process, however that ends, so there is no stale lock to clean up. Commands do not take it.
 *
 * @returns gives the folder back
 * @throws Fault when another server has it
 */
export function lockFolder(folder: string): () => void {
  const pidPath = join(folder, "headend.pid");
  const lock = openLock(folder);
  try {
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    const pid = existsSync(pidPath) ? readFileSync(pidPath, "utf8").trim() : "unknown";
    throw new Fault(
      `another Headend (pid ${pid}) already serves HEADEND_DATA=${folder}: stop it, or give this one a folder of its own`,
    );
  }
  writeFileSync(pidPath, `${process.pid}\n`, { mode: 0o600 });
  return () => {
    rmSync(pidPath, { force: true });
    lock.close();
  };
}

function openLock(folder: string): Database {
  try {
    return new Database(join(folder, "headend.lock"), { readwrite: true, create: true });
  } catch (error) {
    throw new Fault(`HEADEND_DATA=${folder}: nothing can be written there (${(error as Error).message})`);
  }
}
