import { Database } from "bun:sqlite";
import { join } from "node:path";
import { APIS } from "../../src/apis";
import type { Check, Target } from "../../src/verify/check";
import { temporaryFolder } from "../harness";
import { Place, tokenOf } from "./place";
import { PLEDGES } from "./pledges";
import { Ledger } from "./pledges/pledge";
import { Random } from "./random";
import type { Result } from "./scenarios";

/** Visitors at once. */
const VISITORS = 40;
const LONGEST_VISIT_MS = 15_000;
const SAMPLE_MS = 2_000;
const CHECKS_MS = 30_000;
/** What a run of some minutes may differ by, without there being a leak. */
const NOISE_MB = 24;
const NOISE_HANDLES = 8;
/** Longer than the server lets a connection be idle. */
const QUIET_MS = 90_000;

interface Sample {
  readonly memoryMb: number;
  readonly handles: number;
  /** Of the event loop, 99 of 100 turns since the sample before. */
  readonly lagMs: number;
}

/**
 * Every API at once, with people who come and go. Nothing may have grown that does not grow with what is stored, and
 * everything that was acknowledged must be there.
 *
 * @param told lines for whoever waits
 */
export async function soak(minutes: number, seed: number, told: (line: string) => void): Promise<Result> {
  using folder = temporaryFolder();
  await using place = await Place.start(folder.path, { HEADEND_LOG_LEVEL: "warn" });
  const random = new Random(seed);
  const ledgers = new Map(PLEDGES.map((pledge) => [pledge, new Ledger()]));
  const checks = await allChecks();
  const failures: string[] = [];
  const samples: Sample[] = [];
  let visits = 0;
  let runs = 0;
  let secondTries = 0;

  // What is made once is made before anything is measured.
  await runChecks();
  const start = await figures(place);
  const until = performance.now() + minutes * 60_000;
  const isOver = () => performance.now() > until;

  async function visitor(): Promise<void> {
    while (!isOver()) {
      const [pledge, ledger] = random.of([...ledgers]);
      const leavesAt = performance.now() + random.whole(500, LONGEST_VISIT_MS);
      await pledge.visit({
        place,
        user: `s${++visits}`,
        transport: random.isLikely(0.7) ? "websocket" : "polling",
        random: new Random(random.whole(0, 2 ** 31)),
        ledger,
        isOver: () => isOver() || performance.now() > leavesAt,
      });
    }
  }

  async function runChecks(): Promise<void> {
    for (const [name, check, api] of checks) {
      runs++;
      const socketPath = "/socket.io/";
      const sign = (user: string, role?: string) => tokenOf(`headend-verify-${user}`, role);
      const where = { url: place.url(api), socketPath, token: await tokenOf("headend-verify"), sign };
      const target = where satisfies Target;
      // They have 5 s for everything, which a machine that does other things besides may not.
      const again = () => {
        secondTries++;
        return check.run(target);
      };
      await check
        .run(target)
        .catch(again)
        .catch((error: Error) => failures.push(`${name}: ${error.message}`));
    }
  }

  async function checker(): Promise<void> {
    while (!isOver()) {
      await runChecks();
      // A moderator has 20 acts a minute, and the examples of one look are 7.
      for (const until = performance.now() + CHECKS_MS; performance.now() < until && !isOver(); ) await Bun.sleep(500);
    }
  }

  async function watcher(): Promise<void> {
    for (let nextLine = performance.now() + 60_000; !isOver(); await Bun.sleep(SAMPLE_MS)) {
      const lagMs = ((await place.metrics()).get("nodejs_eventloop_lag_p99_seconds") ?? 0) * 1_000;
      samples.push({ memoryMb: place.residentMb(), handles: place.handles(), lagMs });
      if (performance.now() < nextLine) continue;
      nextLine += 60_000;
      const left = Math.ceil((until - performance.now()) / 60_000);
      const { memoryMb, handles } = samples.at(-1) ?? { memoryMb: 0, handles: 0 };
      told(
        `${left} min left: ${memoryMb.toFixed(0)} MB, ${handles} handles, ${visits} visits, ${failures.length} failures`,
      );
    }
  }

  told(`soak: ${minutes} min, seed ${seed}, ${VISITORS} visitors at once on ${APIS.length} APIs`);
  await Promise.all([checker(), watcher(), ...Array.from({ length: VISITORS }, visitor)]);
  // HTTP connections of ours stay open until the server finds them idle.
  for (const deadline = performance.now() + QUIET_MS; performance.now() < deadline; await Bun.sleep(1_000)) {
    const isQuiet = ((await place.metrics()).get("headend_connections") ?? 0) === 0;
    if (isQuiet && place.handles() <= (start.get("handles") ?? 0) + NOISE_HANDLES) break;
  }
  const end = await figures(place);
  const { code, faults } = await place.end("SIGTERM");
  if (code !== 0) failures.push(`the stop ended with ${code}`);
  failures.push(...faults.map((line) => `logged: ${line}`), ...look(folder.path));

  const [early, late] = [part(samples, 1), part(samples, 4)];
  const rows: [string, string, string][] = [
    ["under load", "second fifth", "last fifth"],
    ["memory, MB", early.memoryMb.toFixed(1), late.memoryMb.toFixed(1)],
    ["handles", String(early.handles), String(late.handles)],
    ["event loop lag, ms", early.lagMs.toFixed(1), late.lagMs.toFixed(1)],
    ["at its worst, ms", early.worstLagMs.toFixed(1), late.worstLagMs.toFixed(1)],
    ["", "", ""],
    ["at rest", "start", "end"],
    ...[...start].map(([name, value]): [string, string, string] => [name, round(value), round(end.get(name) ?? 0)]),
  ];
  told(rows.map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(14))).join("")).join("\n"));

  const grown = (name: string) => (end.get(name) ?? 0) - (start.get(name) ?? 0);
  if (late.memoryMb > early.memoryMb * 1.1 + NOISE_MB) failures.push("memory has grown under load");
  if (grown("handles") > NOISE_HANDLES) failures.push("handles are left");
  for (const name of ["connections", "signed-in users", "positions buffered"]) {
    if (end.get(name) !== 0) failures.push(`${name} are left`);
  }
  const acknowledged = [...ledgers.values()].reduce((sum, ledger) => sum + ledger.size, 0);
  const memory = `memory ${early.memoryMb.toFixed(0)} to ${late.memoryMb.toFixed(0)} MB, handles ${start.get("handles")} to ${end.get("handles")}`;
  const what = `${visits} visits, ${runs} documented examples (${secondTries} second tries), ${acknowledged} things acknowledged and found again`;
  return { faults: failures, figures: `${minutes} min: ${memory}; ${what}` };

  function look(path: string): string[] {
    const db = new Database(join(path, "headend.db"), { readonly: true });
    const missing = [...ledgers].flatMap(([pledge, ledger]) => ledger.missing(pledge, db));
    db.close();
    return missing;
  }
}

