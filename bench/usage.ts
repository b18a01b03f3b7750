import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a process has used and holds. */
export interface Usage {
  /** Processor time of all its threads so far, user and system. */
  readonly cpuMs: number;
  readonly residentKb: number;
}

/** Linux tells what a process uses; elsewhere it must be asked itself. */
export const HAS_PROC = existsSync("/proc/self/stat");
export const PRELOAD = join(import.meta.dir, "peers/usage.mjs");

/** /proc counts in hundredths of a second on every Linux. */
const MS_PER_TICK = 10;

export function usageOf(pid: number): Usage {
  return {
    cpuMs: cpuMs(readFileSync(`/proc/${pid}/stat`, "utf8")),
    residentKb: residentKb(readFileSync(`/proc/${pid}/status`, "utf8")),
  };
}

/** What all processes of the machine have used so far; undefined where the kernel does not tell. */
export function machineCpuMs(): number | undefined {
  return HAS_PROC ? busyMs(readFileSync("/proc/stat", "utf8")) : undefined;
}

/** @param stat of /proc/<pid>/stat */
export function cpuMs(stat: string): number {
  // The second field, the program's name, may hold blanks and brackets; `state` is the first after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [userTicks, systemTicks] = [fields[11], fields[12]];
  return (Number(userTicks) + Number(systemTicks)) * MS_PER_TICK;
}

/** @param stat of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal */
export function busyMs(stat: string): number {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(" ").map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
  return (user + nice + system + irq + softirq + steal) * MS_PER_TICK;
}

/**
 * What the process has allocated. The pages of its program file, which come and go as the machine likes, are not its
 * sockets'.
 *
 * @param status of /proc/<pid>/status
 */
function residentKb(status: string): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]);
}
