import type { Command } from "./command";
export const verifyCommand: Command = { usage: "verify [URL]", summary: "x", run: async () => 0 };
