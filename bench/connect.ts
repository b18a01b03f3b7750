import type { Row } from "./figures";
import { mintTokens } from "./load/tokens";
import {
  type Bout,
  contest,
  LOAD_ROWS,
  loadFigures,
  type Measured,
  type Outcome,
  type Scenario,
  watch,
} from "./scenario";

const SOCKETS = 4_000;
const QUICK_SOCKETS = 1_000;
/** Enough that the server is never idle. */
const OPEN_AT_ONCE = 100;
/** Between closing and opening again: the server has taken note of everybody who left. */
const CALM_MS = 2_000;
/** With less to do than this the server was not what was measured. */
const BUSY_PERCENT = 75;

const ROWS: Record<string, Row> = {
  connections: { label: "connections per second", digits: 0, better: "more" },
  cpuUs: { label: "server CPU per connection, µs", digits: 0, better: "less" },
  serverShare: { label: "server CPU, % of a core", digits: 0 },
  firstConnections: { label: "connections per second, first time", digits: 0, better: "more" },
  firstCpuUs: { label: "server CPU per connection, first time, µs", digits: 0, better: "less" },
  ...LOAD_ROWS,
};

export const connect: Scenario = {
  summary: "connections per second, each signed in with a token of its own",
  steps: ({ rounds }) => rounds * 4,
  async run(options, progress) {
    const sockets = options.quick ? QUICK_SOCKETS : SOCKETS;
    const tokens = await mintTokens(sockets);
    const table = await contest(
      {
        title: "connect",
        load: `${sockets} websockets of as many users, ${OPEN_AT_ONCE} at a time (TCP, upgrade, Engine.IO, namespace, token in the handshake): the first time, when the server has just started and Headend stores who they are, and again after all were closed`,
        api: "live",
        rows: ROWS,
        targets: [{ row: "connections", beside: "Node", atLeast: 2 }],
        shown: "connections",
        rounds: options.rounds,
        async measure(bout): Promise<Outcome> {
          const { crew } = bout;
          const first = await openAll(bout, tokens);
          await crew.close();
          await Bun.sleep(CALM_MS);
          const again = await openAll(bout, tokens);
          const notes = [...again.notes];
          if (again.serverShare < BUSY_PERCENT)
            notes.push(`the server was not full (${again.serverShare.toFixed(0)} % of a core): compare its CPU`);
          const figures = {
            connections: again.perSecond,
            cpuUs: again.cpuUs,
            serverShare: again.serverShare,
            firstConnections: first.perSecond,
            firstCpuUs: first.cpuUs,
            ...loadFigures(again),
          };
          return { figures, faults: [...first.faults, ...again.faults, ...(await crew.settle(0, true))], notes };
        },
      },
      options,
      progress,
    );
    return [table];
  },
};

async function openAll(
  bout: Bout,
  tokens: readonly string[],
): Promise<Measured & { readonly perSecond: number; readonly cpuUs: number }> {
  const { server, crew } = bout;
  let openMs = 0;
  const watched = await watch(bout, async () => {
    openMs = await crew.open(server.port, "visitor", tokens, OPEN_AT_ONCE);
  });
  const perSecond = (tokens.length / openMs) * 1000;
  return { ...watched, perSecond, cpuUs: (watched.serverCpuMs * 1000) / tokens.length };
}
