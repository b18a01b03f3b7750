import { expect } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OUTCOMES } from "./attempt";
import { MEANINGS } from "./people";

/** One line of a table: what is attempted, and what becomes of it for each column. */
export interface Line {
  readonly what: readonly string[];
  readonly outcomes: readonly string[];
}

/** A heading with its lines. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

function row(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
}

/** Markdown that is as readable as it is: every column as wide as its widest cell. */
export function tableOf(heading: readonly string[], { title, lines }: Section): string {
  const rows = [
    heading,
    ...lines.map(({ what, outcomes }) => [...what.map((word) => `\`${word.replaceAll("|", "\\|")}\``), ...outcomes]),
  ];
  const widths = heading.map((_, at) => Math.max(...rows.map((cells) => [...(cells[at] ?? "")].length)));
  const rule = widths.map((width) => "-".repeat(width));
  const [first = [], ...rest] = rows;
  return [`## ${title}`, "", row(first, widths), row(rule, widths), ...rest.map((cells) => row(cells, widths))].join(
    "\n",
  );
}

function legend(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([word, meaning]) => `- **${word}**: ${meaning}`)
    .join("\n");
}

/** Compares a document with what was found; with UPDATE_DOCS set, writes it anew. */
export function expectWritten(
  file: string,
  title: string,
  intro: string,
  columns: Readonly<Record<string, string>> = MEANINGS,
): (tables: readonly string[]) => void {
  const path = join(import.meta.dir, file);
  return (tables) => {
    const text = [`# ${title}`, intro, legend(OUTCOMES), "Who:", legend(columns), ...tables].join("\n\n");
    if (process.env.UPDATE_DOCS) writeFileSync(path, `${text}\n`);
    expect(existsSync(path) ? readFileSync(path, "utf8") : "").toBe(`${text}\n`);
  };
}
