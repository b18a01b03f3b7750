import { host } from "./host";
import { type Options, readOptions, USAGE } from "./options";
import { Progress } from "./progress";
import { keep, type Result, text } from "./results";
import { SCENARIOS } from "./scenarios";
import { stopAll } from "./server";

const NAMES = Object.keys(SCENARIOS);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(130);
  });
}

/** @returns whether all figures are worth something */
async function run(options: Options, names: readonly string[]): Promise<boolean> {
  const chosen = names.flatMap((name) => (SCENARIOS[name] ? [{ name, scenario: SCENARIOS[name] }] : []));
  const steps = chosen.reduce((sum, { scenario }) => sum + scenario.steps(options), 0);
  const progress = new Progress(steps);
  let isSound = true;
  for (const { name, scenario } of chosen) {
    const tables = await scenario.run(options, progress);
    progress.end();
    for (const table of tables) console.log(`${text(table)}\n`);
    const { rounds, seconds, compiled } = options;
    const how = `${seconds} s after the warm-up, median of ${rounds}${compiled ? ", compiled" : ""}`;
    const result: Result = { tables, date: new Date().toISOString().slice(0, 10), host: host(), how };
    // At once: whatever becomes of the next ones, this one is done.
    if (!options.quick) keep({ [name]: result }, NAMES);
    if (tables.some(({ faults }) => faults.length > 0)) isSound = false;
  }
  console.log(host());
  if (!options.quick) console.log("written: bench/RESULTS.md, bench/chart.svg");
  return isSound;
}

function usage(): string {
  const rows = NAMES.map((name) => `  ${name.padEnd(10)}${SCENARIOS[name]?.summary}`);
  return `usage: bun run bench [${[...NAMES, "all"].join("|")}] [options]\n\n${rows.join("\n")}\n\n${USAGE}`;
}

const [first] = process.argv.slice(2);
if (first !== "all" && !NAMES.includes(first ?? "")) {
  console.error(usage());
  process.exit(1);
}
try {
  const options = readOptions(process.argv.slice(2));
  process.exitCode = (await run(options, first === "all" ? NAMES : [options.scenario])) ? 0 : 1;
} catch (error) {
  console.error(`FAILED: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}
