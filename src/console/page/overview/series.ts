import type { Figures } from "../../wire";

/** A gap longer than this is one in the chart too: nobody knows what was then. */
const GAP_MS = 5_000;

/** A line of a chart. */
export interface Line {
  readonly label: string;
  /** Which of the colours: 1 to 6. */
  readonly colour: number;
  read(figures: Figures): number | undefined;
}

/** uPlot's columns: seconds, then a column for each line. */
export type Columns = [number[], ...(number | null)[][]];

export function columnsOf(history: readonly Figures[], lines: readonly Line[]): Columns {
  const times: number[] = [];
  const values: (number | null)[][] = lines.map(() => []);
  let last: number | undefined;
  for (const figures of history) {
    if (last !== undefined && figures.at - last > GAP_MS) {
      times.push((last + 1) / 1000);
      for (const column of values) column.push(null);
    }
    last = figures.at;
    times.push(figures.at / 1000);
    for (const [at, line] of lines.entries()) values[at]?.push(line.read(figures) ?? null);
  }
  return [times, ...values];
}

/** One line for each API, in the order in which they are served. */
export function perApi(figures: Figures | undefined, read: (api: Figures["apis"][number]) => number): readonly Line[] {
  return (figures?.apis ?? []).map(({ name }, at) => ({
    label: name,
    colour: (at % 6) + 1,
    read(each) {
      const api = each.apis.find((other) => other.name === name);
      return api && read(api);
    },
  }));
}

/** So many looks make one point of a line of rates: single events make needles of it otherwise. */
const SMOOTH = 5;

/** Each point as the mean of the last few. */
export function smoothed(line: Line, history: readonly Figures[]): Line {
  const means = new Map<Figures, number>();
  const recent: number[] = [];
  for (const figures of history) {
    recent.push(line.read(figures) ?? 0);
    if (recent.length > SMOOTH) recent.shift();
    means.set(figures, recent.reduce((sum, value) => sum + value, 0) / recent.length);
  }
  return { ...line, read: (figures) => means.get(figures) };
}

/** Sums what came in each code over the time that is shown, most frequent first. */
export function refusalsIn(history: readonly Figures[]): readonly (readonly [code: string, count: number])[] {
  const sums = new Map<string, number>();
  for (const { refusals } of history) {
    for (const [code, count] of Object.entries(refusals)) sums.set(code, (sums.get(code) ?? 0) + count);
  }
  return [...sums].filter(([, count]) => count > 0).sort((one, other) => other[1] - one[1]);
}

/** What was measured in the last minutes. */
export function lately(history: readonly Figures[], ms: number): readonly Figures[] {
  const since = (history.at(-1)?.at ?? 0) - ms;
  return history.filter(({ at }) => at >= since);
}
