import { Refusal } from "../refusal";
import { Fault } from "../runtime/fault";
import { version } from "../version";
import { backupCommand } from "./backup";
import type { Command } from "./command";
import { demoCommand } from "./demo";
import { keyCommand } from "./key";
import { restoreCommand } from "./restore";
import { serveCommand } from "./serve";
import { tokenCommand } from "./token";
import { userCommand } from "./user";
import { verifyCommand } from "./verify";

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: serveCommand,
  demo: demoCommand,
  user: userCommand,
  key: keyCommand,
  token: tokenCommand,
  verify: verifyCommand,
  backup: backupCommand,
  restore: restoreCommand,
};

/**
 * Runs the program.
 *
 * @param words the command line without the program's name
 * @returns the exit code: 0, or 1 with one line on stderr that says why
 */
export async function run(words: readonly string[]): Promise<number> {
  const [name = "help", ...rest] = words;
  if (name === "--version" || name === "-v") return print(version);
  if (["help", "--help", "-h"].includes(name)) return print(overview());
  const command = COMMANDS[name];
  if (!command) return complain(`there is no command "${name}"`, overview());
  if (rest.includes("--help") || rest.includes("-h")) {
    return print(`headend ${command.usage}\n\n${command.summary}\n${command.help?.() ?? ""}`);
  }
  try {
    return await command.run(rest);
  } catch (error) {
    if (error instanceof Fault || (error instanceof Refusal && error.code !== "internal"))
      return complain(error.message);
    // Nobody foresaw it, so the stack is worth something; the exit code says in any case that it did not work.
    console.error(error);
    return 1;
  }
}

function overview(): string {
  const lines = Object.values(COMMANDS).map(({ usage, summary }) => `  headend ${usage}\n      ${summary}`);
  return `headend ${version}: Socket.IO APIs for media apps in one program\n\n${lines.join("\n")}\n`;
}

function print(text: string): number {
  console.log(text.trimEnd());
  return 0;
}

function complain(why: string, more = ""): number {
  for (const line of why.split("\n")) console.error(`headend: ${line}`);
  if (more) console.error(`\n${more.trimEnd()}`);
  return 1;
}
