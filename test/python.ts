import { test } from "bun:test";

/** Debian's interpreter: another python3 may come first on the path, without the package. */
export const PYTHON = "/usr/bin/python3";

export const hasSocketIo = (() => {
  try {
    return Bun.spawnSync([PYTHON, "-c", "import socketio"], { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
  } catch {
    return false;
  }
})();

/** A test with python-socketio, which the documents' Python clients use; skipped, with a line, where it is missing. */
export function testWithPython(name: string, run: () => Promise<void>): void {
  if (!hasSocketIo) console.log(`skipped, python3-socketio is not installed: ${name}`);
  test.skipIf(!hasSocketIo)(name, run);
}

/** The lines that a script prints, as they come, parsed. */
export async function* runPython(script: string, ...args: string[]): AsyncGenerator<Record<string, unknown>> {
  const child = Bun.spawn([PYTHON, script, ...args], { stdout: "pipe", stderr: "pipe" });
  const stderr = new Response(child.stderr).text();
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
  if ((await child.exited) !== 0) throw new Error(await stderr);
}
