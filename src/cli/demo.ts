import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, startApp, tokenSettings } from "../app";
import { type Config, readConfig, SETTINGS } from "../config";
import { play } from "../demo/acts";
import { ACCOUNTS, APP, GAMER } from "../demo/cast";
import { layOut } from "../demo/fixtures";
import { type Handout, IDS, poster } from "../demo/handout";
import { Neighbours } from "../demo/neighbours";
import { Stage } from "../demo/stage";
import { signToken } from "../domain/tokens/tokens";
import { type Clock, systemClock } from "../runtime/clock";
import { openLog } from "../runtime/log";
import type { Setting } from "../setting";
import { version } from "../version";
import { readArguments, UsageFault } from "./arguments";
import type { Command } from "./command";
import { isFree } from "./ports";
import { guard, printTable, untilStopped } from "./serve";

const usage = "demo [--fast] [--speed N] [--no-simulation] [--seed N] [--quiet] [--json]";
const FAST = 10;
const MAX_SPEED = 100;
/** What the actors' sockets last at most is less. */
const TOKEN_TTL_MS = 86_400_000;

export const demoCommand: Command = {
  usage,
  summary: "Serves the APIs with something in them and people who use them, from a folder that is gone when it ends.",
  options: {
    "--fast": "ten times the pace",
    "--speed": "another pace: 0.5 is half of it, 100 the most",
    "--no-simulation": "nobody uses it but you",
    "--seed": "another show; the same number plays the same one (1)",
    "--quiet": "prints the URLs only, as serve does",
    "--json": "prints URLs, tokens, passwords and ids as JSON, on one line, and goes on",
  },
  examples: [
    "headend demo",
    "headend demo --no-simulation --json | jq -r '.users[0].token'",
    "HEADEND_APIS=live headend demo --fast",
  ],
  help: () =>
    "The settings of serve hold here too, with other defaults: everything on loopback, registration open, a log of\nwarnings only, and any free port for one that is in use.",
  async run(words) {
    // The polling client of socket.io-client calls `url.parse`; that is no news to whoever runs this.
    process.noDeprecation = true;
    const given = readArguments(words, usage, ["seed", "speed"], ["fast", "no-simulation", "quiet", "json"]);
    const seed = Number(given.options.seed ?? "1");
    if (!Number.isSafeInteger(seed)) throw new UsageFault("--seed: a whole number is needed");
    const speed = Number(given.options.speed ?? (given.flags.has("fast") ? FAST : "1"));
    if (!(speed > 0 && speed <= MAX_SPEED))
      throw new UsageFault(`--speed: a number above 0, up to ${MAX_SPEED}, is needed`);
    const isMoving = !given.flags.has("no-simulation");
    const clock = systemClock();
    const folder = mkdtempSync(join(tmpdir(), "headend-demo-"));
    // Whatever ends this process but SIGKILL.
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    const neighbours = new Neighbours();
    let stop = () => neighbours.stop().then(() => true);
    try {
      const config = readConfig(withFreePorts(environment(process.env, folder, neighbours)));
      const log = openLog(config.logLevel, undefined, [config.jwtSecret, config.apiKey]);
      guard(log);
      const app = await startApp(config, { clock, log, version });
      const failed = (actor: string, error: unknown) =>
        log.debug({ err: error, actor }, "an actor of the demo has stumbled");
      const stage = openStage(app, config, clock, { seed, speed, failed });
      stop = async () => {
        await stage.end();
        const isClean = await app.stop();
        await neighbours.stop();
        return isClean;
      };
      // From here on a signal finds something to stop, and in the right order.
      const ended = untilStopped(stop, log, ["SIGTERM", "SIGINT", "SIGHUP"]);
      const handout = await open(app, stage).catch((error) => {
        if (!stage.pace.isOver) throw error;
      });
      if (handout) {
        if (isMoving) play(stage, neighbours);
        announce(handout, app, given.flags);
      }
      return ended;
    } catch (error) {
      // Whatever is open by now would keep the process.
      await stop();
      throw error;
    }
  },
};

function announce(handout: Handout, app: App, flags: ReadonlySet<string>): void {
  if (flags.has("json")) console.log(JSON.stringify({ ...handout, ids: IDS }));
  else if (flags.has("quiet")) printTable(app);
  else console.log(poster(handout, !flags.has("no-simulation")));
}

/** What is there when the doors open, and what a visitor must know of it. */
async function open({ house, url, listening, consoleToken }: App, stage: Stage): Promise<Handout> {
  const users = await Promise.all(
    ACCOUNTS.map(async (account) => {
      const password = newPassword();
      const added = await house.accounts.add({ ...account, password });
      return { ...account, password, token: (await house.tokens.issue(added)).token };
    }),
  );
  await layOut(stage);
  const isLive = listening.some(({ name }) => name === "live");
  const member = { user_id: GAMER.id, username: GAMER.name };
  const appToken = isLive
    ? (await stage.rest("live").post<{ access_token: string }>(`/v1/apps/${APP}/tokens`, member)).access_token
    : undefined;
  const urls = Object.fromEntries(listening.map(({ name, url }) => [name, url]));
  return { urls, console: `${url("console")}/#token=${consoleToken}`, apiKey: stage.place.apiKey, users, appToken };
}

function openStage(
  { listening }: App,
  config: Config,
  clock: Clock,
  options: Omit<ConstructorParameters<typeof Stage>[1], "clock">,
): Stage {
  const settings = tokenSettings(config);
  const place = {
    url: (api: string) => listening.find(({ name }) => name === api)?.url,
    apiKey: config.apiKey ?? "",
    sign: async (sub: string, claims: object = {}) =>
      (await signToken({ sub, ...claims }, clock.now(), TOKEN_TTL_MS, settings)).token,
  };
  return new Stage(place, { clock, ...options });
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The operator's settings over those of a demo; a folder of its own in any case, and no admin but its own. */
function environment(given: Environment, folder: string, neighbours: Neighbours): Environment {
  const set = Object.entries(given).filter(([name, value]) => value?.trim() && !/^HEADEND_ADMIN_/.test(name));
  return {
    HEADEND_HOST: "127.0.0.1",
    HEADEND_LOG_LEVEL: "warn",
    HEADEND_REGISTRATION: "open",
    HEADEND_RETENTION_DAYS: "1",
    HEADEND_API_KEY: `demo_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url")}`,
    HEADEND_SERVICES: neighbours.setting,
    ...Object.fromEntries(set),
    HEADEND_DATA: folder,
  };
}

/** Any free port in the place of one that is in use. */
function withFreePorts(environment: Environment): Environment {
  const config = readConfig(environment) as unknown as Readonly<Record<string, unknown>>;
  const rows = Object.entries<Setting>(SETTINGS).filter(([key]) => /Port$/.test(key) && config[key] !== undefined);
  const taken = rows.filter(([key]) => {
    const host = key === "consolePort" ? config.consoleHost : config.host;
    return !isFree(String(host), Number(config[key]));
  });
  return { ...environment, ...Object.fromEntries(taken.map(([, { name }]) => [name, "0"])) };
}

const WORDS = ["turnip", "goose", "barn", "teapot", "waffle", "llama", "pixel", "cactus"] as const;

/** Easy to type, another one each time, and nobody guesses it within the tries that the server allows. */
function newPassword(): string {
  const [first = 0, second = 0, third = 0] = crypto.getRandomValues(new Uint16Array(3));
  return `${WORDS[first % WORDS.length]}-${WORDS[second % WORDS.length]}-${String(third).padStart(5, "0")}`;
}
