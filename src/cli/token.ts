import * as v from "valibot";
import { Apps, DEFAULT_APP } from "../apis/live/apps";
import { AppStore } from "../apis/live/store";
import { parse } from "../parse";
import { id } from "../realtime/fields";
import { Fault } from "../runtime/fault";
import { duration } from "../setting";
import { readArguments, wordAt } from "./arguments";
import type { Command } from "./command";
import { withFolder } from "./folder";

const usage = "token USER [--api live --app APP] [--role ROLE] [--ttl 24h]";

export const tokenCommand: Command = {
  usage,
  summary:
    "Prints a token of a user (id or email); an unknown id becomes a user. With --api live --app APP, of a user of that app.",
  async run(typed) {
    const given = readArguments(typed, usage, ["role", "ttl", "api", "app"]);
    const user = wordAt(given, 0, usage);
    const role = given.options.role?.toLowerCase();
    const ttlMs = readTtl(given.options.ttl);
    const { api, app = DEFAULT_APP } = given.options;
    if ((api ?? "live") !== "live") throw new Fault("--api: only live has apps; other APIs share one kind of token");
    const token = await withFolder(async ({ accounts, tokens, store, clock }) => {
      if (app !== DEFAULT_APP) {
        const member = { userId: parse(id(), user, "USER"), role };
        return (await new Apps(new AppStore(store), clock, tokens).issue(app, member, ttlMs ?? tokens.ttlMs)).token;
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
      return (await tokens.issue(account, ttlMs)).token;
    });
    console.log(token);
    return 0;
  },
};

function readTtl(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const result = v.safeParse(duration, text);
  if (!result.success) throw new Fault(`--ttl: ${result.issues[0].message}`);
  return result.output;
}
