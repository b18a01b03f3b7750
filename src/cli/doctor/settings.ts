import { readConfig, SETTINGS, unknownSettings } from "../../config";
import { isLoopback } from "../../http/peer";
import { Fault } from "../../runtime/fault";
import type { Setting } from "../../setting";
import { type Environment, type Exam, type Finding, ok, problem, warning } from "./finding";

const NAMES = Object.values<Setting>(SETTINGS).map(({ name }) => name);
/** Letters that may be wrong for a name to be taken for another one. */
const NEAR = 3;
const DAY_MS = 86_400_000;

/**
 * Settings with which a server would start, so that the rest can be looked at, and what was wrong with the others.
 *
 * @throws Fault when nothing helps
 */
export function readable(environment: Environment): { config: ReturnType<typeof readConfig>; wrong: Finding[] } {
  try {
    return { config: readConfig(environment), wrong: [] };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const lines = error.message.split("\n");
    const wrong = lines.map((line) =>
      problem(line, "Correct it, or leave it out; headend serve --help lists them all."),
    );
    const named = new Set(lines.flatMap((line) => line.match(/\bHEADEND_\w+/g) ?? []));
    const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !named.has(name)));
    return { config: readConfig(rest), wrong };
  }
}

/** Names that are none, and values that are allowed and rarely meant. */
export const settings: Exam = ({ environment, config }) => {
  const set = NAMES.filter((name) => environment[name]?.trim());
  const found: Finding[] = unknownSettings(environment).map((name) => {
    const near = nearest(name);
    return warning(`${name} is no setting`, near ? `Is ${near} meant? It is ignored as it is.` : "It is ignored.");
  });
  const isPublic = !isLoopback(config.host) && config.host !== "localhost";
  if (config.host === "0.0.0.0") {
    found.push(warning("HEADEND_HOST=0.0.0.0 leaves IPv6 out", "HEADEND_HOST=:: serves both families."));
  }
  if (!isLoopback(config.consoleHost) && config.consoleHost !== "localhost") {
    found.push(
      warning(
        `the console can be reached from elsewhere (HEADEND_CONSOLE_HOST=${config.consoleHost})`,
        "Leave it on 127.0.0.1 and come by ssh -L, or keep others off by a firewall and TLS.",
      ),
    );
  }
  if (config.registration === "open" && isPublic) {
    found.push(warning("anybody may register (HEADEND_REGISTRATION=open)", "Set it to closed unless that is meant."));
  }
  if (config.progressFlushMs > 60_000) {
    const seconds = Math.round(config.progressFlushMs / 1000);
    found.push(
      warning(
        `a crash loses up to ${seconds} s of progress (HEADEND_PROGRESS_FLUSH_MS)`,
        "10000 costs next to nothing.",
      ),
    );
  }
  if (config.tokenTtlMs > 30 * DAY_MS) {
    const days = Math.round(config.tokenTtlMs / DAY_MS);
    found.push(
      warning(`tokens live for ${days} days (HEADEND_TOKEN_TTL)`, "A stolen one does, too: a few days at most."),
    );
  }
  if (config.logLevel === "debug") {
    found.push(warning("the log has every detail (HEADEND_LOG_LEVEL=debug)", "info is for every day."));
  }
  if (config.jwtJwksUrl?.startsWith("http:") && !isLoopback(new URL(config.jwtJwksUrl).hostname)) {
    found.push(warning("the issuer's keys come unencrypted (HEADEND_JWT_JWKS_URL)", "Use its https address."));
  }
  const summary = set.length === 0 ? "all have their defaults" : `${set.length} given: ${set.join(", ")}`;
  return [ok(summary), ...found];
};

/** The setting that is most like a name, if any is like it at all. */
function nearest(name: string): string | undefined {
  const [best] = NAMES.map((each) => ({ each, apart: distance(name, each) })).sort((a, b) => a.apart - b.apart);
  return best && best.apart <= NEAR ? best.each : undefined;
}

/** How many letters must be changed, added or left out to make one text of the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, n) => n);
  for (const [i, a] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, b] of [...to].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (a === b ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
