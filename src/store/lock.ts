import { Database } from "bun:sqlite";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../runtime/fault";
import { isBusy } from "./errors";
import { makeFile } from "./folder";

/**
 * One server per data folder. The lock is SQLite's own on an empty database of its own: the operating system drops it
 * with the process, however that ends, so there is no stale lock to clean up. Commands do not take it.
 *
 * @returns gives the folder back
 * @throws Fault when another server has it, or when the lock cannot be had for another reason
 */
export function lockFolder(folder: string): () => void {
  const pidPath = join(folder, "headend.pid");
  const path = join(folder, "headend.lock");
  const lock = openLock(folder, path);
  try {
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) {
      throw new Fault(
        `${path} cannot be locked (${(error as Error).message}); it holds nothing: remove it, and start again`,
      );
    }
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

function openLock(folder: string, path: string): Database {
  try {
    makeFile(path);
    return new Database(path, { readwrite: true, create: true });
  } catch (error) {
    throw new Fault(`HEADEND_DATA=${folder}: nothing can be written there (${(error as Error).message})`);
  }
}
