import { join } from "node:path";
import { Progress } from "../../src/domain/progress/progress";
import { openLog } from "../../src/runtime/log";
import { Ticker } from "../../src/runtime/ticker";
import { openStore } from "../../src/store/database";
import { FakeClock } from "../clock";
import { temporaryFolder } from "../harness";

/** Progress without a server: a database of its own and a flush period of ten seconds. */
export async function openProgress() {
  const folder = temporaryFolder();
  const clock = new FakeClock();
  const lines: { level: string; msg: string; [field: string]: unknown }[] = [];
  const log = openLog("info", { write: (line) => lines.push(JSON.parse(line)) });
  const store = await openStore(folder.path);
  const ticker = new Ticker(clock, log);
  const progress = new Progress(store, clock, log, ticker, 10_000);
  const raw = store.db.$client;
  return {
    progress,
    clock,
    lines,
    raw,
    store,
    path: join(folder.path, "headend.db"),
    stored: () =>
      raw.query("SELECT user_id, item_id, time FROM progress ORDER BY user_id, item_id").all() as {
        user_id: string;
        item_id: string;
        time: number;
      }[],
    /** Whether the database can be written: an outage at the flick of a switch. */
    setWritable(isWritable: boolean) {
      raw.run(`PRAGMA query_only = ${isWritable ? "OFF" : "ON"}`);
    },
    [Symbol.dispose]() {
      ticker.stop();
      store.close();
      folder[Symbol.dispose]();
    },
  };
}
