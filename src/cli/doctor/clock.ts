import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { isLoopback } from "../../http/peer";
import { newestMigration } from "../../store/look";
import { type Exam, type Finding, ok, problem, warning } from "./finding";

const PATIENCE_MS = 5_000;
/** Tokens of others are given 5 s of difference; whole seconds and the way there take some of it. */
const APART_MS = 4_000;
const FAR_APART_MS = 60_000;
/** Where systemd keeps that the time has been set over the network. */
const SYNCHRONIZED = "/run/systemd/timesync/synchronized";

/** Whether this machine knows what time it is: expiry, bans and the order of everything hang on it. */
export const clock: Exam = async ({ config }) => {
  const now = Date.now();
  const found: Finding[] = [];
  const iso = new Date(now).toISOString();
  const advice = "Set it, and keep it right with chrony or systemd-timesyncd.";
  // This program was not written before the newest of its tables was.
  if (now < newestMigration())
    found.push(problem(`the clock says ${iso}, which was before this program was made`, advice));
  const written = Math.max(...["headend.db", "headend.db-wal"].map((name) => modifiedAt(join(config.data, name))));
  if (written > now + FAR_APART_MS) {
    found.push(problem(`the database was last written in the future (${new Date(written).toISOString()})`, advice));
  }
  for (const url of elsewhere(config)) {
    const apart = await difference(url);
    if (apart === undefined) continue;
    const what = `the clock is ${(Math.abs(apart) / 1000).toFixed(0)} s ${apart > 0 ? "ahead of" : "behind"} ${url.host}`;
    if (Math.abs(apart) > FAR_APART_MS) found.push(problem(what, `${advice} Tokens are refused or live too long.`));
    else if (Math.abs(apart) > APART_MS) found.push(warning(what, advice));
    else found.push(ok(`the clock agrees with that of ${url.host}`));
  }
  if (found.length > 0) return found;
  return [ok(existsSync(SYNCHRONIZED) ? `${iso}, set over the network` : `${iso}, and nothing here contradicts it`)];
};

/** Servers on other machines that this one is told of, whose answers have a date. */
function elsewhere({
  jwtJwksUrl,
  services,
}: {
  jwtJwksUrl?: string | undefined;
  services?: ReadonlyMap<string, string> | undefined;
}): URL[] {
  const urls = [...(jwtJwksUrl ? [jwtJwksUrl] : []), ...(services?.values() ?? [])].map((url) => new URL(url));
  const others = urls.filter(({ hostname }) => hostname !== "localhost" && !isLoopback(hostname));
  return [...new Map(others.map((url) => [url.host, url])).values()];
}

/** How far this clock is ahead of the server's, ms; undefined when that does not tell. */
async function difference(url: URL): Promise<number | undefined> {
  const begun = Date.now();
  const response = await fetch(url, {
    method: "HEAD",
    redirect: "manual",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => undefined);
  const told = Date.parse(response?.headers.get("date") ?? "");
  if (Number.isNaN(told)) return undefined;
  const here = (begun + Date.now()) / 2;
  // The date has whole seconds: half a one more, on average.
  return here - (told + 500);
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
