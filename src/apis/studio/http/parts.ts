import * as v from "valibot";
import type { Inbox } from "../../../domain/notifications/inbox";
import type { House } from "../../../house";
import type { RestStyle } from "../../../http/rest";
import type { Jobs } from "../jobs";
import type { Media } from "../media";
import { refusalBody } from "../refusals";
import type { ClientRooms } from "../rooms";
import type { StudioLine } from "../wire";

/** What the REST calls work on. */
export interface Parts {
  readonly house: House;
  readonly line: StudioLine;
  readonly rooms: ClientRooms;
  readonly media: Media;
  readonly jobs: Jobs;
  readonly inbox: Inbox;
}

/** Answers are `{success: true, data}`, refusals `{success: false, error}` (CONTRACT §2); the calls are those of CONTRACT §6. */
export const style: RestStyle = {
  keyScope: "studio",
  envelope: { success: true },
  refusal: refusalBody,
  refusalSchema: v.object({
    success: v.literal(false),
    error: v.object({ code: v.string(), message: v.string(), details: v.optional(v.record(v.string(), v.unknown())) }),
  }),
};
