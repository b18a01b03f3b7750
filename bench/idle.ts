import type { Row } from "./figures";
import { mintTokens } from "./load/tokens";
import { contest, type Outcome, type Scenario } from "./scenario";

const SOCKETS = 10_000;
const QUICK_SOCKETS = 2_000;
const OPEN_AT_ONCE = 100;
/**
 * Before memory is read. Node gives nothing back for a good ten seconds after a crowd of sign-ins, Bun sooner; and
 * within this time every socket has had its heartbeat.
 */
const SETTLE_MS = 30_000;
const QUICK_SETTLE_MS = 12_000;
const REST_MS = 5_000;

const ROWS: Record<string, Row> = {
  perSocketKb: { label: "memory per socket, KB", digits: 2, better: "less" },
  restMb: { label: "memory at rest, MB", digits: 1, better: "less" },
  crowdedMb: { label: "memory with the sockets, MB", digits: 1, better: "less" },
  cpuShare: { label: "server CPU for heartbeats, % of a core", digits: 1 },
  startMs: { label: "first start to ready, ms", digits: 0, better: "less" },
};

export const idle: Scenario = {
  summary: `memory of ${SOCKETS} signed-in sockets that do nothing, and start-up time`,
  steps: ({ rounds }) => rounds * 4,
  async run(options, progress) {
    const sockets = options.quick ? QUICK_SOCKETS : SOCKETS;
    const settleMs = options.quick ? QUICK_SETTLE_MS : SETTLE_MS;
    const tokens = await mintTokens(sockets);
    const table = await contest(
      {
        title: "idle",
        load: `${sockets} signed-in sockets in one namespace, one user each; read after ${settleMs / 1000} s of quiet`,
        api: "playback",
        rows: ROWS,
        targets: [
          { row: "perSocketKb", atMost: 9 },
          { row: "perSocketKb", beside: "Node", atLeast: 1.6 },
        ],
        shown: "perSocketKb",
        rounds: options.rounds,
        async measure({ server, crew }): Promise<Outcome> {
          await Bun.sleep(REST_MS);
          const rest = await server.usage();
          await crew.open(server.port, "player", tokens, OPEN_AT_ONCE);
          const opened = await server.usage();
          await Bun.sleep(settleMs);
          const crowded = await server.usage();
          const figures = {
            perSocketKb: (crowded.residentKb - rest.residentKb) / sockets,
            restMb: rest.residentKb / 1024,
            crowdedMb: crowded.residentKb / 1024,
            cpuShare: ((crowded.cpuMs - opened.cpuMs) / settleMs) * 100,
            startMs: server.startMs,
          };
          return { figures, faults: await crew.settle(0, true), notes: [] };
        },
      },
      options,
      progress,
    );
    return [table];
  },
};
