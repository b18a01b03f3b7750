import { readConfig } from "../config";
import { restore } from "../store/restore";
import { readArguments, wordAt } from "./arguments";
import type { Command } from "./command";

const usage = "restore FILE";

export const restoreCommand: Command = {
  usage,
  summary: "Puts a backup in the place of the database, which is kept aside; not while a server runs on the folder.",
  async run(typed) {
    const file = wordAt(readArguments(typed, usage), 0, usage);
    const { data } = readConfig(process.env);
    const kept = restore(data, file, new Date().toISOString().replace(/[-:.]/g, ""));
    console.log(`${data} holds what ${file} held${kept ? `; what was there before is kept as ${kept}` : ""}`);
    return 0;
  },
};
