import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Exam, type Finding, ok, problem, warning } from "./finding";

const OTHERS = 0o077;
/** What Headend keeps in its folder. */
const OURS = /^(headend\.|jwt\.secret$|console\.token$)/;
const MEGABYTE = 1 << 20;
const LITTLE_MB = 1_024;
const TOO_LITTLE_MB = 100;

/** Whose the data folder is, and who can read it. */
export const folder: Exam = ({ config: { data } }) => {
  const there = existing(data);
  if (there !== resolve(data)) {
    return mayWrite(there)
      ? [ok(`${data} is not there yet; it is made at the first start`)]
      : [problem(`${data} cannot be made in ${there}`, "Make it, and give it to the user who runs Headend.")];
  }
  const stat = statSync(data);
  if (!stat.isDirectory()) return [problem(`${data} is no folder`, "Set HEADEND_DATA to a folder.")];
  const uid = process.getuid?.();
  const found: Finding[] = [];
  if (uid !== undefined && stat.uid !== uid) {
    const advice =
      "Run this, and every other command, as the user of the service: what they make belongs to that user.";
    found.push(
      uid === 0
        ? warning(`${data} belongs to user ${stat.uid}, and this is root`, advice)
        : problem(`${data} belongs to user ${stat.uid}`, advice),
    );
  }
  if (!mayWrite(data))
    found.push(problem(`nothing can be written to ${data}`, "Give it to the user who runs Headend."));
  const ours = readdirSync(data).filter((name) => OURS.test(name));
  const open = [data, ...ours.map((name) => join(data, name))].filter(
    (path) => process.platform !== "win32" && (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS,
  );
  if (open.length > 0) {
    const others = open.length > 1 ? ` and ${open.length - 1} more` : "";
    const advice =
      "The server closes its own folder when it starts; one of many people, such as /tmp, is no place for it.";
    found.push(warning(`others on this machine can read ${open[0]}${others}`, advice));
  }
  return found.length > 0 ? found : [ok(`${resolve(data)} belongs to this user, and nobody else reads it`)];
};

/** Whether there is room to grow. */
export const disk: Exam = async ({ config: { data } }) => {
  const { bavail, bsize, blocks, ffree, files } = await statfs(existing(data));
  const freeMb = (bavail * bsize) / MEGABYTE;
  const share = Math.round((bavail / Math.max(1, blocks)) * 100);
  const what = `${size(freeMb)} free where the data is (${share} %)`;
  const advice = "Make room, or move HEADEND_DATA: when the disk is full nothing is stored, and clients are told so.";
  if (freeMb < TOO_LITTLE_MB) return [problem(what, advice)];
  if (files > 0 && ffree < 100) return [problem("the file system has no room for more files", advice)];
  return [freeMb < LITTLE_MB || share < 5 ? warning(what, advice) : ok(what)];
};

function size(mb: number): string {
  return mb >= 10_240 ? `${Math.round(mb / 1_024)} GB` : `${Math.round(mb)} MB`;
}

/** The folder, or the nearest one above it that is there. */
function existing(path: string): string {
  const at = resolve(path);
  return existsSync(at) || dirname(at) === at ? at : existing(dirname(at));
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
