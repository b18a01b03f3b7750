import * as v from "valibot";
import { Apps, DEFAULT_APP } from "../apis/live/apps";
import { AppStore } from "../apis/live/store";
import { parse } from "../parse";
import { id } from "../realtime/fields";
import { Fault } from "../runtime/fault";
import { duration } from "../setting";
import { readArguments, UsageFault, wordAt } from "./arguments";
import { type Command, JSON_OPTION, tell } from "./command";
import { withFolder } from "./folder";

const usage = "token USER [--api live --app APP] [--role ROLE] [--ttl 24h] [--json]";

export const tokenCommand: Command = {
  usage,
  summary:
    "Prints a token of a user (id or email); an unknown id becomes a user. With --api live --app APP, of a user of that app.",
  options: {
    "--ttl": "how long it counts: 30m, 24h, 7d; HEADEND_TOKEN_TTL when absent",
    "--role": "of a new user, or of a user of an app",
    "--app": "with --api live: the app whose user it is",
    ...JSON_OPTION,
  },
  examples: [
    "headend token ann@example.com",
    "headend token tester --role moderator --ttl 1h",
    "headend token viewer-1 --api live --app app_xyz789 --json | jq -r .expiresAt",
  ],
  async run(typed) {
    const given = readArguments(typed, usage, ["role", "ttl", "api", "app"], ["json"]);
    const user = wordAt(given, 0, usage);
    const role = given.options.role?.toLowerCase();
    const ttlMs = readTtl(given.options.ttl);
    const { api, app = DEFAULT_APP } = given.options;
    if ((api ?? "live") !== "live")
      throw new UsageFault("--api: only live has apps; other APIs share one kind of token");
    const { token, expiresAt } = await withFolder(async ({ accounts, tokens, store, clock }) => {
      if (app !== DEFAULT_APP) {
        const member = { userId: parse(id(), user, "USER"), role };
        return new Apps(new AppStore(store), clock, tokens).issue(app, member, ttlMs ?? tokens.ttlMs);
      }
      const known = await accounts.find(user);
      if (known && known.status !== "active") throw new Fault(`${user} is disabled`);
      // The roles of our tokens are those of the account: a token cannot have others.
      if (known && role && !known.roles.includes(role)) {
        throw new Fault(`${user} has not the role ${role}; give it first: headend user role ${user} ${role}`);
      }
      if (!known && user.includes("@"))
        throw new Fault(`there is no user ${user}; add it first: headend user add ${user}`);
      const account =
        known ?? (await accounts.add({ id: parse(id(), user, "USER"), roles: role ? [role] : undefined }));
      return tokens.issue(account, ttlMs);
    });
    tell(given.flags.has("json"), token, { token, expiresAt: new Date(expiresAt).toISOString() });
    return 0;
  },
};

function readTtl(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const result = v.safeParse(duration, text);
  if (!result.success) throw new UsageFault(`--ttl: ${result.issues[0].message}`);
  return result.output;
}
