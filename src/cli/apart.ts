import { dirname, join } from "node:path";
import { Bar } from "./bar";
import { JSON_OPTION } from "./command";

/** Set for the process that does the work, so that it does not look for another one. */
const MARK = "HEADEND_COMMAND_APART";
const LOOK_MS = 100;
/** Less is done before anybody could see a bar. */
const WORTH_A_BAR = 64 << 20;

interface Work {
  readonly title: string;
  /** What is read. */
  readonly bytes: number;
  /** How much of it is written by now. */
  written(): number;
}

/**
 * Lets the same command be done by another process of this program, while this one watches how far it is: SQLite works
 * in the thread that asks it, where nothing could be drawn meanwhile.
 *
 * @param words the command, `--json` left out
 * @returns the answer and the exit code; undefined when it is not worth it, and the caller does it
 */
export async function watched(
  words: readonly string[],
  { title, bytes, written }: Work,
): Promise<{ code: number; answer: string } | undefined> {
  const bar = new Bar(title);
  if (!bar.isDrawn || bytes < WORTH_A_BAR || process.env[MARK]) return undefined;
  const child = Bun.spawn([...program(), ...words, Object.keys(JSON_OPTION)[0] ?? ""], {
    env: { ...process.env, [MARK]: "1" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const ended = child.exited;
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const share = written() / bytes;
    bar.show(Math.min(share, 0.99), share < 0.99 ? "" : "checking every page");
    await Promise.race([ended, Bun.sleep(LOOK_MS)]);
  }
  bar.end();
  const [code, answer, complaint] = await Promise.all([
    ended,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  process.stderr.write(complaint);
  return { code, answer: answer.trim() };
}

/** How this program was started: by Bun from its sources, or compiled. */
function program(): string[] {
  const isCompiled = import.meta.dir.startsWith("/$bunfs") || import.meta.dir.includes("~BUN");
  return isCompiled ? [process.execPath] : [process.execPath, join(dirname(import.meta.dir), "main.ts")];
}
