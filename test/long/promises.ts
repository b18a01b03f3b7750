import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../process/server";
import { diskFull } from "./full";
import { fuzz } from "./fuzz/fuzzing";
import { hung } from "./hung";
import { backedUp, retained } from "./keeping";
import { killRounds } from "./rounds";
import { halfOpen, locked, type Result, slowReaders, stampede } from "./scenarios";
import { soak } from "./soaking";

/** How much of everything: seconds, minutes, or as long as it takes. */
export type Scale = "quick" | "usual" | "full";

/** How many answers a table of who may do what has. */
function cells(file: string): string {
  const lines = readFileSync(join(ROOT, "test", "authorization", file), "utf8").match(/^\| `.*$/gm) ?? [];
  const answers = lines.flatMap((line) => line.split(" | ").slice(2));
  return `${lines.length} of them, each as ${answers.length / lines.length} callers: ${answers.length} answers as the table says`;
}

/** Something that an operator may rely on, and what shows that it is so. */
export interface Promised {
  readonly name: string;
  /** Files of tests that every test run has anyway; a name after `#` chooses among the tests of one. */
  readonly tests?: readonly string[];
  /** What the tests have looked at, where their number does not say it. */
  figure?(): string;
  /** What takes longer than a test may; at the scale `quick` a few seconds. Absent there: the tests must do. */
  run?(scale: Scale, told: (line: string) => void): Promise<Result>;
  /** Whether `run` has anything to do at the scale `quick`. */
  readonly isQuick?: boolean;
}

const of = (scale: Scale, quick: number, usual: number, full: number) => ({ quick, usual, full })[scale];
const seed = () => Math.floor(Math.random() * 2 ** 31);

/** Every promise of the project about what is not lost and who does not get in. */
export const PROMISES: readonly Promised[] = [
  { name: "conformance: Engine.IO", tests: ["test/conformance/engine.test.ts"] },
  { name: "conformance: Socket.IO", tests: ["test/conformance/socket.test.ts"] },
  {
    name: "hostile input",
    tests: ["test/realtime/hostile.test.ts"],
    isQuick: true,
    async run(scale, told) {
      const chosen = seed();
      const tell = (done: number) => told(`${done} cases`);
      const outcome = await fuzz(of(scale, 3_000, 100_000, 1_000_000), chosen, tell);
      const [warm, end] = outcome.memoryMb;
      // So little says nothing of memory.
      const grown = scale !== "quick" && end > warm + 48 ? [`memory has grown from ${warm} to ${end} MB`] : [];
      const memory = `memory ${warm.toFixed(0)} to ${end.toFixed(0)} MB`;
      return { faults: [...outcome.faults, ...grown], figures: `${outcome.cases} cases, ${memory}, seed ${chosen}` };
    },
  },
  {
    name: "authorization: events",
    tests: ["test/authorization/events.test.ts", "test/contracts.test.ts"],
    figure: () => cells("events.md"),
  },
  { name: "authorization: routes", tests: ["test/authorization/routes.test.ts"], figure: () => cells("routes.md") },
  { name: "tokens: RFC 8725", tests: ["test/authorization/tokens.test.ts", "test/domain/tokens.test.ts"] },
  {
    name: "browser",
    tests: [
      "test/authorization/browser.test.ts",
      "test/http/origin.test.ts",
      "test/apis/requests/browser.test.ts",
      "test/apis/live/browser.test.ts",
      "test/examples/pages.test.ts",
      "test/console/access.test.ts",
      "test/console/page/walk.test.ts",
    ],
  },
  {
    name: "fault: kill -9 under load",
    isQuick: true,
    async run(scale, told) {
      const rounds = of(scale, 2, 25, 100);
      const chosen = seed();
      const { faults, acknowledged } = await killRounds(rounds, chosen, (round) => told(`${round} of ${rounds} kills`));
      const sum = [...acknowledged.values()].reduce((all, count) => all + count, 0);
      const nothing = sum === 0 ? ["nothing was acknowledged at all"] : [];
      const what = `${rounds} kills, ${sum} things acknowledged and looked for after each, seed ${chosen}`;
      return { faults: [...faults, ...nothing], figures: what };
    },
  },
  { name: "fault: disk full", isQuick: true, run: (scale) => diskFull(of(scale, 1_000, 20_000, 60_000)) },
  { name: "fault: database locked", isQuick: true, run: (scale) => locked(of(scale, 600, 5_000, 20_000)) },
  { name: "fault: clock jumps", tests: ["test/long/clock.test.ts"] },
  {
    name: "fault: half-open connections",
    tests: ["test/conformance/engine.test.ts#heartbeats"],
    run: (scale) => halfOpen(of(scale, 0, 200, 1_000)),
  },
  {
    name: "fault: slow readers",
    tests: ["test/realtime/backlog.test.ts"],
    run: (scale) => slowReaders(of(scale, 0, 50, 200)),
  },
  {
    name: "fault: everybody reconnects at once",
    isQuick: true,
    run: (scale) => stampede(of(scale, 60, 1_000, 1_000)),
  },
  {
    name: "fault: a worker or a service hangs",
    tests: ["test/apis/studio/queue.test.ts", "test/apis/requests/services.test.ts"],
    run: hung,
  },
  { name: "soak", run: (scale, told) => soak(of(scale, 0.1, 3, 20), 1, told) },
  {
    name: "backup and restore under load",
    tests: ["test/store/backup.test.ts"],
    isQuick: true,
    run: (scale) => backedUp(of(scale, 500, 5_000, 20_000)),
  },
  {
    name: "retention in small steps",
    tests: ["test/store/prune.test.ts"],
    isQuick: true,
    run: (scale) => retained(of(scale, 5_000, 100_000, 500_000)),
  },
];

/** Runs tests in a process of their own, and says how many there were. */
export async function tested(files: readonly string[]): Promise<Result> {
  const counts = { pass: 0, skip: 0, fail: 0 };
  const faults: string[] = [];
  for (const each of files) {
    const [file = "", name] = each.split("#");
    if (!existsSync(join(ROOT, file))) {
      faults.push(`${file} is not there`);
      continue;
    }
    const words = [process.execPath, "test", "--timeout", "30000", file, ...(name ? ["-t", name] : [])];
    const child = Bun.spawn(words, { cwd: ROOT, stdout: "pipe", stderr: "pipe" });
    const text = (await Promise.all([child.stdout, child.stderr].map((out) => new Response(out).text()))).join("\n");
    for (const [, count, what = ""] of text.matchAll(/^ *(\d+) (pass|skip|fail)$/gm)) {
      if (what in counts && !(name && what === "skip")) counts[what as keyof typeof counts] += Number(count);
    }
    const failed = [...text.matchAll(/^\(fail\) (.*?)(?: \[.*)?$/gm)].map(([, test]) => `${file}: ${test}`);
    faults.push(...new Set(failed));
    if ((await child.exited) !== 0 && failed.length === 0) faults.push(`${file} ended with ${child.exitCode}`);
  }
  const skipped = counts.skip > 0 ? `, ${counts.skip} left out` : "";
  return { faults, figures: `${counts.pass} tests${skipped}` };
}
