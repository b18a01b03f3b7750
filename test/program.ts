import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** A program of the examples, and what it has printed. */
export class Program implements AsyncDisposable {
  text = "";
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #stderr: Promise<string>;

  constructor(words: readonly string[], cwd = ROOT, env: Record<string, string> = {}) {
    this.#child = Bun.spawn([...words], {
      cwd,
      env: { ...process.env, ...env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#stderr = new Response(this.#child.stderr).text();
    void this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) this.text += decoder.decode(chunk, { stream: true });
  }

  /** Waits until it has printed something. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; await Bun.sleep(10)) {
      const found = pattern.exec(this.text);
      if (found) return found;
    }
    this.#child.kill();
    throw new Error(`it never printed ${pattern}: ${this.text} ${await this.#stderr}`);
  }

  /** Types a line. */
  write(text: string): void {
    this.#child.stdin.write(`${text}\n`);
    this.#child.stdin.flush();
  }

  get exited(): Promise<number> {
    return this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
  }
}
