import { type Call, listOf, type RouteHandlers, route } from "../../../http/route";
import { Refusal } from "../../../refusal";
import { iso } from "../../../runtime/clock";
import { keyOf } from "../apps";
import { OWNER } from "../ranks";
import { showRestriction } from "../wire";
import type { LiveCallers } from "./callers";
import { named, type Parts } from "./parts";
import { APPOINTED, BAN, ENTRY } from "./shapes";

/** Past what an audit log answers at once. */
const MAX_LOG = 200;

const watched = { access: "stream moderator or key", query: named, refuses: ["not_found"] } as const;
const appointed = {
  ...watched,
  only: "the stream's owner or an admin",
  body: named,
  bodyIs: "optional",
  example: {},
  answer: APPOINTED,
} as const;

export const moderationRoutes = {
  listBans: route("GET /v1/streams/:stream_id/bans", { ...watched, summary: "Bans in force.", answer: listOf(BAN) }),
  listModeration: route("GET /v1/streams/:stream_id/moderation", {
    ...watched,
    summary: "Who did what to whom, why and when: the newest 200 entries of the log.",
    answer: listOf(ENTRY),
  }),
  addModerator: route("PUT /v1/streams/:stream_id/moderators/:user_id", {
    ...appointed,
    summary: "Appoints a moderator of the stream.",
  }),
  removeModerator: route("DELETE /v1/streams/:stream_id/moderators/:user_id", {
    ...appointed,
    summary: "Ends an appointment.",
  }),
};

/** Who keeps order on a stream, and what they did. */
export function moderationHandlers({ moderation }: Parts): RouteHandlers<typeof moderationRoutes, LiveCallers> {
  return {
    listBans: async ({ stream }) => (await moderation.bans(stream.key)).map(showRestriction),
    async listModeration({ stream }) {
      const entries = await moderation.log(stream.key, MAX_LOG);
      return entries.map(({ moderatorId, action, target, reason, until, createdAt }) => ({
        moderator_id: moderatorId,
        action,
        target: target === null ? null : target.slice(target.indexOf("\0") + 1),
        reason,
        until: until === null ? null : iso(until),
        timestamp: iso(createdAt),
      }));
    },
    addModerator: appoint(true),
    removeModerator: appoint(false),
  };

  function appoint(isModerator: boolean) {
    return async ({ stream, actor, params }: Call<typeof moderationRoutes.addModerator, LiveCallers>) => {
      if (actor.rank < OWNER) throw new Refusal("permission_denied", "Only the owner or an admin appoints moderators");
      const { user_id } = params;
      const { appId, streamId } = stream.record;
      await moderation.setModerator(stream.key, keyOf(appId, user_id), isModerator, { moderatorId: actor.userId });
      return { stream_id: streamId, user_id, is_moderator: isModerator };
    };
  }
}
