import { spyOn } from "bun:test";
import { run } from "../../src/cli";

/** A command in this process, which is quicker than one of its own; for what reads no stdin and leaves nothing open. */
export async function here(words: readonly string[], env: Record<string, string> = {}) {
  const before = { ...process.env };
  const lines: Record<"log" | "error", string[]> = { log: [], error: [] };
  const spies = (["log", "error"] as const).map((name) =>
    spyOn(console, name).mockImplementation((...said: unknown[]) => void lines[name].push(said.join(" "))),
  );
  try {
    Object.assign(process.env, env);
    const code = await run(words);
    const [stdout, stderr] = [lines.log, lines.error].map((all) => all.map((line) => `${line}\n`).join(""));
    return { code, stdout: stdout ?? "", stderr: stderr ?? "" };
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    for (const spy of spies) spy.mockRestore();
  }
}
