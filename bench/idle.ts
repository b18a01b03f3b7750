import { type Client, type Listener, mintTokens, openAll } from "./client";
import { median, table } from "./figures";
import { host } from "./host";
import { benchmark } from "./options";
import { compiled, type Program, source, start, stock, withFolder } from "./server";

/**
 * Before each reading of memory. Node gives nothing back for a good ten seconds after a crowd of sign-ins, Bun sooner;
 * and within this time every socket has had its heartbeat.
 */
const SETTLE_MS = 30_000;
/** The first of the sockets also pay for code that is compiled and heaps that grow; this share of them is to cover that. */
const FIRST_SHARE = 0.2;

interface Footprint {
  readonly restMb: number;
  readonly crowdedMb: number;
  readonly perSocketKb: number;
  /** The same over the sockets after the first share only: what one more costs a server that is already busy. */
  readonly perFurtherSocketKb: number;
  readonly signInsPerSecond: number;
  /** Sockets that the server closed meanwhile. */
  readonly closed: number;
}

interface StartTimes {
  /** In an empty folder: secret, database and tables are made. */
  readonly firstMs: number;
  /** In the folder of the first start. */
  readonly againMs: number;
}

export const idle = benchmark(
  "start-up time, and memory at rest and with signed-in sockets that do nothing: Headend (and dist/headend, once built) against stock socket.io on Node",
  {
    sockets: { fallback: 5_000, max: 9_000, meaning: "websockets, one user each" },
    starts: { fallback: 5, max: 20, meaning: "the start-up times are medians of so many" },
  },
  async ({ sockets, starts }) => {
    const built = compiled();
    const programs = built ? [source, built, stock] : [source, stock];
    const tokens = await mintTokens(sockets);
    const times: StartTimes[] = [];
    const footprints: Footprint[] = [];
    for (const program of programs) {
      times.push(await startTimes(program, starts));
      footprints.push(await withFolder((folder) => footprint(program, folder, tokens)));
    }
    console.log(
      table(
        `idle, ${sockets} sockets`,
        programs.map(({ name }) => name),
        [
          { label: "first start to ready, ms", digits: 0, figures: times.map(({ firstMs }) => firstMs) },
          { label: "next start to ready, ms", digits: 0, figures: times.map(({ againMs }) => againMs) },
          { label: "RSS at rest, MB", digits: 1, figures: footprints.map(({ restMb }) => restMb) },
          { label: "RSS with the sockets, MB", digits: 1, figures: footprints.map(({ crowdedMb }) => crowdedMb) },
          { label: "RSS per socket, KB", digits: 2, figures: footprints.map(({ perSocketKb }) => perSocketKb) },
          {
            label: "RSS per further socket, KB",
            digits: 2,
            figures: footprints.map(({ perFurtherSocketKb }) => perFurtherSocketKb),
          },
          {
            label: "sign-ins per second",
            digits: 0,
            figures: footprints.map(({ signInsPerSecond }) => signInsPerSecond),
          },
        ],
      ),
    );
    console.log(
      `\n${sockets} signed-in sockets, RSS after ${SETTLE_MS / 1000} s of quiet ("further": after the first ${FIRST_SHARE * 100} %); start-up is a median of ${starts}; ${host()}`,
    );
    for (const [at, { closed }] of footprints.entries()) {
      if (closed > 0)
        console.error(`FAILED: ${programs[at]?.name}: ${closed} of ${sockets} sockets closed by the server`);
    }
    return footprints.every(({ closed }) => closed === 0);
  },
);

async function startTimes(program: Program, count: number): Promise<StartTimes> {
  const firstMs: number[] = [];
  const againMs: number[] = [];
  for (let nth = 0; nth < count; nth++) {
    await withFolder(async (folder) => {
      for (const times of [firstMs, againMs]) {
        await using server = await start(program, folder);
        times.push(server.startMs);
      }
    });
  }
  return { firstMs: median(firstMs), againMs: median(againMs) };
}

async function footprint(program: Program, folder: string, tokens: readonly string[]): Promise<Footprint> {
  await using server = await start(program, folder);
  const clients: Client[] = [];
  let closed = 0;
  let openingMs = 0;
  const listener: Listener = { onAnswer() {}, onClosed: () => void closed++ };
  const settledKb = async () => {
    await Bun.sleep(SETTLE_MS);
    return server.residentKb();
  };
  const open = async (some: readonly string[]) => {
    const startedAt = performance.now();
    clients.push(...(await openAll(server.port, some, listener)));
    openingMs += performance.now() - startedAt;
  };
  try {
    const first = Math.floor(tokens.length * FIRST_SHARE);
    const restKb = await settledKb();
    await open(tokens.slice(0, first));
    const firstKb = await settledKb();
    await open(tokens.slice(first));
    const crowdedKb = await settledKb();
    return {
      restMb: restKb / 1024,
      crowdedMb: crowdedKb / 1024,
      perSocketKb: (crowdedKb - restKb) / tokens.length,
      perFurtherSocketKb: (crowdedKb - firstKb) / (tokens.length - first),
      signInsPerSecond: (tokens.length / openingMs) * 1000,
      closed,
    };
  } finally {
    for (const client of clients) client.close();
  }
}
