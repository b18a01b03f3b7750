import type { Handlers, Line } from "../../realtime/api";
import { Later } from "../../realtime/dispatch";
import type { SignedInSession } from "../../realtime/session";
import { Refusal } from "../../refusal";
import { memberOf } from "./apps";
import type { LiveContract } from "./contract";
import type { Early } from "./early";
import type { Live } from "./live";
import type { LiveData } from "./session";
import type { Stream, Streams } from "./streams";

type Caller = SignedInSession<LiveData>;

/** Wire to domain. Identity comes from the session; a `user_id` in a payload is only compared with it. */
export function liveHandlers(
  live: Live,
  streams: Streams,
  early: Early,
  { sessions }: Line<LiveContract, LiveData>,
): Handlers<LiveContract, "/", LiveData> {
  const { authority } = live;
  const known = ({ identity }: Caller, streamId: string): Stream => streams.get(memberOf(identity).appId, streamId);
  const made = (session: Caller, streamId: string): Stream =>
    live.toFollow(session, memberOf(session.identity).appId, streamId);

  /** Whether a message came before the join it belongs to; a banned user's join would not help it. */
  const isEarly = (session: Caller, streamId: string): boolean => {
    if (!early.isTooEarly(session, streamId)) return false;
    const stream = streams.find(memberOf(session.identity).appId, streamId);
    return !stream || !live.isBanned(session, stream);
  };

  return {
    authenticate: (session, payload) => sessions.signIn(session, payload.token, { app_id: payload.app_id }),
    "chat:join"(session, { stream_id, user_id, username }) {
      demandSelf(session, user_id);
      try {
        live.join(session, made(session, stream_id), username);
      } catch (error) {
        early.refuse(session, stream_id, error);
        throw error;
      }
      early.release(session, stream_id);
    },
    "chat:leave"(session, { stream_id, user_id }) {
      demandSelf(session, user_id);
      const stream = streams.find(memberOf(session.identity).appId, stream_id);
      if (stream) live.leave(session, stream);
    },
    "chat:message"(session, { stream_id, user_id, username, message, client_id }) {
      demandSelf(session, user_id);
      const say = () => live.say(session, known(session, stream_id), message, username, client_id);
      // Storing takes a moment, which the socket's next message does not wait for.
      return new Later(isEarly(session, stream_id) ? early.hold(session, stream_id, say) : say());
    },
    "chat:typing"(session, { stream_id, user_id, username }) {
      demandSelf(session, user_id);
      live.typing(session, known(session, stream_id), username);
    },
    "stream:subscribe": (session, { stream_id }) => live.subscribe(session, made(session, stream_id)),
    async "moderation:ban"(session, { stream_id, target_user_id, duration, reason }) {
      const stream = known(session, stream_id);
      await authority.restrict(stream, "ban", target_user_id, duration, reason, authority.moderator(session, stream));
    },
    async "moderation:mute"(session, { stream_id, target_user_id, duration, reason }) {
      const stream = known(session, stream_id);
      await authority.restrict(stream, "mute", target_user_id, duration, reason, authority.moderator(session, stream));
    },
    async "moderation:unban"(session, { stream_id, target_user_id, reason }) {
      const stream = known(session, stream_id);
      await authority.lift(stream, "ban", target_user_id, reason, authority.moderator(session, stream));
    },
    async "moderation:unmute"(session, { stream_id, target_user_id, reason }) {
      const stream = known(session, stream_id);
      await authority.lift(stream, "mute", target_user_id, reason, authority.moderator(session, stream));
    },
    async "moderation:delete-message"(session, { stream_id, message_id }) {
      const stream = known(session, stream_id);
      await authority.deleteMessage(stream, message_id, authority.moderator(session, stream));
    },
    async "moderation:slow-mode"(session, mode) {
      const stream = known(session, mode.stream_id);
      await authority.setSlowMode(stream, mode.enabled ? mode.interval : null, authority.moderator(session, stream));
    },
    "reaction:send"(session, { stream_id, user_id, emoji, x, y }) {
      demandSelf(session, user_id);
      const react = () => live.react(session, known(session, stream_id), emoji, x, y);
      // Who watches without chatting may react, and never joins.
      if (live.isWatching(session, stream_id) || !isEarly(session, stream_id)) return react();
      return new Later(early.hold(session, stream_id, async () => react()));
    },
    "analytics:subscribe": (session, { stream_id }) => live.analyze(session, known(session, stream_id)),
  };
}

/** @throws Refusal `permission_denied` when a payload names somebody else */
function demandSelf({ identity }: Caller, userId: string | undefined): void {
  if (userId === undefined || userId === memberOf(identity).userId) return;
  throw new Refusal("permission_denied", "user_id is not yours", { field: "user_id" });
}
