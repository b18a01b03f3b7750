import * as v from "valibot";
import { parse } from "../parse";
import { id } from "../realtime/fields";
import { Fault } from "../runtime/fault";
import { duration } from "../setting";
import { readArguments, wordAt } from "./arguments";
import type { Command } from "./command";
import { withFolder } from "./folder";

const usage = "token USER [--role ROLE] [--ttl 24h]";

export const tokenCommand: Command = {
  usage,
  summary: "Prints a token of a user (id or email); an unknown id becomes a user.",
  async run(typed) {
    const given = readArguments(typed, usage, ["role", "ttl"]);
    const user = wordAt(given, 0, usage);
    const role = given.options.role?.toLowerCase();
    const ttlMs = readTtl(given.options.ttl);
    const token = await withFolder(async ({ accounts, tokens }) => {
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
