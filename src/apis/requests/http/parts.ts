import * as v from "valibot";
import type { Inbox } from "../../../domain/notifications/inbox";
import type { House } from "../../../house";
import type { RestStyle } from "../../../http/rest";
import type { ActivityLog, Origin } from "../activity";
import type { Downloads } from "../downloads";
import type { Library } from "../library/search";
import type { Searches } from "../library/searches";
import type { Syncs } from "../library/syncs";
import type { Media } from "../media";
import { refusalBody } from "../refusals";
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

/** The cookies that may hold a token; the first is the one that signing in sets. */
export const COOKIES = ["auth-token", "token"] as const;

/** Answers are `{success: true, data}`, refusals `{success: false, error}` (CONTRACT §2); the calls are those of CONTRACT §5. */
export const style: RestStyle = {
  keyScope: "requests",
  cookies: COOKIES,
  envelope: { success: true },
  refusal: refusalBody,
  refusalSchema: v.object({
    success: v.literal(false),
    error: v.object({ code: v.string(), message: v.string(), details: v.optional(v.record(v.string(), v.unknown())) }),
  }),
};

/** From where somebody acts, for the log of who did what. */
export function originOf({ request, peer }: { request: Request; peer: { address: string } }): Origin {
  return { ipAddress: peer.address, userAgent: (request.headers.get("user-agent") ?? "").slice(0, 512) };
}
