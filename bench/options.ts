import { DEFAULT_GENERATORS } from "./load/crew";

/** What the command line says. */
export interface Options {
  /** The name of a scenario, or "all". */
  readonly scenario: string;
  /** A short run, to see that it works: its figures are not kept. */
  readonly quick: boolean;
  /** Headend as `bun run build` makes it. */
  readonly compiled: boolean;
  readonly rounds: number;
  /** Measured, after the warm-up. */
  readonly seconds: number;
  readonly generators: number;
}

/** Every number has a largest value, so that no typing error keeps a machine busy or fills it. */
const NUMBERS = {
  rounds: { fallback: 3, quick: 1, max: 9, meaning: "the servers take turns; the figures are medians" },
  seconds: { fallback: 10, quick: 3, max: 120, meaning: "measured each time, after the warm-up" },
  generators: {
    fallback: DEFAULT_GENERATORS,
    quick: DEFAULT_GENERATORS,
    max: 8,
    meaning: "processes that make the load",
  },
};

type NumberName = keyof typeof NUMBERS;

const FLAGS = {
  quick: "a short run, to see that it works; nothing is written",
  compiled: "measure dist/headend instead of the source",
};

export const USAGE = [
  ...Object.entries(FLAGS).map(([name, meaning]) => `  --${name}  ${meaning}`),
  ...Object.entries(NUMBERS).map(([name, { fallback, meaning }]) => `  --${name} ${fallback}  ${meaning}`),
].join("\n");

/** @throws Error that says what is wrong */
export function readOptions(args: readonly string[]): Options {
  const [scenario = "", ...rest] = args;
  const quick = rest.includes("--quick");
  const numbers = Object.fromEntries(
    Object.entries(NUMBERS).map(([name, number]) => [name, quick ? number.quick : number.fallback]),
  ) as Record<NumberName, number>;
  for (let at = 0; at < rest.length; at++) {
    const name = rest[at]?.replace(/^--/, "") ?? "";
    if (Object.hasOwn(FLAGS, name)) continue;
    if (!Object.hasOwn(NUMBERS, name)) throw new Error(`unknown option ${rest[at]}; there are:\n${USAGE}`);
    const { max } = NUMBERS[name as NumberName];
    const value = Number(rest[++at]);
    if (!Number.isInteger(value) || value < 1 || value > max)
      throw new Error(`--${name}: a whole number from 1 to ${max}`);
    numbers[name as NumberName] = value;
  }
  return { scenario, quick, compiled: rest.includes("--compiled"), ...numbers };
}
