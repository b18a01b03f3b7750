import { type Client, type Listener, MAX_UNANSWERED, mintTokens, openAll } from "./client";
import { median, percentile, type Row, table } from "./figures";
import { host } from "./host";
import { benchmark } from "./options";
import { type Program, source, start, stock, withFolder } from "./server";

const WARM_UP_S = 3;
const DRAIN_TIMEOUT_MS = 10_000;
const TICK_MS = 4;
/** A load side that is further behind than this does not catch up: a burst is not the load that was asked for. */
const MAX_LAG_MS = 500;
/** From here on a server is full, and waiting events are read several at a time: its CPU per event falls as it gets worse. */
const FULL_CORE_PERCENT = 95;

/** What is reported, in the order of the table. */
const ROWS = {
  answeredPerSecond: { label: "events answered per second", digits: 0 },
  cpuPerEventUs: { label: "server CPU per event, µs", digits: 2 },
  cpuShare: { label: "server CPU, % of a core", digits: 1 },
  ackP50Ms: { label: "ack latency p50, ms", digits: 2 },
  ackP99Ms: { label: "ack latency p99, ms", digits: 2 },
  residentMb: { label: "RSS under load, MB", digits: 1 },
  loadShare: { label: "load side, % of a core", digits: 1, isCompared: false },
};

type Figures = Record<keyof typeof ROWS, number>;

interface Load {
  readonly sockets: number;
  /** Events per second and socket. */
  readonly rate: number;
  readonly seconds: number;
}

interface Run {
  readonly figures: Figures;
  /** What makes the figures worthless. */
  readonly faults: readonly string[];
  /** What one should know when reading them. */
  readonly notes: readonly string[];
}

export const playing = benchmark(
  "`playing` events with acknowledgements: Headend against stock socket.io on Node, the same load in turn",
  {
    sockets: { fallback: 200, max: 5_000, meaning: "websockets, one user each" },
    rate: { fallback: 18, max: 20, meaning: "events per second and socket; Headend allows 20" },
    seconds: { fallback: 10, max: 120, meaning: "measured, after 3 s of warm-up" },
    rounds: { fallback: 3, max: 9, meaning: "the servers take turns; the figures are medians" },
  },
  async ({ rounds, ...load }) => {
    const programs = [source, stock];
    const tokens = await mintTokens(load.sockets);
    const measured = programs.map((): Figures[] => []);
    let isSound = true;
    for (let round = 1; round <= rounds; round++) {
      for (const [at, program] of programs.entries()) {
        const run = await withFolder((folder) => measure(program, folder, tokens, load));
        measured[at]?.push(run.figures);
        for (const note of run.notes) console.error(`round ${round}, ${program.name}: ${note}`);
        for (const fault of run.faults) console.error(`FAILED: round ${round}, ${program.name}: ${fault}`);
        if (run.faults.length > 0) isSound = false;
      }
    }
    const rows = Object.entries(ROWS).map(
      ([name, row]): Row => ({
        ...row,
        figures: measured.map((all) => median(all.map((figures) => figures[name as keyof Figures]))),
      }),
    );
    const title = `playing, ${load.sockets * load.rate} events/s offered`;
    console.log(
      table(
        title,
        programs.map(({ name }) => name),
        rows,
      ),
    );
    console.log(
      `\n${load.sockets} sockets x ${load.rate} events/s, ${load.seconds} s after ${WARM_UP_S} s of warm-up, median of ${rounds}; ${host()}`,
    );
    for (const [at, { name }] of programs.entries()) {
      const cpuShare = median((measured[at] ?? []).map((figures) => figures.cpuShare));
      if (cpuShare >= FULL_CORE_PERCENT)
        console.log(`${name} filled its core: compare latencies here, and CPU per event at a lower load`);
    }
    return isSound;
  },
);

