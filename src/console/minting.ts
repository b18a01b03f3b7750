import type { Hono } from "hono";
import * as v from "valibot";
import type { House } from "../house";
import { readJson } from "../http/body";
import type { RestEnv } from "../http/rest";
import type { Endpoint } from "../realtime/endpoint";
import { id, line, maybe } from "../realtime/fields";
import { Refusal } from "../refusal";
import type { Access } from "./access";
import type { Minted } from "./wire";

/** Long enough to try something out; whoever wants more asks again. */
const TTL_MS = 15 * 60_000;

const role = v.pipe(
  line(1, 32),
  v.transform((text) => text.toLowerCase()),
  v.check((text) => /^[a-z][a-z0-9_-]*$/.test(text), "must be a word of letters, digits, - and _"),
);
const wanted = v.object({ api: line(1, 64), userId: id(), role: maybe(role), appId: maybe(id()) });

/** Tokens for the try-it page, which speaks for anybody: whose they are and who made them is in the log. */
export function addMinting(app: Hono<RestEnv>, house: House, endpoints: readonly Endpoint[], access: Access): void {
  app.post("/tokens", async (c) => {
    const given = await readJson(c, wanted);
    const endpoint = endpoints.find((each) => each.api.name === given.api);
    if (!endpoint) throw new Refusal("not_found", "api is not served here", { field: "api" });
    const minted = given.appId === undefined ? await ofUser(given) : await ofTenant(endpoint, given.appId, given);
    const { userId } = access.demandCaller(c);
    house.log.info({ operator: userId, ...given }, "a token was made to try something out");
    return c.json(minted satisfies Minted, 201);
  });

  async function ofTenant(
    { behaviour }: Endpoint,
    tenant: string,
    user: { userId: string; role?: string | undefined },
  ): Promise<Minted> {
    if (!behaviour.issueFor) throw new Refusal("invalid_request", "appId: this API has no apps", { field: "appId" });
    return behaviour.issueFor(tenant, user, TTL_MS) ?? ofUser(user);
  }

  async function ofUser({ userId, role }: { userId: string; role?: string | undefined }): Promise<Minted> {
    const { accounts, tokens } = house;
    const account = await accounts.find(userId);
    if (!account) return tokens.issueFor(userId, role === undefined ? [] : [role], TTL_MS);
    if (account.status !== "active") throw new Refusal("conflict", `${userId} is disabled`, { field: "userId" });
    // The roles of our tokens are those of the account.
    if (role !== undefined && !account.roles.includes(role)) {
      throw new Refusal("conflict", `${userId} has not the role ${role}; give it first`, { field: "role" });
    }
    return tokens.issue(account, TTL_MS);
  }
}
