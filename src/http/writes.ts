import type { Context } from "hono";
import { type Limits, rate } from "../domain/limits";
import { Refusal } from "../refusal";
import type { RestEnv } from "./rest";

/** CONTRACT §3.6 */
const WRITES = rate(20, 1_000, 40);

/** Middleware after `signedIn`: a user may change so many things a second, over all APIs. */
export function limitWrites(limits: Limits) {
  return async (c: Context<RestEnv>, next: () => Promise<void>): Promise<void> => {
    demandWrite(limits, c.var.identity.userId);
    await next();
  };
}

/** As `limitWrites`, where only the handler knows who calls. @throws Refusal `rate_limit_exceeded` */
export function demandWrite(limits: Limits, userId: string): void {
  const waitMs = limits.take([{ key: `writes ${userId}`, rate: WRITES }]);
  if (waitMs > 0) throw Refusal.rateLimited(waitMs);
}
