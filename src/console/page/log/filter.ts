import type { LogLine } from "../../wire";

export interface Filter {
  /** At least this grave. */
  readonly level: LogLine["level"];
  /** "" for all. */
  readonly api: string;
  readonly text: string;
}

export const LEVELS: readonly LogLine["level"][] = ["debug", "info", "warn", "error"];

export function passes(line: LogLine, { level, api, text }: Filter): boolean {
  if (LEVELS.indexOf(line.level) < LEVELS.indexOf(level)) return false;
  if (api !== "" && line.api !== api) return false;
  if (text === "") return true;
  const wanted = text.toLowerCase();
  return line.message.toLowerCase().includes(wanted) || JSON.stringify(line.fields).toLowerCase().includes(wanted);
}
