import * as v from "valibot";
import type { Chat } from "../../../domain/chat/chat";
import type { Moderation } from "../../../domain/moderation/moderation";
import type { Identity } from "../../../domain/tokens/identity";
import type { House } from "../../../house";
import type { RestStyle } from "../../../http/rest";
import { id } from "../../../realtime/fields";
import { iso } from "../../../runtime/clock";
import type { Apps } from "../apps";
import type { Audience } from "../audience";
import type { Authority } from "../authority";
import type { Broadcasts } from "../broadcasts";
import { refusalBody } from "../refusals";
import type { StreamRecord } from "../store";
import type { Streams } from "../streams";

/** What the REST calls work on. */
export interface Parts {
  readonly house: House;
  readonly isChecked: boolean;
  readonly apps: Apps;
  /** Whom a token speaks for in the app that is named, else in its own. */
  readonly verify: (token: string, appId: string | undefined) => Promise<Identity>;
  readonly streams: Streams;
  readonly audience: Audience;
  readonly authority: Authority;
  readonly broadcasts: Broadcasts;
  readonly chat: Chat;
  readonly moderation: Moderation;
}

/** Answers are bare, refusals `{error: {type, message}}` (CONTRACT §2); the calls are those of CONTRACT §7. */
export const style: RestStyle = {
  keyScope: "live",
  refusal: (refusal) => ({ error: refusalBody(refusal) }),
  refusalSchema: v.object({
    error: v.object({
      type: v.string(),
      message: v.string(),
      code: v.optional(v.string()),
      field: v.optional(v.string()),
      retry_after: v.optional(v.number()),
    }),
  }),
};

/** The app that a call is about, in its body or query. */
export const named = v.object({
  app_id: v.pipe(v.optional(id()), v.description("The app; that of the token when absent, else `default`.")),
});

export function showRecord(
  { appId, streamId, title, ownerId, status, startedAt, endedAt, error, peakViewers, createdAt }: StreamRecord,
  viewers: number,
) {
  const time = (at: number | null) => (at === null ? null : iso(at));
  return {
    id: streamId,
    stream_id: streamId,
    app_id: appId,
    title,
    owner_id: ownerId,
    status,
    started_at: time(startedAt),
    ended_at: time(endedAt),
    error,
    viewers,
    peak_viewers: peakViewers,
    created_at: iso(createdAt),
  };
}
