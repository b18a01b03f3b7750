import * as v from "valibot";
import {
  type ClientToServer,
  defineContract,
  type Limit,
  receives,
  type ServerToClient,
  sends,
} from "../../realtime/contract";
import { amount, id, line, maybe, secret, text } from "../../realtime/fields";

const stream = { stream_id: id() };
/** What the document's client sends along; it must be the caller's own. */
const self = { user_id: maybe(id()), username: maybe(line(1, 64)) };
const moderation = {
  access: "user",
  limits: [{ count: 20, periodMs: 60_000, name: "moderation" }] satisfies Limit[],
} as const;
const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(31_536_000));
const duration = v.optional(v.nullable(seconds), null);
const reason = v.optional(v.nullable(line(0, 500)), null);
const target = { ...stream, target_user_id: id(), reason };
/** A grapheme, a short code: any string of 1 to 32 bytes. */
const emoji = v.pipe(
  line(1, 32),
  v.check((value) => Buffer.byteLength(value) <= 32, "must have 1 to 32 bytes"),
);

const member = v.object({ stream_id: v.string(), user_id: v.string(), username: v.string() });
const message = v.object({
  message_id: v.string(),
  stream_id: v.string(),
  user_id: v.string(),
  username: v.string(),
  message: v.string(),
  timestamp: v.string(),
});
const slowMode = v.object({ stream_id: v.string(), enabled: v.boolean(), interval: v.number() });
const deleted = v.object({
  stream_id: v.string(),
  message_id: v.string(),
  moderator_id: v.string(),
  timestamp: v.string(),
});
const restricted = v.object({
  stream_id: v.string(),
  user_id: v.string(),
  moderator_id: v.string(),
  reason: v.nullable(v.string()),
  duration: v.nullable(v.number()),
  until: v.nullable(v.string()),
  timestamp: v.string(),
});
const lifted = v.object({
  stream_id: v.string(),
  user_id: v.string(),
  moderator_id: v.string(),
  timestamp: v.string(),
});
const visit = v.object({ ...member.entries, count: v.number() });

const STREAM = "stream_qwe456";
const USER = "user_abc123";
const AT = "2026-01-01T00:00:00.000Z";
const MESSAGE = {
  message_id: "msg_0198",
  stream_id: STREAM,
  user_id: USER,
  username: "GamerPro",
  message: "Hello everyone!",
  timestamp: AT,
};
const RESTRICTED = {
  stream_id: STREAM,
  user_id: "user_xyz789",
  moderator_id: USER,
  reason: "Spam",
  duration: 3600,
  until: AT,
  timestamp: AT,
};
const LIFTED = { stream_id: STREAM, user_id: "user_xyz789", moderator_id: USER, timestamp: AT };
const DELETED = { stream_id: STREAM, message_id: "msg_0198", moderator_id: USER, timestamp: AT };
const SLOW = { stream_id: STREAM, enabled: true, interval: 5 };

