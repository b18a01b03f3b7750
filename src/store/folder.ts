import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../runtime/fault";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;
/** Of a folder in which everybody may make files. */
const STICKY = 0o1000;
/** What Headend keeps in its folder under names of its own. */
const FILES = [
  "headend.db",
  "headend.db-wal",
  "headend.db-shm",
  "headend.lock",
  "headend.lock-journal",
  "headend.pid",
  "jwt.secret",
  "console.token",
];

/**
 * The data folder and what is in it, for its owner's eyes only: made so, and made so again where it came from an
 * archive, a backup or another tool.
 *
 * @returns what others can read all the same: a folder of somebody else's, or of many people like /tmp, stays as it is,
 *   and some file systems know no modes
 * @throws Fault when the folder cannot be made
 */
export function prepareFolder(folder: string): string[] {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw new Fault(`HEADEND_DATA=${folder}: the folder cannot be made (${(error as Error).message})`);
  }
  return [...tighten(folder, FOLDER_MODE), ...FILES.flatMap((name) => tighten(join(folder, name), FILE_MODE))];
}

/** An empty file for its owner's eyes only, where there is none: whatever opens it then keeps the mode. */
export function makeFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "a", FILE_MODE));
}

/** Waits until a file, or the names in a folder, are on the disk and would survive a power cut. */
export function syncToDisk(path: string): void {
  const isFolder = statSync(path).isDirectory();
  // Windows opens no folders, and writes names through by itself.
  if (isFolder && process.platform === "win32") return;
  const handle = openSync(path, isFolder ? "r" : "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Takes from everybody else what they may do with `path`. @returns the path, where that is not possible */
function tighten(path: string, mode: number): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  // On Windows a folder says who may see what is in it, and there are no modes to change.
  if (!stat || process.platform === "win32" || (stat.mode & OTHERS) === 0) return [];
  if (stat.mode & STICKY || stat.uid !== process.getuid?.()) return [path];
  try {
    chmodSync(path, mode);
  } catch {
    return [path];
  }
  return statSync(path).mode & OTHERS ? [path] : [];
}
