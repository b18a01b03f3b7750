import { APIS } from "../apis";
import { readArguments, UsageFault, usageFault, wordAt } from "./arguments";
import { type Command, JSON_OPTION, tell } from "./command";
import { withFolder } from "./folder";
import { table } from "./table";

const usage = "key add NAME --scope SCOPE[,SCOPE] | key list | key revoke NAME";

export const keyCommand: Command = {
  usage,
  summary: "Makes, lists and revokes the API keys of other servers. A key is shown this once, when it is made.",
  options: { "--scope": "what it may do: a comma list of APIs' names, and metrics", ...JSON_OPTION },
  examples: [
    "headend key add nginx --scope live",
    "headend key add grafana --scope metrics --json | jq -r .key",
    "headend key revoke nginx",
  ],
  async run(typed) {
    const given = readArguments(typed, usage, ["scope"], ["json"]);
    const [action] = given.words;
    const isJson = given.flags.has("json");
    await withFolder(async ({ apiKeys }) => {
      if (action === "add") {
        const name = readName(wordAt(given, 1, usage));
        const scopes = readScopes(given.options.scope);
        const key = await apiKeys.add(name, scopes);
        tell(isJson, key, { name, scopes, key });
      } else if (action === "list") {
        const keys = (await apiKeys.list()).map(({ name, scopes, createdAt }) => ({
          name,
          scopes: scopes.split(","),
          createdAt: new Date(createdAt).toISOString(),
        }));
        const rows = keys.map(({ name, scopes, createdAt }) => [name, scopes.join(","), createdAt]);
        tell(isJson, table(["name", "scopes", "created"], rows), keys);
      } else if (action === "revoke") {
        const name = wordAt(given, 1, usage);
        await apiKeys.revoke(name);
        tell(isJson, `${name} is revoked`, { name });
      } else throw usageFault(usage);
    });
    return 0;
  },
};

function readName(name: string): string {
  if (!/^[\w.-]{1,64}$/.test(name)) throw new UsageFault("a key's name is 1 to 64 letters, digits, dots, - and _");
  return name;
}

function readScopes(text: string | undefined): string[] {
  const known = [...APIS.map((api) => api.name), "metrics"];
  const scopes = (text ?? "").split(",").map((scope) => scope.trim());
  if (!scopes.every((scope) => known.includes(scope)))
    throw new UsageFault(`--scope is a comma list of ${known.join(", ")}`);
  return [...new Set(scopes)];
}
