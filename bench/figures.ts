/** One line of the table; a figure that a server does not have is undefined. */
export interface Row {
  readonly label: string;
  readonly figures: readonly (number | undefined)[];
  readonly digits: number;
  /** False where a ratio would mean nothing. */
  readonly isCompared?: boolean;
}

/** Nearest rank; `share` is 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Names to the left, figures to the right; the last column is the first server's figure over the last one's. */
export function table(title: string, servers: readonly string[], rows: readonly Row[]): string {
  const lines = [[title, ...servers, "ratio"], ...rows.map(cells)];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const drawn = lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  drawn.splice(1, 0, "-".repeat(drawn[0]?.length ?? 0));
  return drawn.join("\n");
}

function cells({ label, figures, digits, isCompared = true }: Row): string[] {
  const first = figures.at(0);
  const last = figures.at(-1);
  const ratio = isCompared && first !== undefined && last !== undefined ? `${(first / last).toFixed(2)}x` : "";
  return [label, ...figures.map((figure) => figure?.toFixed(digits) ?? "-"), ratio];
}
