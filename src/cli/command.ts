/** One command of the program. */
export interface Command {
  /** As it is typed, with its arguments; several ways are divided by " | ": `key list | key revoke NAME`. */
  readonly usage: string;
  /** One sentence. */
  readonly summary: string;
  /** What can be added, and what it does. */
  readonly options?: Readonly<Record<string, string>>;
  /** Lines that can be pasted. */
  readonly examples: readonly string[];
  /** Longer help, shown by `--help` after the rest. */
  help?(): string;
  /**
   * @param words what follows the command's name
   * @returns the exit code: 0, or 1 when something was refused or is wrong
   * @throws Fault or Refusal, printed in one line; UsageFault for what was typed wrongly
   */
  run(words: readonly string[]): Promise<number>;
}

/** What `--json` says everywhere. */
export const JSON_OPTION = { "--json": "prints the result as JSON, on one line" };

/** Prints a result for people, or with `--json` for programs. */
export function tell(isJson: boolean, text: string, data: unknown): void {
  console.log(isJson ? JSON.stringify(data) : text);
}
