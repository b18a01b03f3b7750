import type { Context } from "hono";
import type { Inbox } from "../../../domain/notifications/inbox";
import type { House } from "../../../house";
import { cookieOf } from "../../../http/cookies";
import { bearerOf, type RestEnv, signedIn } from "../../../http/rest";
import { limitWrites } from "../../../http/writes";
import { Refusal } from "../../../refusal";
import type { ActivityLog, Origin } from "../activity";
import type { Downloads } from "../downloads";
import type { Library } from "../library/search";
import type { Searches } from "../library/searches";
import type { Syncs } from "../library/syncs";
import { isAdmin, type Media } from "../media";
import type { ActivityStore } from "../store";
import type { RequestsLine } from "../wire";

/** What the REST calls work on. */
export interface Parts {
  readonly house: House;
  readonly line: RequestsLine;
  readonly media: Media;
  readonly downloads: Downloads;
  readonly inbox: Inbox;
  readonly activity: ActivityLog;
  readonly activityStore: ActivityStore;
  readonly library: Library;
  readonly searches: Searches;
  readonly syncs: Syncs;
}

/** The scope of the keys that may call. */
export const SCOPE = "requests";
/** The cookies that may hold a token; the first is the one that signing in sets. */
export const COOKIES = ["auth-token", "token"] as const;

type Env = Context<RestEnv>;
type Next = () => Promise<void>;

/** Who may call: users, users who change something, and admins who do. */
export function callers({ tokens, limits }: House) {
  const user = signedIn(tokens, (c) => bearerOf(c.req.raw) ?? cookieOf(c.req.header("cookie"), COOKIES, c.env.peer));
  const limited = limitWrites(limits);
  const writer = (c: Env, next: Next) => user(c, () => limited(c, next));
  const admin = (c: Env, next: Next) =>
    user(c, async () => {
      if (!isAdmin(c.var.identity)) throw new Refusal("permission_denied", "Admin access required");
      await (c.req.method === "GET" ? next() : limited(c, next));
    });
  return { user, writer, admin };
}

/** A successful answer (CONTRACT §2). */
export function done(data: unknown): { success: true; data: unknown } {
  return { success: true, data };
}

export function originOf(c: Env): Origin {
  return { ipAddress: c.env.peer.address, userAgent: (c.req.header("user-agent") ?? "").slice(0, 512) };
}
