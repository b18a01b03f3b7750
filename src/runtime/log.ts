import pino, { type Logger } from "pino";
import pretty from "pino-pretty";
import { redact } from "./redact";
import { LogTail } from "./tail";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log extends Pick<Logger, LogLevel> {
  /** The same log, with these fields in each line. */
  child(fields: Record<string, unknown>): Log;
  /** The newest lines of all of it, and a way to hear of those to come. */
  readonly tail: LogTail;
}

/** A shorter one could be a word of any text. */
const MIN_SECRET = 12;

/**
 * Structured JSON lines on stderr, for people when stderr is a terminal. Written at once and in this thread: a line
 * about a crash must be out before the process is. Every line passes `redact`, whatever it was made of; what the level
 * leaves out costs nothing.
 *
 * @param secrets of the settings: no line repeats them
 */
export function openLog(
  level: LogLevel,
  sink?: { write(line: string): void },
  secrets: readonly (string | undefined)[] = [],
): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const known = secrets.filter((secret) => secret !== undefined).filter(({ length }) => length >= MIN_SECRET);
  const out = sink ?? (process.stderr.isTTY ? forPeople() : pino.destination({ dest: 2, sync: true }));
  const tail = new LogTail();
  const write = (line: string) => {
    const safe = redact(JSON.parse(line), known) as Record<string, unknown>;
    out.write(`${JSON.stringify(safe)}\n`);
    tail.add(safe);
  };
  // Children inherit what stands on their parent.
  return Object.assign(pino(options, { write }), { tail }) as unknown as Log;
}

function forPeople() {
  return pretty({ destination: 2, sync: true, translateTime: "HH:MM:ss" });
}
