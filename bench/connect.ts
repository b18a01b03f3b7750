import type { Row } from "./figures";
import { mintTokens } from "./load/tokens";
import { contest, LOAD_ROWS, loadFigures, type Outcome, type Scenario, watch } from "./scenario";

const SOCKETS = 4_000;
const QUICK_SOCKETS = 1_000;
/** Enough that the server is never idle. */
const OPEN_AT_ONCE = 100;
const WARM_UP = 500;
const CALM_MS = 1_000;
/** With less to do than this the server was not what was measured. */
const BUSY_PERCENT = 75;

const ROWS: Record<string, Row> = {
  connections: { label: "connections per second", digits: 0, better: "more" },
  cpuUs: { label: "server CPU per connection, µs", digits: 0, better: "less" },
  serverShare: { label: "server CPU, % of a core", digits: 0 },
  ...LOAD_ROWS,
};

export const connect: Scenario = {
  summary: "connections per second, each signed in with a token of its own",
  steps: ({ rounds }) => rounds * 4,
  async run(options, progress) {
    const sockets = options.quick ? QUICK_SOCKETS : SOCKETS;
    const [tokens, others] = await Promise.all([mintTokens(sockets), mintTokens(WARM_UP, "other")]);
    const table = await contest(
      {
        title: "connect",
        load: `${sockets} websockets of as many users, ${OPEN_AT_ONCE} at a time: TCP, upgrade, Engine.IO, namespace, token in the handshake`,
        api: "live",
        rows: ROWS,
        targets: [{ row: "connections", beside: "Node", atLeast: 2 }],
        shown: "connections",
        rounds: options.rounds,
        async measure(bout): Promise<Outcome> {
          const { server, crew } = bout;
          await crew.open(server.port, "visitor", others, OPEN_AT_ONCE);
          await crew.close();
          await Bun.sleep(CALM_MS);
          let openMs = 0;
          const watched = await watch(bout, async () => {
            openMs = await crew.open(server.port, "visitor", tokens, OPEN_AT_ONCE);
          });
          const notes = [...watched.notes];
          if (watched.serverShare < BUSY_PERCENT)
            notes.push(`the server was not full (${watched.serverShare.toFixed(0)} % of a core): compare its CPU`);
          const figures = {
            connections: (tokens.length / openMs) * 1000,
            cpuUs: (watched.serverCpuMs * 1000) / tokens.length,
            serverShare: watched.serverShare,
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
