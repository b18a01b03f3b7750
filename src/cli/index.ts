import { Refusal } from "../refusal";
import { Fault } from "../runtime/fault";
import { version } from "../version";
import { UsageFault } from "./arguments";
import { backupCommand } from "./backup";
import type { Command } from "./command";
import { demoCommand } from "./demo";
import { docsCommand } from "./docs";
import { doctorCommand } from "./doctor";
import { helpOf, overview } from "./help";
import { keyCommand } from "./key";
import { restoreCommand } from "./restore";
import { serveCommand } from "./serve";
import { tokenCommand } from "./token";
import { userCommand } from "./user";
import { verifyCommand } from "./verify";

const GROUPS: readonly (readonly [title: string, commands: Readonly<Record<string, Command>>])[] = [
  ["Run it", { serve: serveCommand, demo: demoCommand }],
  ["Who may use it", { user: userCommand, token: tokenCommand, key: keyCommand }],
  ["See whether it is well", { doctor: doctorCommand, verify: verifyCommand }],
  ["Keep what it stores", { backup: backupCommand, restore: restoreCommand }],
  ["Tell others", { docs: docsCommand }],
];
export const COMMANDS: Readonly<Record<string, Command>> = Object.assign({}, ...GROUPS.map(([, commands]) => commands));

const FAILED = 1;
const WRONG_USAGE = 2;

/**
 * Runs the program.
 *
 * @param words the command line without the program's name
 * @returns the exit code: 0; 1 when something was refused or failed; 2 for what was typed wrongly; with a line on stderr
 *   that says why
 */
export async function run(words: readonly string[]): Promise<number> {
  const [name = "help", ...rest] = words;
  if (name === "--version" || name === "-v") return print(version);
  if (["help", "--help", "-h"].includes(name)) return print(about(rest[0]));
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return complain(WRONG_USAGE, `there is no command "${name}"`, overview(GROUPS));
  if (rest.includes("--help") || rest.includes("-h")) return print(helpOf(command));
  try {
    return await command.run(rest);
  } catch (error) {
    const isTold = error instanceof Fault || (error instanceof Refusal && error.code !== "internal");
    const isUsage = error instanceof UsageFault || (error instanceof Refusal && error.code === "invalid_request");
    if (isTold) return complain(isUsage ? WRONG_USAGE : FAILED, error.message);
    // Nobody foresaw it, so the stack is worth something; the exit code says in any case that it did not work.
    console.error(error);
    return FAILED;
  }
}

/** `headend help`, and `headend help user`. */
function about(name: string | undefined): string {
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command ? helpOf(command) : overview(GROUPS);
}

function print(text: string): number {
  console.log(text.trimEnd());
  return 0;
}

function complain(code: number, why: string, more = ""): number {
  for (const line of why.split("\n")) console.error(`headend: ${line}`);
  if (more) console.error(`\n${more.trimEnd()}`);
  return code;
}
