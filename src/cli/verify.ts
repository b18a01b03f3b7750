import { existsSync } from "node:fs";
import { join } from "node:path";
import { APIS } from "../apis";
import { learningChecks } from "../apis/learning/checks";
import { liveChecks } from "../apis/live/checks";
import { playbackChecks } from "../apis/playback/checks";
import { requestsChecks } from "../apis/requests/checks";
import { studioChecks } from "../apis/studio/checks";
import { tokenSettings } from "../app";
import { type Config, portOf, readConfig } from "../config";
import { signToken } from "../domain/tokens/tokens";
import { Fault } from "../runtime/fault";
import type { Check, Target } from "../verify/check";
import { readArguments, UsageFault } from "./arguments";
import { Bar } from "./bar";
import { type Command, JSON_OPTION, tell } from "./command";
import { table } from "./table";

const usage = "verify [URL] [--api API] [--json]";
/** The same user each time, so that looking at a server leaves one account behind and not many. */
const USER = "headend-verify";
const TOKEN_TTL_MS = 600_000;

export const CHECKS: Readonly<Record<string, readonly Check[]>> = {
  playback: playbackChecks,
  requests: requestsChecks,
  studio: studioChecks,
  live: liveChecks,
  learning: learningChecks,
};

interface Result {
  readonly api: string;
  readonly name: string;
  /** Heading of the document. */
  readonly source: string;
  readonly ok: boolean;
  readonly fault?: string;
  readonly ms: number;
}

export const verifyCommand: Command = {
  usage,
  summary:
    "Runs the documented client examples against a running server. URL is that of single-port mode, or with --api of that API alone; without one, the ports of this machine's settings are asked.",
  options: { "--api": "only this one", ...JSON_OPTION },
  examples: [
    "headend verify",
    "headend verify https://realtime.example.com",
    "headend verify http://localhost:7070 --api live --json | jq '.results[] | select(.ok | not)'",
  ],
  help: () =>
    "It signs its own tokens, so it needs the settings of the server: the same HEADEND_DATA or HEADEND_JWT_SECRET. What it\nmakes is named headend-verify. The exit code is 1 when an example does not work.",
  async run(typed) {
    // The polling client of socket.io-client calls `url.parse`; that is no news to whoever runs this.
    process.noDeprecation = true;
    const given = readArguments(typed, usage, ["api"], ["json"]);
    const [url] = given.words;
    const { api } = given.options;
    const config = readConfig(process.env);
    const names = APIS.map((each) => each.name).filter((name) =>
      api ? name === api : (config.apis?.includes(name) ?? true),
    );
    if (names.length === 0) throw new UsageFault(`--api is one of ${APIS.map((each) => each.name).join(", ")}`);
    // One that is made here would be no secret of that server's.
    if (config.jwtSecret === undefined && !existsSync(join(config.data, "jwt.secret"))) {
      throw new Fault(
        `no secret to sign with in HEADEND_DATA=${config.data}: name the server's folder, or HEADEND_JWT_SECRET`,
      );
    }
    const sign = async (sub: string, role?: string) =>
      (await signToken({ sub, ...(role && { role }) }, Date.now(), TOKEN_TTL_MS, tokenSettings(config))).token;
    const shared = { token: await sign(USER), sign: (name: string, role?: string) => sign(`${USER}-${name}`, role) };
    const all = names.flatMap((name) => {
      const target = { ...placeOf(config, name, url, api !== undefined), ...shared };
      return (CHECKS[name] ?? []).map((check) => ({ name, check, target }));
    });
    const begun = performance.now();
    const results: Result[] = [];
    const bar = new Bar("verify");
    for (const { name, check, target } of all) {
      bar.show(results.length / all.length, `${name}: ${check.name}`);
      results.push(await resultOf(name, check, target));
    }
    bar.end();
    const ms = Math.round(performance.now() - begun);
    const failed = results.filter(({ ok }) => !ok);
    const data = { results, passed: results.length - failed.length, failed: failed.length, ms };
    tell(
      given.flags.has("json"),
      report(
        results,
        all.map(({ target }) => target),
        ms,
      ),
      data,
    );
    return failed.length === 0 ? 0 : 1;
  },
};

async function resultOf(api: string, check: Check, target: Target): Promise<Result> {
  const begun = performance.now();
  const fault = await check.run(target).then(
    () => undefined,
    (error: Error) => error.message || error.name,
  );
  const ms = Math.round(performance.now() - begun);
  return { api, name: check.name, source: check.source, ok: fault === undefined, ...(fault && { fault }), ms };
}

function report(results: readonly Result[], targets: readonly Target[], ms: number): string {
  const rows = results.map(({ api, name, source, ok, ms }) => [api, name, source, `${ms} ms`, ok ? "ok" : "FAILED"]);
  const failed = results.filter(({ ok }) => !ok);
  const summary = `${results.length - failed.length} of ${results.length} examples work, in ${(ms / 1000).toFixed(1)} s`;
  return [
    table(["api", "example", "in the document", "took", "result"], rows),
    ...failed.flatMap(({ api, name, fault }) => ["", `${api}: ${name}`, `  ${fault}`]),
    "",
    summary,
    ...(failed.length > 0 ? ["", ...advice(failed, targets)] : []),
  ].join("\n");
}

/** What is wrong more often than the server itself. */
function advice(failed: readonly Result[], targets: readonly Target[]): string[] {
  const faults = failed.map(({ fault = "" }) => fault).join("\n");
  const places = [...new Set(targets.map(({ url }) => url))].join(", ");
  const lines: string[] = [];
  if (/ECONNREFUSED|ConnectionRefused|Unable to connect|xhr poll error|websocket error/i.test(faults)) {
    lines.push(
      `Nothing answers: does the server run, and is it at ${places}? headend doctor tells who holds the ports.`,
    );
  }
  if (/invalid token|unauthorized|authentication|\b401\b/i.test(faults)) {
    lines.push("Tokens are refused: give this command the server's HEADEND_DATA or HEADEND_JWT_SECRET.");
  }
  if (/did not come within/.test(faults) && lines.length === 0) {
    lines.push("Something takes too long: is the server very busy, or does a proxy hold back websockets?");
  }
  return lines.length > 0 ? lines : ["The server's log says more: HEADEND_LOG_LEVEL=debug tells of every refusal."];
}

/** Where an API is found: on its own port, under its own URL, or under its name on a shared port. */
function placeOf(
  config: Config,
  name: string,
  url: string | undefined,
  isAlone: boolean,
): Omit<Target, "token" | "sign"> {
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new UsageFault(`${url} is not an http(s) URL`);
  const isShared = url === undefined ? config.singlePort !== undefined : !isAlone;
  const base = (url ?? `http://localhost:${config.singlePort ?? portOf(config, name).port}`).replace(/\/+$/, "");
  const path = new URL(base).pathname.replace(/\/+$/, "") + (isShared ? `/${name}` : "");
  return { url: new URL(base).origin + path, socketPath: `${path}/socket.io/` };
}
