import type { Row, Target } from "./figures";
import { mintTokens } from "./load/tokens";
import type { Options } from "./options";
import { type Bout, contest, LOAD_ROWS, loadFigures, type Outcome, type Scenario, watch } from "./scenario";

const VIEWERS = 1_000;
const OPEN_AT_ONCE = 50;
const WARM_UP_MS = 3_000;
/** Headend's limits of `chat:message`, per user. */
const PER_SECOND = 5;
const PER_MINUTE = 100;
/** Of what was offered: a server that delivers less is behind, and falls further behind. */
const KEPT_UP = 0.97;

const ROWS: Record<string, Row> = {
  cpuUs: { label: "server CPU per delivery, µs", digits: 2, better: "less" },
  deliveries: { label: "deliveries per second", digits: 0, better: "more" },
  serverShare: { label: "server CPU, % of a core", digits: 0 },
  p50Ms: { label: "latency p50, ms", digits: 1, better: "less" },
  p99Ms: { label: "latency p99, ms", digits: 1, better: "less" },
  residentMb: { label: "memory, MB", digits: 0, better: "less" },
  ...LOAD_ROWS,
};

interface Load {
  readonly title: string;
  readonly perSecond: number;
  readonly meaning: string;
  readonly targets: readonly Target[];
}

const LOADS: readonly Load[] = [
  {
    title: "chat, busy",
    perSecond: 500,
    meaning: "many messages at a time",
    targets: [
      { row: "cpuUs", beside: "Node", atLeast: 12 },
      { row: "cpuUs", beside: "bare", atMost: 1.8 },
    ],
  },
  {
    title: "chat, quiet",
    // 50 ms apart: no two of them leave in one turn of any server's event loop.
    perSecond: 20,
    meaning: "each message alone in its turn of the event loop",
    targets: [{ row: "cpuUs", beside: "Node", atLeast: 2.2 }],
  },
];

export const chat: Scenario = {
  summary: `one stream, ${VIEWERS} viewers, everybody hears everybody: busy (500 messages/s) and quiet (20/s)`,
  steps: ({ rounds }) => LOADS.length * rounds * 4,
  async run(options, progress) {
    const tokens = await mintTokens(VIEWERS);
    const tables = [];
    for (const { title, perSecond, meaning, targets } of LOADS) {
      const speakers = speakersFor(perSecond);
      const load = `${VIEWERS} signed-in viewers of one stream, ${perSecond} messages/s by ${speakers} of them, ${meaning}`;
      const measure = (bout: Bout) => measureChat(bout, tokens, perSecond, speakers, options);
      const { rounds } = options;
      tables.push(
        await contest(
          { title, load, api: "live", rows: ROWS, targets, shown: "cpuUs", rounds, measure },
          options,
          progress,
        ),
      );
    }
    return tables;
  },
};

/** How many users must share a load so that no limit of Headend's is ever reached, however long it lasts. */
export function speakersFor(perSecond: number): number {
  return Math.ceil(Math.max(perSecond / PER_SECOND, (perSecond * 60) / PER_MINUTE));
}

async function measureChat(
  bout: Bout,
  tokens: readonly string[],
  perSecond: number,
  speakers: number,
  { seconds }: Options,
): Promise<Outcome> {
  const { server, crew } = bout;
  await crew.open(server.port, "viewer", tokens, OPEN_AT_ONCE);
  await crew.start(perSecond, speakers);
  await Bun.sleep(WARM_UP_MS);
  const watched = await watch(bout, () => Bun.sleep(seconds * 1000));
  const said = await crew.stop();
  const { heard, latencies, elapsedMs, unsaid } = watched;
  const offered = (perSecond * tokens.length * elapsedMs) / 1000;
  const hasKeptUp = heard >= KEPT_UP * offered;
  const faults = [...watched.faults, ...(await crew.settle(said, hasKeptUp))];
  const notes = [...watched.notes];
  if (!hasKeptUp) notes.push(`overloaded: delivered ${((heard / offered) * 100).toFixed(0)} % of what was offered`);
  if (unsaid > 0) faults.push(`${unsaid} messages were not said in time`);
  const figures = {
    cpuUs: (watched.serverCpuMs * 1000) / heard,
    deliveries: (heard / elapsedMs) * 1000,
    serverShare: watched.serverShare,
    p50Ms: latencies.percentile(0.5),
    p99Ms: latencies.percentile(0.99),
    residentMb: watched.residentKb / 1024,
    ...loadFigures(watched),
  };
  return { figures, faults, notes };
}