async function measure(program: Program, folder: string, tokens: readonly string[], load: Load): Promise<Run> {
  await using server = await start(program, folder);
  const tally = new Tally();
  const clients = await openAll(server.port, tokens, tally);
  try {
    await pace(clients, load.rate, WARM_UP_S, tally);
    tally.latenciesMs = [];
    const before = { answered: tally.answered, cpuMs: server.cpuMs(), load: process.cpuUsage(), ms: performance.now() };
    await pace(clients, load.rate, load.seconds, tally);
    const elapsedMs = performance.now() - before.ms;
    const cpuMs = server.cpuMs() - before.cpuMs;
    const loadUs = process.cpuUsage(before.load);
    const answered = tally.answered - before.answered;
    const residentMb = server.residentKb() / 1024;
    await drained(clients);
    const figures = {
      answeredPerSecond: (answered / elapsedMs) * 1000,
      cpuPerEventUs: (cpuMs * 1000) / answered,
      cpuShare: (cpuMs / elapsedMs) * 100,
      ackP50Ms: percentile(tally.latenciesMs, 0.5),
      ackP99Ms: percentile(tally.latenciesMs, 0.99),
      residentMb,
      loadShare: (loadUs.user + loadUs.system) / 10 / elapsedMs,
    };
    const complaints = server.complaints();
    const notes = [...tally.notes(), ...(complaints ? [`on stderr: ${complaints}`] : [])];
    return { figures, faults: tally.faults(), notes };
  } finally {
    for (const client of clients) client.close();
  }
}

/**
 * Sends `rate` events a second on every socket, evenly spread over the sockets and over time, whether or not the
 * server keeps up; only a socket with too many unanswered events sits its turn out.
 */
async function pace(clients: readonly Client[], rate: number, seconds: number, tally: Tally): Promise<void> {
  const perMs = (clients.length * rate) / 1000;
  const startedAt = performance.now();
  let turn = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - startedAt) {
    const due = Math.floor(elapsedMs * perMs);
    const earliest = Math.floor((elapsedMs - MAX_LAG_MS) * perMs);
    if (turn < earliest) {
      tally.neverSent += earliest - turn;
      turn = earliest;
    }
    for (; turn < due; turn++) {
      const client = clients[turn % clients.length];
      if (!client || client.unanswered >= MAX_UNANSWERED) tally.heldBack++;
      else {
        client.report();
        tally.sent++;
      }
    }
    await Bun.sleep(TICK_MS);
  }
}

async function drained(clients: readonly Client[]): Promise<void> {
  const giveUpAt = performance.now() + DRAIN_TIMEOUT_MS;
  while (clients.some(({ unanswered }) => unanswered > 0) && performance.now() < giveUpAt) await Bun.sleep(50);
}

/** What became of the events of one run. */
class Tally implements Listener {
  sent = 0;
  answered = 0;
  heldBack = 0;
  neverSent = 0;
  latenciesMs: number[] = [];
  #succeeded = 0;
  #closed = 0;
  #firstRefusal: string | undefined;
  #firstClosed: string | undefined;

  onAnswer(sentAtMs: number, isSuccess: boolean, answer: string): void {
    this.answered++;
    this.latenciesMs.push(performance.now() - sentAtMs);
    if (isSuccess) this.#succeeded++;
    else this.#firstRefusal ??= answer;
  }

  onClosed(why: string): void {
    this.#closed++;
    this.#firstClosed ??= why;
  }

  /** Every event that was sent must have been answered, once, with success; and nobody may have been thrown out. */
  faults(): string[] {
    const faults: string[] = [];
    const refused = this.answered - this.#succeeded;
    if (refused > 0) faults.push(`${refused} of ${this.sent} events refused, the first: ${this.#firstRefusal}`);
    if (this.answered !== this.sent) faults.push(`${this.sent} events sent, ${this.answered} answered`);
    if (this.#closed > 0) faults.push(`${this.#closed} sockets closed by the server, the first: ${this.#firstClosed}`);
    return faults;
  }

  /** Why less was offered than was asked for. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.heldBack > 0)
      notes.push(`${this.heldBack} events held back: ${MAX_UNANSWERED} of their socket were unanswered`);
    if (this.neverSent > 0) notes.push(`${this.neverSent} events never sent: the load side could not keep up`);
    return notes;
  }
}
