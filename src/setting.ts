import * as v from "valibot";

/** One row of the settings table: the environment, `--help`, the README and the validation all read it. */
export interface Setting<T = unknown> {
  /** The environment variable. */
  readonly name: string;
  /** What holds when it is not set, as it would be written; undefined where nothing does. */
  readonly fallback: string | undefined;
  /** One line for the operator, with units. */
  readonly doc: string;
  /** From the text of the variable to the value; its messages complete "NAME=value: ". */
  readonly schema: v.GenericSchema<string, T>;
  /** Never shown, whatever is wrong with it. */
  readonly isSecret: boolean;
}

export type Table = Readonly<Record<string, Setting>>;

/** The values that a table of settings gives. A row without fallback may be undefined. */
export type Values<Rows extends Table> = {
  readonly [K in keyof Rows]: Rows[K] extends Setting<infer T> & { readonly fallback: infer F }
    ? F extends string
      ? T
      : T | undefined
    : never;
};

type Row<T, F> = Omit<Setting<T>, "fallback"> & { readonly fallback: F };

export function setting<T, const F extends string | undefined>(
  name: string,
  fallback: F,
  doc: string,
  schema: v.GenericSchema<string, T>,
  isSecret = false,
): Row<T, F> {
  return { name, fallback, doc, schema, isSecret };
}

export const text = v.string();

export function oneOf<const T extends string>(words: readonly T[]): v.GenericSchema<string, T> {
  return v.picklist(words, `one of ${words.join(", ")} is needed`) as unknown as v.GenericSchema<string, T>;
}

export function wholeNumber(min: number, max: number): v.GenericSchema<string, number> {
  const message = `a whole number from ${min} to ${max} is needed`;
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/, message),
    v.transform(Number),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

export const port = wholeNumber(0, 65_535);
/** A period or a time limit: from 10 ms to a day. */
export const milliseconds = wholeNumber(10, 86_400_000);

export function list(item: RegExp, message: string): v.GenericSchema<string, string[]> {
  return v.pipe(
    v.string(),
    v.transform((value) =>
      value
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    ),
    v.check((parts) => parts.length > 0 && parts.every((part) => item.test(part)), message),
  );
}

/** `name=value,name=value` */
export function pairs(value: RegExp, message: string): v.GenericSchema<string, ReadonlyMap<string, string>> {
  return v.pipe(
    list(/^[^=\s]+=\S+$/, message),
    v.transform(
      (parts) => new Map(parts.map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)])),
    ),
    v.check((map) => [...map.values()].every((part) => value.test(part)), message),
  );
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `45s`, `30m`, `24h`, `7d` as milliseconds. */
export const duration: v.GenericSchema<string, number> = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,8}(ms|s|m|h|d)$/, "a duration such as 30m, 24h or 7d is needed"),
  v.transform((value) => {
    const unit = value.replace(/^\d+/, "") as keyof typeof UNITS_MS;
    return Number.parseInt(value, 10) * UNITS_MS[unit];
  }),
);

export const httpUrl: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.check((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ""), "an http(s) URL is needed"),
);
