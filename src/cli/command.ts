/** One command of the program. */
export interface Command {
  /** As it is typed, with its arguments: `user add EMAIL [--id ID]`. */
  readonly usage: string;
  readonly summary: string;
  /** Longer help, shown by `--help` after the command. */
  help?(): string;
  /**
   * @param words what follows the command's name
   * @returns the exit code
   * @throws Fault or Refusal, printed in one line
   */
  run(words: readonly string[]): Promise<number>;
}
