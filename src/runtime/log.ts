import pino, { type Logger } from "pino";
import pretty from "pino-pretty";

export type Log = Logger;
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whatever is logged under these names is replaced: no token, password or cookie is ever written. */
const SECRETS = ["token", "password", "authorization", "cookie", "secret", "accessToken", "apiKey"];

/**
 * Structured JSON lines on stderr, for people when stderr is a terminal. Written at once and in this thread: a line
 * about a crash must be out before the process is.
 */
export function openLog(level: LogLevel, sink?: { write(line: string): void }): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
  };
  if (sink) return pino(options, sink);
  if (process.stderr.isTTY) return pino(options, pretty({ destination: 2, sync: true, translateTime: "HH:MM:ss" }));
  return pino(options, pino.destination({ dest: 2, sync: true }));
}
