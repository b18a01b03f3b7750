import type { Context } from "hono";
import type { ApiKeys } from "../domain/keys/apikeys";
import { Refusal } from "../refusal";
import { bearerOf, type RestEnv } from "./rest";

/** Whether a call carries an API key of this scope; a user's token is none, whoever the user is. */
export function hasKey(c: Context<RestEnv>, apiKeys: ApiKeys, scope: string): boolean {
  const key = c.req.header("x-api-key") ?? bearerOf(c.req.raw);
  return key !== undefined && apiKeys.allows(key, scope);
}

/** Middleware: only servers with an API key of this scope pass. */
export function demandKey(apiKeys: ApiKeys, scope: string) {
  return async (c: Context<RestEnv>, next: () => Promise<void>): Promise<void> => {
    if (!hasKey(c, apiKeys, scope)) {
      throw new Refusal("authentication_failed", "An API key is needed: send X-API-Key");
    }
    await next();
  };
}
