import { statSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config";
import { backUp } from "../store/backup";
import { watched } from "./apart";
import { readArguments, wordAt } from "./arguments";
import { type Command, JSON_OPTION, tell } from "./command";

const usage = "backup FILE [--json]";

interface Done {
  readonly file: string;
  readonly data: string;
  readonly bytes: number;
  readonly ms: number;
}

export const backupCommand: Command = {
  usage,
  summary: "Writes everything that is stored into FILE, which must not exist; a running server goes on meanwhile.",
  options: JSON_OPTION,
  examples: [
    "headend backup /backups/headend-$(date +%F).db",
    "HEADEND_DATA=/var/lib/headend headend backup /backups/now.db --json | jq .bytes",
  ],
  async run(typed) {
    const given = readArguments(typed, usage, [], ["json"]);
    const file = wordAt(given, 0, usage);
    const { data } = readConfig(process.env);
    const apart = await watched(["backup", file], {
      title: "backup",
      bytes: sizeOf(join(data, "headend.db")),
      written: () => sizeOf(`${file}.partial`),
    });
    if (apart && apart.code !== 0) return apart.code;
    const done: Done = apart ? JSON.parse(apart.answer) : backUpNow(data, file);
    tell(
      given.flags.has("json"),
      `${file} is a backup of ${data} (${done.bytes} bytes, ${done.ms} ms); every page of it was checked`,
      done,
    );
    return 0;
  },
};

function backUpNow(data: string, file: string): Done {
  const begun = performance.now();
  const bytes = backUp(data, file);
  return { file, data, bytes, ms: Math.round(performance.now() - begun) };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
