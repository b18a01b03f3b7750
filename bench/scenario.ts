import { type Figures, judge, median, type Row, type Table, type Target } from "./figures";
import { Crew, type Stretch, saturation } from "./load/crew";
import type { Options } from "./options";
import { type Api, type Program, programs } from "./programs";
import type { Progress } from "./progress";
import { type Server, start, withFolder } from "./server";
import { machineCpuMs } from "./usage";

/** A benchmark of the list: a line on the command line and one or more tables. */
export interface Scenario {
  readonly summary: string;
  /** How many steps it tells the progress bar of. */
  steps(options: Options): number;
  run(options: Options, progress: Progress): Promise<readonly Table[]>;
}

/** What is measured of each server in turn. */
export interface Contest {
  readonly title: string;
  readonly load: string;
  readonly api: Api;
  readonly rows: Readonly<Record<string, Row>>;
  readonly targets: readonly Target[];
  /** The row that the chart shows. */
  readonly shown: string;
  readonly rounds: number;
  measure(bout: Bout): Promise<Outcome>;
}

/** One server's turn: it has just started, nobody is connected. */
export interface Bout {
  readonly server: Server;
  readonly crew: Crew;
}

export interface Outcome {
  readonly figures: Figures;
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

/** What is used by neither the server nor the load side, from here on, in percent of a core: others disturb. */
const DISTURBED_PERCENT = 15;

/**
 * Measures all servers, each in a process of its own, and puts the medians of the rounds beside each other. The
 * servers take turns within a round, and every round begins with another one: what else happens on the machine hits
 * all alike.
 */
export async function contest(contest: Contest, options: Options, progress: Progress): Promise<Table> {
  const { title, load, rows, targets, shown, rounds } = contest;
  const entrants = programs(contest.api, options.compiled);
  const measured = entrants.map((): Figures[] => []);
  const faults: string[] = [];
  const notes: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < entrants.length; turn++) {
      const at = (round + turn) % entrants.length;
      const program = entrants[at] as Program;
      progress.step(`${title}: round ${round + 1} of ${rounds}, ${program.name}`);
      const outcome = await turnOf(program, contest, options);
      measured[at]?.push(outcome.figures);
      const where = `round ${round + 1}, ${program.name}: `;
      faults.push(...outcome.faults.map((fault) => where + fault));
      notes.push(...outcome.notes.map((note) => where + note));
    }
  }
  const medians = Object.entries(rows).map(([name, row]) => ({
    name,
    ...row,
    figures: measured.map((all) => median(all.map((figures) => figures[name] ?? Number.NaN))),
  }));
  const figuresOf = (name: string) => medians.find((row) => row.name === name)?.figures ?? [];
  return {
    title,
    load,
    columns: entrants.map(({ name }) => name),
    rows: medians,
    targets: targets.map((target) => judge(target, rows[target.row] as Row, figuresOf(target.row))),
    faults,
    notes,
    shown,
  };
}

async function turnOf(program: Program, contest: Contest, options: Options): Promise<Outcome> {
  return withFolder(async (folder) => {
    await using server = await start(program, folder);
    await using crew = new Crew(options.generators);
    const outcome = await contest.measure({ server, crew });
    const complaints = server.complaints();
    return complaints ? { ...outcome, notes: [...outcome.notes, `on stderr: ${complaints}`] } : outcome;
  });
}

/** What the load side saw in a time, and what the server used for it. */
export interface Measured extends Stretch {
  readonly serverCpuMs: number;
  /** In percent of a core. */
  readonly serverShare: number;
  readonly residentKb: number;
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

/** Measures while something happens: `during` returns when it is over. */
export async function watch({ server, crew }: Bout, during: () => Promise<unknown>): Promise<Measured> {
  await crew.mark();
  const before = await server.usage();
  const machineBefore = machineCpuMs();
  await during();
  const stretch = await crew.mark();
  const machineAfter = machineCpuMs();
  const after = await server.usage();
  const serverCpuMs = after.cpuMs - before.cpuMs;
  const perCent = (cpuMs: number) => (cpuMs / stretch.elapsedMs) * 100;
  const saturated = saturation(stretch);
  const notes: string[] = [];
  if (machineBefore !== undefined && machineAfter !== undefined) {
    const others = perCent(machineAfter - machineBefore - serverCpuMs - stretch.cpuMs);
    if (others > DISTURBED_PERCENT) notes.push(`others used ${others.toFixed(0)} % of a core meanwhile`);
  }
  return {
    ...stretch,
    serverCpuMs,
    serverShare: perCent(serverCpuMs),
    residentKb: after.residentKb,
    faults: saturated ? [saturated] : [],
    notes,
  };
}

/** The rows about the load side, the same everywhere: they say whether it was the bottleneck. */
export const LOAD_ROWS = {
  loadShare: { label: "load generator, % of a core", digits: 0 },
  loadLagMs: { label: "load generator, lag of its event loop p99, ms", digits: 1 },
} satisfies Record<string, Row>;

export function loadFigures({ cpuShare, lagMs }: Stretch): Record<keyof typeof LOAD_ROWS, number> {
  return { loadShare: cpuShare, loadLagMs: lagMs };
}
