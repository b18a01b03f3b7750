import { Database } from "bun:sqlite";
import { join } from "node:path";
import { temporaryFolder } from "../harness";
import { Place } from "./place";
import { PLEDGES } from "./pledges";
import { Ledger, type Pledge } from "./pledges/pledge";
import { FLUSH_MS } from "./pledges/progress";
import { Random } from "./random";

const ENV = { HEADEND_PROGRESS_FLUSH_MS: String(FLUSH_MS), HEADEND_LOG_LEVEL: "warn" };
/** Users at once, for each pledge. */
const USERS = 2;

/** What came of some rounds. */
export interface Outcome {
  /** What was promised and not kept, in words. */
  readonly faults: string[];
  /** By pledge: how much was acknowledged, and so looked for after every kill. */
  readonly acknowledged: ReadonlyMap<string, number>;
}

/** Kills the server at a random moment under load, so many times over one database, and looks each time at what is left. */
export async function killRounds(
  rounds: number,
  seed: number,
  told: (round: number, faults: readonly string[]) => void = () => undefined,
): Promise<Outcome> {
  using folder = temporaryFolder();
  const random = new Random(seed);
  const ledgers = new Map(PLEDGES.map((pledge) => [pledge, new Ledger()]));
  const faults: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const place = await Place.start(folder.path, ENV);
    let isOver = false;
    const visits = [...ledgers].flatMap(([pledge, ledger]) =>
      Array.from({ length: USERS }, (_, n) =>
        pledge.visit({
          place,
          user: `r${round}u${n}`,
          transport: n % 2 === 0 ? "websocket" : "polling",
          random: new Random(random.whole(0, 2 ** 31)),
          ledger,
          isOver: () => isOver || place.isGone,
        }),
      ),
    );
    await Bun.sleep(random.whole(50, 2_000));
    // Now and then somebody else has the database when it happens.
    const lock = random.isLikely(0.2) ? lockOf(folder.path) : undefined;
    if (lock) await Bun.sleep(random.whole(0, 500));
    const killedAtMs = performance.now();
    const { faults: logged } = await place.end("SIGKILL");
    isOver = true;
    lock?.close();
    await Promise.all(visits);
    // That it could not be written is rightly told while somebody else writes.
    const untoward = logged.filter((line) => !(lock && line.includes("database is locked")));
    const found = [...untoward.map((line) => `logged: ${line}`), ...look(folder.path, ledgers, killedAtMs)];
    faults.push(...found.map((fault) => `round ${round}: ${fault}`));
    told(round, found);
  }
  // The last one stops in order: nothing at all may be behind.
  const place = await Place.start(folder.path, ENV);
  const { code } = await place.end("SIGTERM");
  if (code !== 0) faults.push(`an orderly stop ended with ${code}`);
  faults.push(...look(folder.path, ledgers));
  return { faults, acknowledged: new Map([...ledgers].map(([{ name }, ledger]) => [name, ledger.size])) };
}

function look(folder: string, ledgers: ReadonlyMap<Pledge, Ledger>, killedAtMs?: number): string[] {
  const db = new Database(join(folder, "headend.db"));
  try {
    const integrity = db.query("PRAGMA integrity_check").values().flat();
    const broken = integrity.length === 1 && integrity[0] === "ok" ? [] : [`integrity_check: ${integrity.join("; ")}`];
    return [...broken, ...[...ledgers].flatMap(([pledge, ledger]) => ledger.missing(pledge, db, killedAtMs))];
  } finally {
    db.close();
  }
}

/** Another process that writes: as a backup or a repair would, for longer than the server waits. */
function lockOf(folder: string): Database {
  const db = new Database(join(folder, "headend.db"));
  db.run("PRAGMA busy_timeout = 1000");
  db.run("BEGIN IMMEDIATE");
  return db;
}
