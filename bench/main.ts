import { chat } from "./chat";
import { idle } from "./idle";
import type { Benchmark } from "./options";
import { playing } from "./playing";
import { stopAll } from "./server";

const benchmarks: Record<string, Benchmark> = { playing, idle, chat };

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(130);
  });
}

const [name = "", ...args] = process.argv.slice(2);
const chosen = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (!chosen) {
  console.error("usage: bun bench/main.ts NAME [options]\n");
  for (const [each, { summary, usage }] of Object.entries(benchmarks)) {
    console.error(`${each}: ${summary}\n${usage.replaceAll(/^/gm, "  ")}\n`);
  }
  process.exit(1);
}
try {
  process.exitCode = (await chosen.run(args)) ? 0 : 1;
} catch (error) {
  console.error(`FAILED: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}
