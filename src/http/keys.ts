import type { Context } from "hono";
import type { ApiKeys } from "../domain/keys/apikeys";
import { Refusal } from "../refusal";
import { bearerOf, type RestEnv } from "./rest";

/** Middleware: only servers with an API key of this scope pass; a user's token is none, whoever the user is. */
export function demandKey(apiKeys: ApiKeys, scope: string) {
  return async (c: Context<RestEnv>, next: () => Promise<void>): Promise<void> => {
    const key = c.req.header("x-api-key") ?? bearerOf(c.req.raw);
    if (key === undefined || !apiKeys.allows(key, scope)) {
      throw new Refusal("authentication_failed", "An API key is needed: send X-API-Key");
    }
    await next();
  };
}
