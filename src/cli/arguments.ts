import { parseArgs } from "node:util";
import { Fault } from "../runtime/fault";

/** What was typed after a command: words, and options with a value or without. */
export interface Arguments {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | undefined>>;
  readonly flags: ReadonlySet<string>;
}

/** The command was typed wrongly; nothing was tried. */
export class UsageFault extends Fault {}

/**
 * @param usage for the message
 * @param options those that take a value
 * @param flags those that do not
 * @throws UsageFault that shows the usage
 */
export function readArguments(
  typed: readonly string[],
  usage: string,
  options: readonly string[] = [],
  flags: readonly string[] = [],
): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...typed],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(options.map((name) => [name, { type: "string" as const }])),
        ...Object.fromEntries(flags.map((name) => [name, { type: "boolean" as const }])),
      },
    });
    const given = Object.entries(values);
    return {
      words: positionals,
      options: Object.fromEntries(given.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
      flags: new Set(given.filter(([, value]) => value === true).map(([name]) => name)),
    };
  } catch (error) {
    throw usageFault(usage, (error as Error).message.split(".")[0]);
  }
}

/** @throws UsageFault when there is no such word */
export function wordAt(given: Arguments, index: number, usage: string): string {
  const word = given.words[index];
  if (word === undefined || word === "") throw usageFault(usage);
  return word;
}

export function usageFault(usage: string, why?: string): UsageFault {
  const lines = usage.split(" | ").map((each) => `headend ${each}`);
  return new UsageFault(`${why ? `${why}; ` : ""}usage: ${lines.join("\n       ")}`);
}
