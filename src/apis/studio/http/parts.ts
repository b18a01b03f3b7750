import type { Inbox } from "../../../domain/notifications/inbox";
import type { House } from "../../../house";
import type { Jobs } from "../jobs";
import type { Media } from "../media";
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

/** The scope of the keys that may call. */
export const SCOPE = "studio";

/** A successful answer (CONTRACT §2). */
export function done(data: unknown): { success: true; data: unknown } {
  return { success: true, data };
}
