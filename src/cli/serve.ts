import { type App, startApp } from "../app";
import { readConfig, SETTINGS, unknownSettings } from "../config";
import { systemClock } from "../runtime/clock";
import { type Log, openLog } from "../runtime/log";
import type { Setting } from "../setting";
import { version } from "../version";
import { readArguments } from "./arguments";
import type { Command } from "./command";

const usage = "serve";
/** Stopping takes this long at most; then the process ends whatever is still open (CONTRACT §1). */
const STOP_LIMIT_MS = 9_500;
/** A process group hears Ctrl-C twice: what comes within this time is the same signal. */
const SAME_SIGNAL_MS = 2_000;

export const serveCommand: Command = {
  usage,
  summary: "Serves the APIs until it is told to stop (SIGTERM, Ctrl-C).",
  examples: [
    "headend serve",
    "HEADEND_DATA=/var/lib/headend HEADEND_APIS=live,learning headend serve",
    "HEADEND_PORT=8080 headend serve   # everything behind one port: /live/…, /learning/…",
  ],
  help: settingsHelp,
  async run(words) {
    readArguments(words, usage);
    const config = readConfig(process.env);
    const log = openLog(config.logLevel, undefined, [config.jwtSecret, config.apiKey, config.adminPassword]);
    log.info({ pid: process.pid, version, data: config.data }, "Headend starts");
    for (const name of unknownSettings(process.env)) log.warn({ name }, "this environment variable is no setting");
    guard(log);
    const app = await startApp(config, { clock: systemClock(), log, version });
    printTable(app);
    return untilStopped(() => app.stop(), log);
  },
};

/** The last net: what no handler caught is logged, and the other users' sockets stay open. */
export function guard(log: Log): void {
  process.on("uncaughtException", (error) => log.error({ err: error }, "an error that nothing caught"));
  process.on("unhandledRejection", (error) => log.error({ err: error }, "a rejection that nothing caught"));
}

export function printTable({ listening, consoleToken, url }: App): void {
  const width = Math.max(...listening.map(({ name }) => name.length));
  for (const { name, url } of listening) console.log(`${name.padEnd(width)}  ${url}`);
  // After the #, so that no server and no proxy ever logs it.
  console.log(`\nThe console, signed in until this server stops: ${url("console")}/#token=${consoleToken}`);
}

/** Resolves with the exit code once a signal has come and `stop` has closed everything. */
export function untilStopped(
  stopAll: () => Promise<boolean>,
  log: Log,
  signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"],
): Promise<number> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const stop = (signal: string) => {
      const now = performance.now();
      if (firstAt !== undefined) {
        if (now - firstAt < SAME_SIGNAL_MS) return;
        log.warn({ signal }, "told again to stop: ending at once");
        process.exit(1);
      }
      firstAt = now;
      log.info({ signal }, "stopping");
      setTimeout(() => {
        log.error("stopping takes too long: ending at once");
        process.exit(1);
      }, STOP_LIMIT_MS).unref();
      void stopAll().then((isClean) => {
        log.info({ isClean }, "stopped");
        resolve(isClean ? 0 : 1);
      });
    };
    for (const signal of signals) process.on(signal, () => stop(signal));
  });
}

function settingsHelp(): string {
  const rows = Object.values<Setting>(SETTINGS).map(({ name, fallback, doc }) => [name, fallback ?? "–", doc] as const);
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const fallbackWidth = Math.max(...rows.map(([, fallback]) => fallback.length));
  const lines = rows.map(
    ([name, fallback, doc]) => `  ${name.padEnd(nameWidth)}  ${fallback.padEnd(fallbackWidth)}  ${doc}`,
  );
  return `Settings, from the environment (name, default, meaning)\n${lines.join("\n")}`;
}
