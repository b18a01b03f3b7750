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
import { readArguments } from "./arguments";
import type { Command } from "./command";
import { table } from "./table";

const usage = "verify [URL] [--api API]";
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

export const verifyCommand: Command = {
  usage,
  summary:
    "Runs the documented client examples against a running server. URL is that of single-port mode, or with --api of that API alone; without one, the ports of this machine's settings are asked.",
  async run(typed) {
    // The polling client of socket.io-client calls `url.parse`; that is no news to whoever runs this.
    process.noDeprecation = true;
    const given = readArguments(typed, usage, ["api"]);
    const [url] = given.words;
    const { api } = given.options;
    const config = readConfig(process.env);
    const names = APIS.map((each) => each.name).filter((name) =>
      api ? name === api : (config.apis?.includes(name) ?? true),
    );
    if (names.length === 0) throw new Fault(`--api is one of ${APIS.map((each) => each.name).join(", ")}`);
    const sign = async (sub: string, role?: string) =>
      (await signToken({ sub, ...(role && { role }) }, Date.now(), TOKEN_TTL_MS, tokenSettings(config))).token;
    const shared = { token: await sign(USER), sign: (name: string, role?: string) => sign(`${USER}-${name}`, role) };
    const rows: string[][] = [];
    let failed = 0;
    for (const name of names) {
      const target = { ...placeOf(config, name, url, api !== undefined), ...shared };
      for (const check of CHECKS[name] ?? []) {
        const fault = await check.run(target).then(
          () => "",
          (error: Error) => error.message || error.name,
        );
        if (fault) failed++;
        rows.push([name, check.name, check.source, fault ? `FAILED: ${fault}` : "ok"]);
      }
    }
    console.log(table(["api", "example", "in the document", "result"], rows));
    console.log(`\n${rows.length - failed} of ${rows.length} examples work`);
    return failed === 0 ? 0 : 1;
  },
};

/** Where an API is found: on its own port, under its own URL, or under its name on a shared port. */
function placeOf(
  config: Config,
  name: string,
  url: string | undefined,
  isAlone: boolean,
): Omit<Target, "token" | "sign"> {
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new Fault(`${url} is not an http(s) URL`);
  const isShared = url === undefined ? config.singlePort !== undefined : !isAlone;
  const base = (url ?? `http://localhost:${config.singlePort ?? portOf(config, name).port}`).replace(/\/+$/, "");
  const path = new URL(base).pathname.replace(/\/+$/, "") + (isShared ? `/${name}` : "");
  return { url: new URL(base).origin + path, socketPath: `${path}/socket.io/` };
}
