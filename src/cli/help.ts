import { version } from "../version";
import type { Command } from "./command";

type Group = readonly [title: string, commands: Readonly<Record<string, Command>>];

const WIDTH = 100;

/** All commands, by what they are for. */
export function overview(groups: readonly Group[]): string {
  const width = Math.max(...groups.flatMap(([, commands]) => Object.keys(commands).map((name) => name.length)));
  const lines = groups.flatMap(([title, commands]) => [
    "",
    title,
    ...Object.entries(commands).flatMap(([name, { summary }]) =>
      wrapped(summary, WIDTH - width - 4).map((line, n) => `  ${(n === 0 ? name : "").padEnd(width)}  ${line}`),
    ),
  ]);
  return [
    `headend ${version}: Socket.IO APIs for media apps in one program`,
    ...lines,
    "",
    "headend COMMAND --help says more, with examples. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.",
    "",
  ].join("\n");
}

/** Everything about one command. */
export function helpOf({ usage, summary, options = {}, examples, help }: Command): string {
  const width = Math.max(0, ...Object.keys(options).map((name) => name.length));
  const named = Object.entries(options).flatMap(([name, meaning]) =>
    wrapped(meaning, WIDTH - width - 4).map((line, n) => `  ${(n === 0 ? name : "").padEnd(width)}  ${line}`),
  );
  return [
    ...usage.split(" | ").map((way) => `headend ${way}`),
    "",
    ...wrapped(summary, WIDTH),
    ...(named.length > 0 ? ["", "Options", ...named] : []),
    "",
    "Examples",
    ...examples.map((line) => `  ${line}`),
    ...(help ? ["", help().trimEnd()] : []),
    "",
  ].join("\n");
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