/** The documented examples of every API, by the convention of their names. */
async function allChecks(): Promise<[name: string, check: Check, api: string][]> {
  const lists = await Promise.all(
    APIS.map(async ({ name }): Promise<[string, Check, string][]> => {
      const module = (await import(`../../src/apis/${name}/checks`)) as Record<string, readonly Check[]>;
      return (module[`${name}Checks`] ?? []).map((check) => [`${name}, ${check.name}`, check, name]);
    }),
  );
  return lists.flat();
}

async function figures(place: Place): Promise<Map<string, number>> {
  const metrics = await place.metrics();
  const of = (name: string) => metrics.get(name) ?? 0;
  return new Map([
    ["memory, MB", place.residentMb()],
    ["heap, MB", of("nodejs_heap_size_used_bytes") / 2 ** 20],
    ["handles", place.handles()],
    ["connections", of("headend_connections")],
    ["signed-in users", of("headend_users")],
    ["limit buckets", of("headend_limit_buckets")],
    ["positions buffered", of("headend_progress_buffered")],
    ["database, MB", of("headend_database_bytes") / 2 ** 20],
    ["events", of("headend_events_total")],
  ]);
}

/** The figures of a fifth of the run; medians, since a collection of garbage may be under way at any one moment. */
function part(samples: readonly Sample[], fifth: number) {
  const some = samples.slice((samples.length * fifth) / 5, (samples.length * (fifth + 1)) / 5);
  const sorted = (of: (sample: Sample) => number) => some.map(of).sort((a, b) => a - b);
  const at = (values: readonly number[], share: number) => values[Math.floor((values.length - 1) * share)] ?? 0;
  const lags = sorted(({ lagMs }) => lagMs);
  return {
    memoryMb: at(
      sorted(({ memoryMb }) => memoryMb),
      0.5,
    ),
    handles: at(
      sorted(({ handles }) => handles),
      0.5,
    ),
    lagMs: at(lags, 0.5),
    worstLagMs: at(lags, 1),
  };
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
