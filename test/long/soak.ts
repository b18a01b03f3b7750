import { soak } from "./soaking";

// bun run soak MINUTES [SEED]

const minutes = Number(process.argv[2] ?? "1");
const seed = Number(process.argv[3] ?? "1");
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error("usage: bun run soak MINUTES [SEED]");
  process.exit(1);
}
const { faults, figures } = await soak(minutes, seed, console.log);
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(faults.length === 0 ? `soak passed: ${figures}` : `soak FAILED: ${faults.length} failures; ${figures}`);
process.exitCode = faults.length === 0 ? 0 : 1;
