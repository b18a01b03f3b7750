import { PROMISES, type Scale, tested } from "./promises";
import type { Result } from "./scenarios";

// bun run reliability [--quick | --full]: a line for everything that an operator may rely on, with the figure that
// shows it. Minutes as it is; a minute or two with --quick, an hour with --full. The exit code is 1 when one is
// broken.

const SCALES: Readonly<Record<string, Scale>> = { "--quick": "quick", "--full": "full" };

interface Row {
  readonly name: string;
  readonly isKept: boolean;
  readonly figure: string;
}

const [word, ...more] = process.argv.slice(2);
const scale = word === undefined ? "usual" : SCALES[word];
if (!scale || more.length > 0) {
  console.error("usage: bun run reliability [--quick | --full]");
  process.exit(1);
}
const rows: Row[] = [];
for (const [at, { name, tests = [], run, figure, isQuick = false }] of PROMISES.entries()) {
  const label = `[${at + 1}/${PROMISES.length}] ${name}`;
  show(label);
  const results: Result[] = [];
  if (tests.length > 0) results.push(await tested(tests));
  if (run && (scale !== "quick" || isQuick || tests.length === 0)) {
    results.push(await run(scale, (line) => show(`${label}: ${line}`)).catch(asFault));
  }
  show("");
  const faults = results.flatMap((result) => result.faults);
  for (const fault of faults.slice(0, 20)) console.log(`${name}: ${fault}`);
  const figures = [...results.map((result) => result.figures), ...(figure ? [figure()] : [])];
  rows.push({ name, isKept: faults.length === 0, figure: figures.join("; ") });
}
const width = Math.max(...rows.map(({ name }) => name.length));
for (const { name, isKept, figure } of rows)
  console.log(`${name.padEnd(width)}  ${isKept ? "kept  " : "BROKEN"}  ${figure}`);
const broken = rows.filter(({ isKept }) => !isKept).length;
console.log(broken === 0 ? `all ${rows.length} promises are kept` : `${broken} of ${rows.length} promises are BROKEN`);
process.exitCode = broken === 0 ? 0 : 1;

/** What is going on, in one line that is written over; nothing where nobody looks. */
function show(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line.split("\n")[0]?.slice(0, 100) ?? ""}`);
}

/** A run that did not get to its end has shown nothing. */
function asFault(error: unknown): Result {
  return { faults: [String(error)], figures: "did not end" };
}
