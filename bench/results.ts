import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawChart } from "./drawing";
import { cells, type Table } from "./figures";

/** The tables of one run of a scenario, and where they come from. */
export interface Result {
  readonly tables: readonly Table[];
  /** The day, in UTC. */
  readonly date: string;
  readonly host: string;
  readonly how: string;
}

/** By the scenario's name. */
export type Results = Readonly<Record<string, Result>>;

const DATA = join(import.meta.dir, "results.json");
const REPORT = join(import.meta.dir, "RESULTS.md");
const CHART = join(import.meta.dir, "chart.svg");

/** Puts new results in the place of the old ones of the same scenarios, and writes report and chart anew. */
export function keep(results: Results, order: readonly string[]): void {
  const old: Results = existsSync(DATA) ? JSON.parse(readFileSync(DATA, "utf8")) : {};
  const all = { ...old, ...results };
  const sorted = Object.fromEntries(order.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));
  writeFileSync(DATA, `${JSON.stringify(sorted, null, 2)}\n`);
  writeFileSync(REPORT, report(sorted));
  writeFileSync(CHART, drawChart(Object.values(sorted).flatMap(({ tables }) => tables)));
}

/** RESULTS.md */
export function report(results: Results): string {
  const sections = Object.entries(results).map(
    ([name, { tables, date, host, how }]) =>
      `## ${name}\n\nMeasured on ${date}, ${how}. ${host}.\n\n${tables.map(section).join("\n")}`,
  );
  return `${HEAD}\n${sections.join("\n")}`;
}

/** For a terminal. */
export function text(table: Table): string {
  const lines = cells(table);
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  drawn.splice(1, 0, "-".repeat(drawn[0]?.length ?? 0));
  return [...drawn, ...remarks(table)].join("\n");
}

function section(table: Table): string {
  const [head = [], ...lines] = cells(table);
  const row = (line: readonly string[]) => `| ${line.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  const remarked = remarks(table).map((remark) => `- ${remark}`);
  return [`${table.load}.`, "", row(head), row(rule), ...lines.map(row), "", ...remarked, ""].join("\n");
}

function remarks({ targets, faults, notes }: Table): string[] {
  // Figures that are worth nothing meet nothing.
  const verdict = (isMet: boolean) => (faults.length > 0 ? "NOT JUDGED" : isMet ? "met" : "NOT MET");
  return [
    ...targets.map(({ text, isMet }) => `${verdict(isMet)}: ${text}`),
    ...faults.map((fault) => `INVALID: ${fault}`),
    ...notes,
  ];
}

const HEAD = `# Results

\`bun run bench all\` measures this anew and writes this file. Each table comes from one run on one machine, in which the
servers take turns with the same load; **compare the ratios, not the figures**: another machine has other figures.
\`vs\` is how many times better Headend is than that server.

- **Headend** does all that it does: signed-in users, validation, limits, moderation, storage.
- **Node** is stock socket.io on Node with ws, **Bun** is stock socket.io on Bun with its engine for Bun
  (\`@socket.io/bun-engine\`) and the default adapter. Both run the same application: they check the token and pass messages
  on, without validation, limits, moderation or storage ([peers](peers/)).
- **bare** is \`Bun.serve\` with websockets and \`publish\`, without Socket.IO: the floor.

CPU is what the kernel says of the server's process, all threads; memory is what the process has allocated (anonymous
pages). Latencies include the load generator's own. A server that cannot keep up is measured all the same: by what it
delivers, and the CPU that takes.

How one knows that the load generator was not the bottleneck: it runs in processes of its own, reads websockets as bytes
on bare TCP, and reports what it used and how late its own event loop was. A run in which it had less than 5 % of a core
left, or in which its event loop was 50 ms late once in a hundred times, is marked INVALID; so is one in which a message
was lost, doubled or out of order (from an overloaded server only the order counts). Targets are not judged by such
figures. In \`chat, busy\` the same generator takes several times more from Headend and bare than Node gives it, with CPU
to spare. What others used on the machine meanwhile is noted.
`;
