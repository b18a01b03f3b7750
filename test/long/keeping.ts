import { Database } from "bun:sqlite";
import { join } from "node:path";
import { FakeClock } from "../clock";
import { startTestApp, temporaryFolder, testEnvironment } from "../harness";
import { headend } from "../process/server";
import { Load } from "./load";
import { Place } from "./place";
import { PLEDGES } from "./pledges";
import { FLUSH_MS } from "./pledges/progress";
import type { Result } from "./scenarios";

const DAY_MS = 86_400_000;
/** Longer than any one step of the retention may keep the others waiting, a busy machine included. */
const WORST_STALL_MS = 250;

/** Backs up a server under load, restores into an empty folder, and looks for what was acknowledged when it began. */
export async function backedUp(loadMs: number): Promise<Result> {
  using folder = temporaryFolder();
  using other = temporaryFolder();
  const copy = join(other.path, "backup.db");
  const restored = join(other.path, "restored");
  const env = { HEADEND_PROGRESS_FLUSH_MS: String(FLUSH_MS), HEADEND_LOG_LEVEL: "warn" };
  await using place = await Place.start(folder.path, env);
  const load = new Load(place, PLEDGES, 2);
  await Bun.sleep(loadMs);
  const { acknowledged } = load;
  const begun = performance.now();
  const faults: string[] = [];
  for (const [words, where] of [
    [["backup", copy], folder.path],
    [["restore", copy], restored],
  ] as const) {
    const { code, stderr } = await headend(words, testEnvironment(where));
    if (code !== 0) faults.push(`${words[0]} ended with ${code}: ${stderr}`);
  }
  const tookMs = performance.now() - begun;
  await load.stop();
  faults.push(...(await place.end("SIGTERM")).faults);
  if (faults.length === 0) {
    const db = new Database(join(restored, "headend.db"));
    faults.push(...load.missing(db, begun));
    db.close();
  }
  // It must be one that a server opens, too.
  await using second = await Place.start(restored, env);
  if (!(await second.isReady())) faults.push("no server starts on what was restored");
  await second.end("SIGTERM");
  return {
    faults,
    figures: `${acknowledged} acknowledged under load and there after the restore, in ${tookMs.toFixed(0)} ms`,
  };
}

/** Removes so many old messages from a running server, and looks at how long anybody else had to wait. */
export async function retained(rows: number): Promise<Result> {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock, env: { HEADEND_RETENTION_DAYS: "1" } });
  const { $client } = app.app.house.store.db;
  const kept = 1_000;
  $client.transaction(() => {
    const insert = $client.prepare(
      "INSERT INTO chat_messages (id, room, user_id, username, text, created_at) VALUES (?, 'r', 'u', 'U', ?, ?)",
    );
    for (let n = 0; n < rows + kept; n++) {
      insert.run(`m${n}`, "x".repeat(100), n < rows ? clock.now() - 2 * DAY_MS : clock.now());
    }
  })();
  const left = () => ($client.query("SELECT count(*) AS n FROM chat_messages").get() as { n: number }).n;
  const begun = performance.now();
  // The first retention comes two minutes after the start.
  const passing = clock.advance(121_000);
  let worstMs = 0;
  let last = performance.now();
  while (left() > kept && last - begun < 60_000 + rows) {
    await Bun.sleep(1);
    worstMs = Math.max(worstMs, performance.now() - last);
    last = performance.now();
  }
  await passing;
  const faults = left() === kept ? [] : [`${left()} rows are left of ${kept}`];
  if (worstMs > WORST_STALL_MS) faults.push(`everybody else waited for ${worstMs.toFixed(0)} ms`);
  const seconds = ((last - begun) / 1_000).toFixed(1);
  return {
    faults,
    figures: `${rows} old rows gone in ${seconds} s, nobody waited longer than ${worstMs.toFixed(0)} ms`,
  };
}
