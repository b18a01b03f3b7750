import { fuzz } from "./fuzz/fuzzing";

// bun run fuzz [CASES] [SEED]: hostile input at three depths against a server of its own. A million cases unless told
// otherwise. It ends well when every one of them was answered or cut off, nobody else saw any of it, nothing was logged
// as an error, and memory is where it was.

/** What the heap of a server that has done some more may differ by. */
const NOISE_MB = 48;
const LINE_MS = 15_000;

const cases = Number(process.argv[2] ?? "1000000");
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
if (!(cases > 0) || !Number.isInteger(seed)) {
  console.error("usage: bun run fuzz [CASES] [SEED]");
  process.exit(1);
}
console.log(`fuzz: ${cases} cases, seed ${seed}`);
const begun = performance.now();
let nextLine = begun + LINE_MS;
const { faults, memoryMb, ...outcome } = await fuzz(cases, seed, (done, memoryMb) => {
  if (performance.now() < nextLine) return;
  nextLine += LINE_MS;
  console.log(`${done} cases, ${memoryMb.toFixed(0)} MB`);
});
const [warm, end] = memoryMb;
const all = end > warm + NOISE_MB ? [...faults, `memory has grown from ${warm} to ${end} MB`] : faults;
for (const fault of all.slice(0, 20)) console.log(fault);
const seconds = Math.round((performance.now() - begun) / 1000);
const what = `${outcome.cases} cases in ${seconds} s, memory ${warm.toFixed(0)} to ${end.toFixed(0)} MB, seed ${seed}`;
console.log(all.length === 0 ? `fuzz passed: ${what}` : `fuzz FAILED: ${all.length} faults; ${what}`);
process.exitCode = all.length === 0 ? 0 : 1;
