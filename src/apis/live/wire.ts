import type { Message } from "../../domain/chat/chat";
import type { Restriction } from "../../domain/moderation/moderation";
import type { Session } from "../../realtime/session";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import type { LiveData } from "./session";
import type { Stream } from "./streams";

export type LiveSession = Session<LiveData>;

/** Everybody in the chat of a stream. */
export function chatRoom(stream: Stream): string {
  return `chat ${stream.key}`;
}

/** Everybody who watches it. */
export function streamRoom(stream: Stream): string {
  return `stream ${stream.key}`;
}

/** The user a socket speaks for, as everything inside goes by. */
export function userOf(session: LiveSession): string {
  if (!session.identity) throw new Refusal("authentication_failed", "Authentication required");
  return session.identity.userId;
}

/** A user's id as the app knows it. */
export function shown(user: string): string {
  return user.slice(user.indexOf("\0") + 1);
}

export function show(stream: Stream, message: Message) {
  return {
    message_id: message.id,
    stream_id: stream.record.streamId,
    user_id: shown(message.userId),
    username: message.username,
    message: message.text,
    timestamp: iso(message.createdAt),
  };
}

export function showRestriction({ userId, until, moderatorId, reason, createdAt }: Restriction) {
  return {
    user_id: shown(userId),
    moderator_id: moderatorId,
    reason,
    until: until === null ? null : iso(until),
    timestamp: iso(createdAt),
  };
}
