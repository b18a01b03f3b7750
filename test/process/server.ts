import { join } from "node:path";
import { testEnvironment } from "../harness";

export const ROOT = join(import.meta.dir, "..", "..");
const FROM_SOURCE = [process.execPath, join(ROOT, "src", "main.ts")];
const PATIENCE_MS = 15_000;

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of the program to its end. */
export async function headend(
  words: readonly string[],
  env: Record<string, string>,
  stdin = "",
  program = FROM_SOURCE,
): Promise<Finished> {
  const child = Bun.spawn([...program, ...words], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdin: new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** A server in a process of its own, as an operator runs it. Killed at the end of the test if it is still there. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #stderr: Promise<string>;
  /** What it printed until it was ready. */
  readonly table: string;

  private constructor(child: Bun.Subprocess<"ignore", "pipe", "pipe">, stderr: Promise<string>, table: string) {
    this.#child = child;
    this.#stderr = stderr;
    this.table = table;
  }

  /** Starts it and waits until `/readyz` says that it is ready. */
  static async start(
    folder: string,
    env: Record<string, string> = {},
    { program = FROM_SOURCE, cwd = ROOT }: { program?: string[]; cwd?: string } = {},
  ): Promise<ServerProcess> {
    const child = Bun.spawn([...program, "serve"], {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...testEnvironment(folder), ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const stderr = new Response(child.stderr).text();
    const table = await readTable(child);
    const server = new ServerProcess(child, stderr, table);
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await Bun.sleep(20)) {
      const ready = await fetch(`${server.url("console")}/readyz`).catch(() => undefined);
      if (ready?.status === 200) return server;
    }
    child.kill("SIGKILL");
    throw new Error(`the server did not become ready: ${await stderr}`);
  }

  get pid(): number {
    return this.#child.pid;
  }

  url(name: string): string {
    const url = new RegExp(`^${name} +(\\S+)$`, "m").exec(this.table)?.[1];
    if (!url) throw new Error(`no ${name} in ${this.table}`);
    return url;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code and everything it logged. */
  async ended(): Promise<{ code: number; stderr: string }> {
    const code = await this.#child.exited;
    return { code, stderr: await this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}

/** The table of URLs is complete with the line of the console. */
async function readTable(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (/^console .*\n/m.test(text)) return text;
  }
  throw new Error(`the server ended early: ${text}${await new Response(child.stderr).text().catch(() => "")}`);
}
