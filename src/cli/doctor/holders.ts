import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process that listens on a port. */
export interface Holder {
  readonly port: number;
  readonly pid: number;
  readonly name: string;
}

const LISTENING = "0A";

/**
 * Who listens on which TCP port of this machine, as far as this user may see it: processes of others have no names here.
 * Nothing at all where there is no /proc.
 */
export function holders(): Holder[] {
  const ports = new Map(["tcp", "tcp6"].flatMap((name) => listening(read(`/proc/net/${name}`))));
  if (ports.size === 0) return [];
  const found: Holder[] = [];
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const port = ports.get(/^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1] ?? "");
      if (port !== undefined) found.push({ port, pid: Number(pid), name: read(`/proc/${pid}/comm`).trim() });
    }
  }
  return found;
}

/** Ports by the inode of their socket. */
function listening(table: string): [inode: string, port: number][] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING)
    .map((fields) => [fields[9] ?? "", Number.parseInt(fields[1]?.split(":").at(-1) ?? "", 16)]);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
