import { decodeJwt } from "jose";
import { type Claims, readClaims } from "./claims";
import { factsOf, type TokenFacts } from "./identity";
import { Keys } from "./keys";

/**
 * Verifies a token that a tenant signed with a secret of its own (HS256).
 *
 * @throws Refusal `authentication_failed`, with `reason` `invalid` or `expired`
 */
export async function verifyWithSecret(
  token: string,
  secret: string,
  nowMs: number,
): Promise<{ claims: Claims; facts: TokenFacts; app: unknown }> {
  const keys = await Keys.load({ secret, previousSecrets: [] });
  const { payload } = await keys.verify(token, nowMs);
  const claims = readClaims(payload);
  return { claims, facts: factsOf(token, payload, claims.roles, null, false), app: payload.app_id };
}

/** What an unverified token says of its tenant: only good for choosing the key that it is verified with. */
export function claimedApp(token: string): unknown {
  try {
    return decodeJwt(token).app_id;
  } catch {
    return undefined;
  }
}