export const liveContract = defineContract({
  title: "Headend live API",
  description: "Stream chat, moderation, reactions, viewer counts and analytics, as RealCast documents them.",
  document: "live-realcast.md",
  namespaces: {
    "/": {
      access: "anyone",
      receives: {
        authenticate: receives({
          summary: "Signs the socket in, where the handshake did not.",
          source: "Authentication",
          access: "anyone",
          signsIn: true,
          payload: v.object({ token: secret(65_536), app_id: maybe(id()) }),
          example: { token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln", app_id: "default" },
        }),
        "chat:join": receives({
          summary: "Joins the chat of a stream, and its events with it.",
          source: "Chat Events, Join Chat Room",
          access: "user",
          payload: v.object({ ...stream, ...self }),
          example: { stream_id: STREAM, user_id: USER, username: "GamerPro" },
        }),
        "chat:leave": receives({
          summary: "Leaves the chat, and the events of the stream unless they were subscribed to.",
          source: "Chat Events, Leave Chat",
          access: "user",
          payload: v.object({ ...stream, ...self }),
          example: { stream_id: STREAM, user_id: USER },
        }),
        "chat:message": receives({
          summary: "Says something to everybody in the chat; client_id makes a resend harmless.",
          source: "Chat Events, Send Message; Rate Limiting",
          access: "user",
          limits: [
            { count: 5, periodMs: 1_000 },
            { count: 100, periodMs: 60_000 },
          ],
          payload: v.object({ ...stream, ...self, message: text(1, 2000), client_id: maybe(line(1, 64)) }),
          ack: v.object({ message_id: v.string() }),
          example: { stream_id: STREAM, message: "Hello everyone!", user_id: USER, username: "GamerPro" },
        }),
        "chat:typing": receives({
          summary: "The others see that one is typing; at most one in 2 s counts.",
          source: "Chat Events, Typing Indicator",
          access: "user",
          payload: v.object({ ...stream, ...self }),
          example: { stream_id: STREAM, user_id: USER, username: "GamerPro" },
        }),
        "stream:subscribe": receives({
          summary: "Follows a stream without its chat.",
          source: "Stream Events, Subscribe to Stream Events",
          access: "user",
          payload: v.object(stream),
          example: { stream_id: STREAM },
        }),
        "moderation:ban": receives({
          ...moderation,
          summary: "Bans a user from the stream, for a time or for good.",
          source: "Moderation Events, Ban User",
          payload: v.object({ ...target, duration }),
          example: { stream_id: STREAM, target_user_id: "user_xyz789", reason: "Spam", duration: 3600 },
        }),
        "moderation:unban": receives({
          ...moderation,
          summary: "Ends a ban.",
          source: "Event Summary, Moderation Events",
          payload: v.object(target),
          example: { stream_id: STREAM, target_user_id: "user_xyz789" },
        }),
        "moderation:mute": receives({
          ...moderation,
          summary: "Takes a user's voice, for a time or for good.",
          source: "Moderation Events, Mute User",
          payload: v.object({ ...target, duration }),
          example: { stream_id: STREAM, target_user_id: "user_xyz789", duration: 300 },
        }),
        "moderation:unmute": receives({
          ...moderation,
          summary: "Ends a mute.",
          source: "Event Summary, Moderation Events",
          payload: v.object(target),
          example: { stream_id: STREAM, target_user_id: "user_xyz789" },
        }),
        "moderation:delete-message": receives({
          ...moderation,
          summary: "Deletes a message for everybody.",
          source: "Moderation Events, Delete Message",
          payload: v.object({ ...stream, message_id: id() }),
          example: { stream_id: STREAM, message_id: "msg_123" },
        }),
        "moderation:slow-mode": receives({
          ...moderation,
          summary: "Sets the time between two messages of a user, or turns that off.",
          source: "Moderation Events, Slow Mode",
          // Whatever interval comes along when it is turned off does not matter.
          payload: v.variant("enabled", [
            v.object({
              ...stream,
              enabled: v.literal(true),
              interval: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(600)),
            }),
            v.object({ ...stream, enabled: v.literal(false), interval: v.optional(v.unknown()) }),
          ]),
          example: { stream_id: STREAM, enabled: true, interval: 5 },
        }),
        "reaction:send": receives({
          summary: "Shows a reaction to all viewers.",
          source: "Reactions, Send Reaction; Rate Limiting",
          access: "user",
          limits: [
            { count: 10, periodMs: 1_000 },
            { count: 300, periodMs: 60_000 },
          ],
          payload: v.object({ ...stream, ...self, emoji, x: maybe(amount(0, 1)), y: maybe(amount(0, 1)) }),
          example: { stream_id: STREAM, emoji: "👍", user_id: USER },
        }),
        "analytics:subscribe": receives({
          summary: "Figures of a stream, at once and from then on.",
          source: "Analytics Events, Request Analytics",
          access: "user",
          payload: v.object(stream),
          example: { stream_id: STREAM },
        }),
      },
      sends: {
        authenticated: sends({
          summary: "The socket is signed in.",
          source: "Authentication",
          payload: v.object({ user_id: v.string(), username: v.string(), app_id: v.string() }),
          example: { user_id: USER, username: "GamerPro", app_id: "app_xyz789" },
        }),
        unauthorized: sends({
          summary: "Signing in failed; the socket is disconnected.",
          source: "Authentication",
          payload: v.object({ message: v.string() }),
          example: { message: "Invalid token" },
        }),
        error: sends({
          summary: "An event was refused; retry_after is in seconds.",
          source: "Error Handling; Rate Limiting",
          payload: v.looseObject({ type: v.string(), message: v.string(), retry_after: v.optional(v.number()) }),
          example: { type: "rate_limit_exceeded", message: "Too many requests", retry_after: 0.2 },
        }),
        "chat:joined": sends({
          summary: "The chat as it is: how many are in it, slow mode, the last 50 messages, oldest first.",
          source: "Chat Events, Join Chat Room",
          payload: v.object({
            stream_id: v.string(),
            online_users: v.number(),
            slow_mode: v.object({ enabled: v.boolean(), interval: v.number() }),
            recent_messages: v.array(message),
          }),
          example: {
            stream_id: STREAM,
            online_users: 1,
            slow_mode: { enabled: false, interval: 0 },
            recent_messages: [MESSAGE],
          },
        }),
        "chat:message": sends({
          summary: "Somebody said something.",
          source: "Chat Events, Receive Messages",
          payload: message,
          example: MESSAGE,
        }),
        "chat:typing": sends({
          summary: "Somebody else is typing.",
          source: "Chat Events, Typing Indicator",
          payload: member,
          example: { stream_id: STREAM, user_id: USER, username: "GamerPro" },
        }),
        "stream:subscribed": sends({
          summary: "The stream as it is.",
          source: "Stream Events, Subscribe to Stream Events",
          payload: v.object({
            stream_id: v.string(),
            status: v.string(),
            title: v.string(),
            started_at: v.nullable(v.string()),
          }),
          example: { stream_id: STREAM, status: "live", title: "My stream", started_at: AT },
        }),
        "stream.live": sends({
          summary: "The stream has begun.",
          source: "Stream Events, Stream Status Events",
          payload: v.object({ stream_id: v.string(), title: v.string(), started_at: v.string() }),
          example: { stream_id: STREAM, title: "My stream", started_at: AT },
        }),
        "stream.offline": sends({
          summary: "The stream has ended; duration in seconds.",
          source: "Stream Events, Stream Status Events",
          payload: v.object({ stream_id: v.string(), duration: v.number(), ended_at: v.string() }),
          example: { stream_id: STREAM, duration: 3600, ended_at: AT },
        }),
        "stream.error": sends({
          summary: "The stream has a problem.",
          source: "Stream Events, Stream Status Events",
          payload: v.object({ stream_id: v.string(), error: v.string() }),
          example: { stream_id: STREAM, error: "The encoder is gone" },
        }),
        "viewer.count.update": sends({
          summary: "How many distinct users watch.",
          source: "Stream Events, Viewer Count Updates",
          payload: v.object({ stream_id: v.string(), count: v.number(), timestamp: v.string() }),
          example: { stream_id: STREAM, count: 1234, timestamp: AT },
        }),
        "viewer.joined": sends({
          summary: "Somebody else has come, while there are at most 100.",
          source: "Event Summary, Stream Events",
          payload: visit,
          example: { stream_id: STREAM, user_id: USER, username: "GamerPro", count: 2 },
        }),
        "viewer.left": sends({
          summary: "Somebody else has gone, while there are at most 100.",
          source: "Event Summary, Stream Events",
          payload: visit,
          example: { stream_id: STREAM, user_id: USER, username: "GamerPro", count: 1 },
        }),
        "user.banned": sends({
          summary: "A user was banned.",
          source: "Moderation Events, Ban User",
          payload: restricted,
          example: RESTRICTED,
        }),
        "user.muted": sends({
          summary: "A user was muted.",
          source: "Moderation Events, Mute User",
          payload: restricted,
          example: RESTRICTED,
        }),
        "user.unbanned": sends({
          summary: "A ban was ended.",
          source: "Event Summary, Moderation Events",
          payload: lifted,
          example: LIFTED,
        }),
        "user.unmuted": sends({
          summary: "A mute was ended.",
          source: "Event Summary, Moderation Events",
          payload: lifted,
          example: LIFTED,
        }),
        "chat.message.deleted": sends({
          summary: "A message was deleted.",
          source: "Moderation Events, Delete Message",
          payload: deleted,
          example: DELETED,
        }),
        "chat:message.deleted": sends({
          summary: "The same under the summary's name.",
          source: "Event Summary, Chat Events",
          payload: deleted,
          example: DELETED,
        }),
        "chat.slow-mode": sends({
          summary: "Slow mode has changed.",
          source: "Moderation Events, Slow Mode",
          payload: slowMode,
          example: SLOW,
        }),
        "chat:slow-mode": sends({
          summary: "The same under the summary's name.",
          source: "Event Summary, Chat Events",
          payload: slowMode,
          example: SLOW,
        }),
        "reaction.sent": sends({
          summary: "A reaction, and where on the picture.",
          source: "Reactions, Receive Reactions",
          payload: v.object({
            stream_id: v.string(),
            emoji: v.string(),
            user_id: v.string(),
            x: v.number(),
            y: v.number(),
            timestamp: v.string(),
          }),
          example: { stream_id: STREAM, emoji: "👍", user_id: USER, x: 0.5, y: 0.5, timestamp: AT },
        }),
        "analytics:update": sends({
          summary: "Figures of the last 60 seconds, the peak of the broadcast, average watch time in seconds.",
          source: "Analytics Events, Request Analytics",
          payload: v.object({
            stream_id: v.string(),
            viewers: v.number(),
            peak_viewers: v.number(),
            messages_per_minute: v.number(),
            reactions_per_minute: v.number(),
            average_watch_time: v.number(),
          }),
          example: {
            stream_id: STREAM,
            viewers: 1234,
            peak_viewers: 2000,
            messages_per_minute: 45,
            reactions_per_minute: 120,
            average_watch_time: 1800,
          },
        }),
      },
    },
  },
});

export type LiveContract = typeof liveContract;
/** For `Socket<LiveEvents, LiveCommands>` of socket.io-client: what the server sends, and what it takes. */
export type LiveEvents = ServerToClient<LiveContract, "/">;
export type LiveCommands = ClientToServer<LiveContract, "/">;
