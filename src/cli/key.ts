import { APIS } from "../apis";
import { Fault } from "../runtime/fault";
import { readArguments, usageFault, wordAt } from "./arguments";
import type { Command } from "./command";
import { withFolder } from "./folder";
import { table } from "./table";

const usage = "key add NAME --scope SCOPE[,SCOPE] | key list | key revoke NAME";

export const keyCommand: Command = {
  usage,
  summary: "Makes, lists and revokes the API keys of other servers. A scope is an API's name, or metrics.",
  async run(typed) {
    const given = readArguments(typed, usage, ["scope"]);
    const [action] = given.words;
    const answer = await withFolder(async ({ apiKeys }) => {
      if (action === "add") return apiKeys.add(readName(wordAt(given, 1, usage)), readScopes(given.options.scope));
      if (action === "list") {
        const rows = (await apiKeys.list()).map((key) => [key.name, key.scopes, new Date(key.createdAt).toISOString()]);
        return table(["name", "scopes", "created"], rows);
      }
      if (action === "revoke") {
        const name = wordAt(given, 1, usage);
        await apiKeys.revoke(name);
        return `${name} is revoked`;
      }
      throw usageFault(usage);
    });
    console.log(answer);
    return 0;
  },
};

function readName(name: string): string {
  if (!/^[\w.-]{1,64}$/.test(name)) throw new Fault("a key's name is 1 to 64 letters, digits, dots, - and _");
  return name;
}

function readScopes(text: string | undefined): string[] {
  const known = [...APIS.map((api) => api.name), "metrics"];
  const scopes = (text ?? "").split(",").map((scope) => scope.trim());
  if (!scopes.every((scope) => known.includes(scope)))
    throw new Fault(`--scope is a comma list of ${known.join(", ")}`);
  return [...new Set(scopes)];
}
