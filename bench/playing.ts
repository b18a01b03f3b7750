import type { Row } from "./figures";
import { mintTokens } from "./load/tokens";
import { contest, LOAD_ROWS, loadFigures, type Outcome, type Scenario, watch } from "./scenario";

const SOCKETS = 500;
/** Events per second and socket; Headend allows 20. */
const RATE = 18;
const OPEN_AT_ONCE = 50;
const WARM_UP_MS = 3_000;

const ROWS: Record<string, Row> = {
  cpuUs: { label: "server CPU per event, µs", digits: 2, better: "less" },
  answers: { label: "events answered per second", digits: 0, better: "more" },
  serverShare: { label: "server CPU, % of a core", digits: 0 },
  p50Ms: { label: "latency of the answer p50, ms", digits: 2, better: "less" },
  p99Ms: { label: "latency of the answer p99, ms", digits: 2, better: "less" },
  residentMb: { label: "memory, MB", digits: 0, better: "less" },
  ...LOAD_ROWS,
};

export const playing: Scenario = {
  summary: `\`playing\` events with acknowledgements, ${SOCKETS * RATE}/s on ${SOCKETS} sockets`,
  steps: ({ rounds }) => rounds * 4,
  async run(options, progress) {
    const tokens = await mintTokens(SOCKETS);
    const { rounds, seconds } = options;
    const table = await contest(
      {
        title: "playing",
        load: `${SOCKETS} signed-in sockets, ${SOCKETS * RATE} \`playing\` events/s, each acknowledged`,
        api: "playback",
        rows: ROWS,
        targets: [{ row: "cpuUs", beside: "Node", atLeast: 1.3 }],
        shown: "cpuUs",
        rounds,
        async measure(bout): Promise<Outcome> {
          const { server, crew } = bout;
          await crew.open(server.port, "player", tokens, OPEN_AT_ONCE);
          await crew.start(SOCKETS * RATE, SOCKETS);
          await Bun.sleep(WARM_UP_MS);
          const watched = await watch(bout, () => Bun.sleep(seconds * 1000));
          await crew.stop();
          const { answered, latencies, elapsedMs, unsaid } = watched;
          const notes = [...watched.notes];
          if (unsaid > 0) notes.push(`overloaded: ${unsaid} events held back`);
          const figures = {
            cpuUs: (watched.serverCpuMs * 1000) / answered,
            answers: (answered / elapsedMs) * 1000,
            serverShare: watched.serverShare,
            p50Ms: latencies.percentile(0.5),
            p99Ms: latencies.percentile(0.99),
            residentMb: watched.residentKb / 1024,
            ...loadFigures(watched),
          };
          return { figures, faults: [...watched.faults, ...(await crew.settle(0, true))], notes };
        },
      },
      options,
      progress,
    );
    return [table];
  },
};
