import { statSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config";
import { restore } from "../store/restore";
import { watched } from "./apart";
import { readArguments, wordAt } from "./arguments";
import { type Command, JSON_OPTION, tell } from "./command";

const usage = "restore FILE [--json]";

interface Done {
  readonly file: string;
  readonly data: string;
  /** Where the database of before is now. */
  readonly kept: string | null;
  readonly ms: number;
}

export const restoreCommand: Command = {
  usage,
  summary: "Puts a backup in the place of the database, which is kept aside; not while a server runs on the folder.",
  options: JSON_OPTION,
  examples: ["headend restore /backups/headend-2026-01-01.db", "HEADEND_DATA=./elsewhere headend restore backup.db"],
  async run(typed) {
    const given = readArguments(typed, usage, [], ["json"]);
    const file = wordAt(given, 0, usage);
    const { data } = readConfig(process.env);
    const apart = await watched(["restore", file], {
      title: "restore",
      bytes: sizeOf(file),
      written: () => sizeOf(join(data, "headend.db.restoring")),
    });
    if (apart && apart.code !== 0) return apart.code;
    const done: Done = apart ? JSON.parse(apart.answer) : restoreNow(data, file);
    const before = done.kept ? `; what was there before is kept as ${done.kept}` : "";
    tell(given.flags.has("json"), `${data} holds what ${file} held${before}`, done);
    return 0;
  },
};

function restoreNow(data: string, file: string): Done {
  const begun = performance.now();
  const kept = restore(data, file, new Date().toISOString().replace(/[-:.]/g, "")) ?? null;
  return { file, data, kept, ms: Math.round(performance.now() - begun) };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
