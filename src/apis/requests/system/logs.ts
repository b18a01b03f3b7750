import { fitting } from "../../../realtime/snapshot";
import type { LogLevel } from "../../../runtime/log";
import type { LogRecord, LogTail } from "../../../runtime/tail";
import type { RequestsLine, RequestsSession } from "../wire";

/** From the most to the least talkative. */
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** How many lines whoever comes is shown. */
const SHOWN = 100;

/** The server's own log, for admins: each hears what is at least as grave as they want to hear. */
export class LogStream {
  readonly #tail: LogTail;
  readonly #line: RequestsLine;

  constructor(tail: LogTail, line: RequestsLine) {
    this.#tail = tail;
    this.#line = line;
  }

  /** Begins to follow the log. @returns ends it */
  follow(): () => void {
    return this.#tail.listen((record) => {
      // A line of some level is for those who want to hear that one or less grave ones.
      for (const level of LEVELS.slice(0, LEVELS.indexOf(record.level) + 1)) {
        if (this.#line.rooms.isEmpty("/system", roomOf(level))) continue;
        this.#line.publisher.toRoom("/system", roomOf(level), "system:logs", show(record));
      }
    });
  }

  attend(session: RequestsSession): void {
    this.setLevel(session, "info");
    const lines = this.#tail.recent(Number.MAX_SAFE_INTEGER).filter(({ level }) => level !== "debug");
    for (const shown of fitting(lines.slice(-SHOWN).map(show))) {
      this.#line.publisher.send<"/system", "system:logs">(session, "system:logs", shown);
    }
  }

  setLevel(session: RequestsSession, wanted: LogLevel): void {
    for (const level of LEVELS) if (level !== wanted) this.#line.rooms.leave(session, roomOf(level));
    this.#line.rooms.join(session, roomOf(wanted));
  }
}

function roomOf(level: LogLevel): string {
  return `logs ${level}`;
}

function show({ id, time, level, api, message, fields }: LogRecord) {
  return { timestamp: time, level, service: api ?? "headend", message, correlationId: id, metadata: { ...fields } };
}
