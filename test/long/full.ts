import { Database } from "bun:sqlite";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../harness";
import { Load } from "./load";
import { KEY, Place, tokenOf, Visitor } from "./place";
import { PLEDGES } from "./pledges";
import { FLUSH_MS } from "./pledges/progress";
import type { Result } from "./scenarios";

/** Of the file system that is made full. */
const DISK = "6m";
const SETTINGS = { HEADEND_LOG_LEVEL: "warn", HEADEND_PROGRESS_FLUSH_MS: String(FLUSH_MS) };
/** A probe of the database comes every 15 s. */
const PROBED_MS = 16_000;

/** A disk that has room or has none. */
interface Disk extends Disposable {
  readonly what: string;
  readonly folder: string;
  fill(pid: number): void;
  free(pid: number): void;
}

function command(...words: string[]): boolean {
  return Bun.spawnSync(words, { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
}

/** A small file system of its own where this user may mount one; else a limit on how large the server's files get. */
function openDisk(): Disk {
  const folder = temporaryFolder();
  const isMounted = command("mount", "-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", folder.path);
  if (!isMounted) {
    const limit = (pid: number, bytes: string) => {
      if (!command("prlimit", "--pid", String(pid), `--fsize=${bytes}:unlimited`))
        throw new Error("prlimit is missing");
    };
    return {
      what: "a limit on the size of files",
      folder: folder.path,
      fill: (pid) => limit(pid, "4096"),
      free: (pid) => limit(pid, "unlimited"),
      [Symbol.dispose]: () => folder[Symbol.dispose](),
    };
  }
  const ballast = join(folder.path, "ballast");
  return {
    what: `a file system of ${DISK}`,
    folder: join(folder.path, "data"),
    fill() {
      const file = openSync(ballast, "a");
      try {
        for (let bytes = 65_536; bytes >= 1; bytes = Math.floor(bytes / 2)) fillUp(file, bytes);
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast),
    [Symbol.dispose]() {
      command("umount", folder.path);
      folder[Symbol.dispose]();
    },
  };
}

function fillUp(file: number, bytes: number): void {
  const block = Buffer.alloc(bytes, 1);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  }
}

/**
 * The disk is full for so long, under load. What cannot be stored is told as unavailable, what was acknowledged is
 * there, and all goes on when there is room again.
 */
export async function diskFull(fullMs: number): Promise<Result> {
  using disk = openDisk();
  const place = await Place.start(disk.folder, SETTINGS);
  await using _place = place;
  const faults: string[] = [];
  const load = new Load(place, PLEDGES, 1);
  const guest = await Visitor.open(place, "requests", {});
  await Bun.sleep(700);
  const before = load.acknowledged;

  disk.fill(place.pid);
  const begun = performance.now();
  // What little room there was in files that are there already is used up by whoever comes first.
  const refused = await untilRefused(place);
  if (!refused) faults.push("nothing was refused while the disk was full");
  const statuses = new Set<string>();
  let worstMs = 0;
  while (performance.now() - begun < fullMs) {
    const asked = performance.now();
    const status = await makeCourse(place);
    if (status !== 503 && status !== 201) faults.push(`a course was answered ${status} while the disk was full`);
    if ((await reads(place)) !== 200) faults.push("what is stored could not be read while the disk was full");
    worstMs = Math.max(worstMs, performance.now() - asked);
    for (const { event, payload } of guest?.client.heard ?? []) {
      if (event === "system:status") statuses.add((payload as { currentStatus: string }).currentStatus);
    }
    await Bun.sleep(50);
  }
  if (fullMs > PROBED_MS && !statuses.has("offline"))
    faults.push("nobody was told that the database cannot be written");

  disk.free(place.pid);
  const after = load.acknowledged;
  let backMs = 0;
  for (const freed = performance.now(); (await makeCourse(place)) !== 201 && backMs < 10_000; await Bun.sleep(50)) {
    backMs = performance.now() - freed;
  }
  await Bun.sleep(1_500);
  if (load.acknowledged <= after) faults.push("nothing was acknowledged once there was room again");
  await load.stop();
  guest?.close();
  const { code, faults: logged } = await place.end("SIGTERM");
  if (code !== 0) faults.push(`the stop ended with ${code}`);
  // That it cannot be written is rightly told.
  faults.push(...logged.filter((line) => !/disk is full|disk I\/O error/.test(line)).map((line) => `logged: ${line}`));
  const db = new Database(join(disk.folder, "headend.db"));
  faults.push(...load.missing(db));
  db.close();
  return {
    faults,
    figures: `${disk.what}, full for ${(fullMs / 1_000).toFixed(1)} s: ${before} acknowledged before and ${load.acknowledged} in the end, all there; slowest answer ${worstMs.toFixed(0)} ms`,
  };
}

let courses = 0;

/** @returns the status of a call that must be stored */
async function makeCourse(place: Place): Promise<number> {
  const response = await fetch(`${place.url("learning")}/api/v1/courses`, {
    method: "POST",
    headers: { "x-api-key": KEY, "content-type": "application/json" },
    body: JSON.stringify({ id: `full-${++courses}`, title: "x".repeat(200), instructor_id: "t" }),
  });
  await response.text();
  return response.status;
}

async function reads(place: Place): Promise<number> {
  const headers = { authorization: `Bearer ${await tokenOf("reader")}` };
  const response = await fetch(`${place.url("learning")}/api/v1/courses?limit=5`, { headers });
  await response.text();
  return response.status;
}

async function untilRefused(place: Place): Promise<boolean> {
  for (let tries = 0; tries < 400; tries++) if ((await makeCourse(place)) === 503) return true;
  return false;
}
