import { diskFull } from "./full";
import { hung } from "./hung";
import { killRounds } from "./rounds";
import { halfOpen, locked, type Result, slowReaders, stampede } from "./scenarios";

// bun run faults [ROUNDS] [SEED]: kills under load, and other misfortunes. It ends well when everything that was
// acknowledged as stored is there, and nobody suffered who had no part in it.

const SCENARIOS: Readonly<Record<string, () => Promise<Result>>> = {
  "a locked database": () => locked(5_000),
  "a full disk": () => diskFull(20_000),
  "slow readers": () => slowReaders(50),
  "half-open connections": () => halfOpen(200),
  "everybody at once": () => stampede(1_000),
  "a worker and a service that hang": hung,
};

const rounds = Number(process.argv[2] ?? "100");
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
if (!(rounds >= 0) || !Number.isInteger(seed)) {
  console.error("usage: bun run faults [ROUNDS] [SEED]");
  process.exit(1);
}
console.log(`faults: ${rounds} rounds, seed ${seed}`);
const begun = performance.now();
const all: string[] = [];
if (rounds > 0) {
  const { faults, acknowledged } = await killRounds(rounds, seed, (round, found) => {
    for (const fault of found) console.log(`round ${round}: ${fault}`);
    if (round % 10 === 0) console.log(`${round} of ${rounds} rounds`);
  });
  all.push(...faults);
  for (const [name, count] of acknowledged)
    console.log(`${name}: ${count} acknowledged, and looked for after each kill`);
}
for (const [name, run] of Object.entries(SCENARIOS)) {
  const { faults, figures } = await run();
  console.log(`${name}: ${figures}`);
  for (const fault of faults) console.log(`${name}: ${fault}`);
  all.push(...faults);
}
const what = `${rounds} kills and ${Object.keys(SCENARIOS).length} other faults in ${Math.round((performance.now() - begun) / 1000)} s, seed ${seed}`;
console.log(all.length === 0 ? `faults passed: ${what}` : `faults FAILED: ${all.length} faults; ${what}`);
process.exitCode = all.length === 0 ? 0 : 1;
