import { readFile, statfs } from "node:fs/promises";
import { cpus, freemem, loadavg, totalmem } from "node:os";
import { pause } from "./clock";

export interface Share {
  readonly total: number;
  readonly used: number;
  readonly free: number;
  /** 0 to 100, one decimal. */
  readonly percentage: number;
}

export interface Network {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

interface Times {
  readonly busy: number;
  readonly all: number;
}

/** A figure of the CPU that is older says nothing about now. */
const FRESH_MS = 120_000;
const SAMPLE_MS = 100;
/** Its counters move in hundredths of a second: over less than this they say nothing. */
const MIN_SPAN_MS = 250;

/** What the machine itself says of its state; nothing here is estimated, and nothing waits for a disk in this thread. */
export class Host {
  readonly #folder: string;
  #last: Times | undefined;
  #lastAt = 0;
  #usage = 0;
  #looking: Promise<void> | undefined;

  /** @param folder whose file system is looked at */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Usage in percent since the last call, or over a tenth of a second where that was long ago. */
  async cpu(): Promise<{ usage: number; cores: number; loadAverage: number[] }> {
    // Those who ask in the same moment share one look: between theirs there would be nothing to measure.
    if (!this.#last || performance.now() - this.#lastAt >= MIN_SPAN_MS) {
      this.#looking ??= this.#lookAtCpu().finally(() => {
        this.#looking = undefined;
      });
    }
    await this.#looking;
    return { usage: this.#usage, cores: cpus().length, loadAverage: loadavg().map((v) => Math.round(v * 100) / 100) };
  }

  /** Memory that programs can still have is free, caches included where the machine tells. */
  async memory(): Promise<Share> {
    const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
    const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024;
    const total = bytes("MemTotal") || totalmem();
    return share(total, bytes("MemAvailable") || freemem());
  }

  /** As `df` tells it: what is reserved or held back from this process is neither used nor free. */
  async disk(): Promise<Share> {
    const { blocks, bfree, bavail, bsize } = await statfs(this.#folder);
    const [used, free] = [(blocks - bfree) * bsize, bavail * bsize];
    return { ...share(used + free, free), total: blocks * bsize };
  }

  /** Since the machine started, over all interfaces but its own loop; zeros where the machine does not tell. */
  async network(): Promise<Network> {
    const text = await readFile("/proc/net/dev", "utf8").catch(() => "");
    const sum = [0, 0, 0, 0];
    for (const line of text.split("\n")) {
      const [name, figures] = line.split(":");
      if (figures === undefined || name?.trim() === "lo") continue;
      const fields = figures.trim().split(/\s+/).map(Number);
      for (const [index, field] of [0, 8, 1, 9].entries()) sum[index] = (sum[index] ?? 0) + (fields[field] ?? 0);
    }
    const [bytesReceived = 0, bytesSent = 0, packetsReceived = 0, packetsSent = 0] = sum;
    return { bytesReceived, bytesSent, packetsReceived, packetsSent };
  }

  async #lookAtCpu(): Promise<void> {
    let before = this.#last;
    if (!before || performance.now() - this.#lastAt > FRESH_MS) {
      before = times();
      await pause(SAMPLE_MS);
    }
    const now = times();
    this.#last = now;
    this.#lastAt = performance.now();
    const all = now.all - before.all;
    if (all > 0) this.#usage = oneDecimal(((now.busy - before.busy) / all) * 100);
  }
}

/** What this process takes: its memory, and the CPU since the last call, of all cores together. */
export class Own {
  #cpu = process.cpuUsage();
  #at = performance.now();
  #usage = 0;

  figures(): { uptimeS: number; memoryBytes: number; cpuPercent: number } {
    const elapsedMs = performance.now() - this.#at;
    // Over a moment it would say more of who asks than of the server.
    if (elapsedMs >= 1_000) {
      const { user, system } = process.cpuUsage(this.#cpu);
      this.#usage = (user + system) / 1000 / elapsedMs / cpus().length;
      this.#cpu = process.cpuUsage();
      this.#at = performance.now();
    }
    return {
      uptimeS: Math.floor(process.uptime()),
      memoryBytes: process.memoryUsage.rss(),
      cpuPercent: Math.round(this.#usage * 100),
    };
  }
}

/** What this process takes from one look to the next. */
export class Load {
  #cpu = process.cpuUsage();
  #at = performance.now();

  /** CPU since the last look, 1 being a whole core, and memory now. */
  take(): { cpu: number; rssBytes: number; heapBytes: number } {
    const at = performance.now();
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedMs = Math.max(1, at - this.#at);
    this.#cpu = process.cpuUsage();
    this.#at = at;
    const { rss, heapUsed } = process.memoryUsage();
    return { cpu: (user + system) / 1000 / elapsedMs, rssBytes: rss, heapBytes: heapUsed };
  }
}

/** Seconds since this process began. */
export function uptimeS(): number {
  return Math.floor(process.uptime());
}

function times(): Times {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { busy: all - idle, all };
}

function share(total: number, free: number): Share {
  const used = total - free;
  return { total, used, free, percentage: total > 0 ? oneDecimal((used / total) * 100) : 0 };
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10;
}
