/** One number of the command line, `--name N`. */
interface Option {
  readonly fallback: number;
  readonly max: number;
  readonly meaning: string;
}

export interface Benchmark {
  readonly summary: string;
  readonly usage: string;
  /** False when something that was measured was not right; the figures are then worth nothing. */
  run(args: readonly string[]): Promise<boolean>;
}

/** Every number has a largest value, so that no typing error keeps a machine busy or fills it. */
export function benchmark<Name extends string>(
  summary: string,
  options: Record<Name, Option>,
  run: (values: Record<Name, number>) => Promise<boolean>,
): Benchmark {
  const rows = Object.entries<Option>(options);
  return {
    summary,
    usage: rows.map(([name, { fallback, meaning }]) => `--${name} ${fallback}  (${meaning})`).join("\n"),
    run: (args) => run(readOptions(options, args)),
  };
}

function readOptions<Name extends string>(
  options: Record<Name, Option>,
  args: readonly string[],
): Record<Name, number> {
  const known = new Map(Object.entries<Option>(options));
  const values = Object.fromEntries([...known].map(([name, { fallback }]) => [name, fallback]));
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]?.replace(/^--/, "") ?? "";
    const option = known.get(name);
    if (!option)
      throw new Error(
        `unknown option ${args[at]}; there are: ${[...known.keys()].map((key) => `--${key}`).join(", ")}`,
      );
    const value = Number(args[at + 1]);
    if (!Number.isInteger(value) || value < 1 || value > option.max)
      throw new Error(`--${name}: a whole number from 1 to ${option.max}`);
    values[name] = value;
  }
  return values as Record<Name, number>;
}
