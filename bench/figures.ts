import { NAMES, type Name } from "./programs";

/** What one server did in one round, by the names of the rows. */
export type Figures = Readonly<Record<string, number>>;

/** One line of a table: a figure of each server. */
export interface Row {
  readonly label: string;
  readonly digits: number;
  /** Which way is better; without it no ratio means anything. */
  readonly better?: "less" | "more";
}

/** What is wanted of Headend: of a row, alone or beside another server. */
export interface Target {
  readonly row: string;
  readonly beside?: Name;
  /** So many times better than the other one … */
  readonly atLeast?: number;
  /** … or at most this: the figure itself, or so many times the other one's. */
  readonly atMost?: number;
}

/** A measurement as it is reported and kept. */
export interface Table {
  /** "chat, busy" */
  readonly title: string;
  /** What was asked of the servers, in a sentence. */
  readonly load: string;
  readonly columns: readonly string[];
  readonly rows: readonly (Row & { readonly name: string; readonly figures: readonly number[] })[];
  readonly targets: readonly { readonly text: string; readonly isMet: boolean }[];
  /** What makes figures worthless. */
  readonly faults: readonly string[];
  /** What one should know when reading them. */
  readonly notes: readonly string[];
  /** The row that the chart shows. */
  readonly shown?: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** How many times better the first server's figure is than another one's. */
export function gain({ better }: Row, first: number, other: number): number {
  return better === "more" ? first / other : other / first;
}

/** Whether a target is met, in words. @param figures of its row, in the order of `NAMES` */
export function judge(target: Target, row: Row, figures: readonly number[]): { text: string; isMet: boolean } {
  const first = figures[0] ?? Number.NaN;
  const { beside, atLeast, atMost, row: _ } = target;
  const other = beside && (figures[NAMES.indexOf(beside)] ?? Number.NaN);
  if (atLeast !== undefined) {
    const is = other === undefined ? first : gain(row, first, other);
    const than = beside ? ` times better than ${beside}` : "";
    return { text: `${row.label}: at least ${atLeast}${than}, is ${is.toFixed(2)}`, isMet: is >= atLeast };
  }
  const is = other === undefined ? first : first / other;
  const of = beside ? ` times that of ${beside}` : "";
  return { text: `${row.label}: at most ${atMost}${of}, is ${is.toFixed(2)}`, isMet: is <= (atMost ?? 0) };
}

/** A table's cells: its head, then a line for each row, with Headend's gain over each of the others at the end. */
export function cells({ title, columns, rows }: Table): string[][] {
  // Where nothing is better than anything, the columns are no servers to be compared.
  const others = rows.some(({ better }) => better) ? columns.slice(1) : [];
  const head = [title, ...columns, ...others.map((other) => `vs ${other}`)];
  const lines = rows.map((row) => {
    const [first = Number.NaN, ...rest] = row.figures;
    const gains = rest.slice(0, others.length).map((other) => (row.better ? times(gain(row, first, other), 2) : ""));
    return [row.label, ...row.figures.map((figure) => written(figure, row.digits)), ...gains];
  });
  return [head, ...lines];
}

/** A ratio for people; a dash where there is none. */
export function times(ratio: number, digits: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(digits)}x` : "–";
}

/** A figure for people; a dash where there is none. */
export function written(figure: number | undefined, digits: number): string {
  if (figure === undefined || !Number.isFinite(figure)) return "–";
  return figure.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
