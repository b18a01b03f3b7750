import { readConfig } from "../config";
import { backUp } from "../store/backup";
import { readArguments, wordAt } from "./arguments";
import type { Command } from "./command";

const usage = "backup FILE";

export const backupCommand: Command = {
  usage,
  summary: "Writes everything that is stored into FILE, which must not exist; a running server goes on meanwhile.",
  async run(typed) {
    const file = wordAt(readArguments(typed, usage), 0, usage);
    const { data } = readConfig(process.env);
    console.log(`${file} is a backup of ${data} (${backUp(data, file)} bytes)`);
    return 0;
  },
};
