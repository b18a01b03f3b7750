import * as v from "valibot";
import { type ClientToServer, defineContract, receives, type ServerToClient, sends } from "../../realtime/contract";
import { amount, id, secret } from "../../realtime/fields";

/** A room as clients name it. */
export const roomName = v.pipe(
  v.string(),
  v.metadata({ minLength: 1, maxLength: 128 }),
  v.trim(),
  v.check((text) => /^[A-Za-z0-9_:.-]{1,128}$/.test(text), "must have 1 to 128 letters, digits, -, _, : or ."),
);
/** What comes with an event that needs nothing is not looked at. */
const nothing = v.optional(v.unknown());

const room = v.object({ room: v.string(), success: v.literal(true) });
const moment = { timestamp: v.number() };
const beat = v.object({ ...moment, serverTime: v.string(), latency: v.nullable(v.number()) });
const anything = v.record(v.string(), v.unknown());

const USER = "user_abc123";
const ROOM = "project-123";
const MEDIA = "0198c0de-0000-7000-8000-000000000001";
const AT = "2026-01-01T00:00:00.000Z";
const MS = 1_767_225_600_000;

/** What every namespace hears. */
const commonReceives = {
  authenticate: receives({
    summary: "Signs the socket in, or extends or switches it. An invalid token disconnects, a missing one does not.",
    source: "Client-to-Server Events, authenticate",
    access: "anyone",
    signsIn: true,
    payload: v.object({ token: secret(65_536) }),
    ack: v.object({ userId: v.string() }),
    example: { token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln" },
  }),
  logout: receives({
    summary: "Makes this socket a guest's, without rooms; the token stays good.",
    source: "Client-to-Server Events, logout",
    access: "user",
    payload: nothing,
    example: undefined,
  }),
  joinRoom: receives({
    summary: "Joins a room; the payload is its name. A declared room admits its members only.",
    source: "Client-to-Server Events, joinRoom; Rooms",
    access: "user",
    payload: roomName,
    ack: v.object({ room: v.string() }),
    example: ROOM,
  }),
  leaveRoom: receives({
    summary: "Leaves a room; the payload is its name.",
    source: "Client-to-Server Events, leaveRoom",
    access: "user",
    payload: roomName,
    ack: v.object({ room: v.string() }),
    example: ROOM,
  }),
  getConnectionInfo: receives({
    summary: "What the server knows of this socket; answered by acknowledgement only.",
    source: "Client-to-Server Events, getConnectionInfo",
    access: "anyone",
    payload: nothing,
    ack: v.object({
      socketId: v.string(),
      connected: v.boolean(),
      rooms: v.array(v.string()),
      authenticated: v.boolean(),
      connectedAt: v.string(),
    }),
    example: undefined,
  }),
  ping: receives({
    summary: "Asks for the server's time.",
    source: "Client-to-Server Events, ping",
    access: "anyone",
    payload: nothing,
    ack: v.object(moment),
    example: undefined,
  }),
  heartbeat: receives({
    summary: "Asks how long the way here took, by the client's own time in ms.",
    source: "Client-to-Server Events, heartbeat",
    access: "anyone",
    payload: v.optional(v.object({ timestamp: v.nullish(amount(0)) }), {}),
    ack: beat,
    example: { timestamp: MS },
  }),
};

/** What every namespace says. */
const commonSends = {
  welcome: sends({
    summary: "The first event of every namespace.",
    source: "Server-to-Client Events, welcome",
    payload: v.object({ message: v.string(), socketId: v.string(), serverTime: v.string() }),
    example: { message: "Welcome to Slop Studios", socketId: "x7Gk2", serverTime: AT },
  }),
  authenticated: sends({
    summary: "The socket is signed in and in the room user:{userId}.",
    source: "Server-to-Client Events, authenticated",
    payload: v.object({ userId: v.string(), email: v.optional(v.string()), authenticatedAt: v.string() }),
    example: { userId: USER, email: "gamer@example.com", authenticatedAt: AT },
  }),
  authError: sends({
    summary: "Signing in failed, or the session has ended.",
    source: "Server-to-Client Events, authError",
    payload: v.object({ message: v.string() }),
    example: { message: "Invalid token" },
  }),
  loggedOut: sends({
    summary: "The socket is a guest's now.",
    source: "Server-to-Client Events, loggedOut",
    payload: v.object({ message: v.string() }),
    example: { message: "Logged out" },
  }),
  roomJoined: sends({
    summary: "The socket is in the room.",
    source: "Server-to-Client Events, roomJoined",
    payload: room,
    example: { room: ROOM, success: true as const },
  }),
  roomLeft: sends({
    summary: "The socket is not in the room, by its own wish or because it is no member any more.",
    source: "Server-to-Client Events, roomLeft",
    payload: room,
    example: { room: ROOM, success: true as const },
  }),
  pong: sends({
    summary: "The server's time, epoch ms.",
    source: "Server-to-Client Events, pong",
    payload: v.object(moment),
    example: { timestamp: MS },
  }),
  heartbeatAck: sends({
    summary: "The server's time, and how long the heartbeat was on its way (ms; null where it carried no time).",
    source: "Server-to-Client Events, heartbeatAck",
    payload: beat,
    example: { timestamp: MS, serverTime: AT, latency: 12 },
  }),
  error: sends({
    summary: "An event was refused that asked for no acknowledgement; retryAfter is in seconds.",
    source: "Error Handling",
    payload: v.looseObject({ message: v.string(), code: v.string(), retryAfter: v.optional(v.number()) }),
    example: { message: "Too many requests", code: "rate_limit_exceeded", retryAfter: 0.05 },
  }),
};

export const studioContract = defineContract({
  title: "Headend studio API",
  description: "Media generation jobs, rooms and notifications, as Slop Studios 3 documents them.",
  document: "studio-slop-studios.md",
  namespaces: {
    "/": { access: "anyone", receives: commonReceives, sends: commonSends },
    "/media": {
      access: "anyone",
      receives: {
        ...commonReceives,
        subscribeMedia: receives({
          summary: "Follows a job; the payload is its id. Its last state comes right after the answer.",
          source: "Client-to-Server Events, subscribeMedia",
          access: "user",
          payload: id(),
          ack: v.object({ mediaId: v.string() }),
          example: MEDIA,
        }),
        unsubscribeMedia: receives({
          summary: "Follows a job no longer; the payload is its id.",
          source: "Client-to-Server Events, unsubscribeMedia",
          access: "user",
          payload: id(),
          ack: v.object({ mediaId: v.string() }),
          example: MEDIA,
        }),
      },
      sends: {
        ...commonSends,
        mediaProgress: sends({
          summary: "How far a job is, 0 to 100; never goes back.",
          source: "Server-to-Client Events, mediaProgress",
          payload: v.object({
            mediaId: v.string(),
            progress: v.number(),
            stage: v.string(),
            message: v.optional(v.string()),
          }),
          example: { mediaId: MEDIA, progress: 40, stage: "rendering", message: "Row 40 of 100" },
        }),
        mediaComplete: sends({
          summary: "The job is done; nothing follows.",
          source: "Server-to-Client Events, mediaComplete",
          payload: v.object({
            mediaId: v.string(),
            url: v.string(),
            thumbnailUrl: v.optional(v.string()),
            metadata: v.optional(anything),
          }),
          example: { mediaId: MEDIA, url: "https://media.example.com/1.png", metadata: { width: 512 } },
        }),
        mediaError: sends({
          summary: "The job has failed, was cancelled (CANCELLED) or lost its worker (WORKER_LOST); nothing follows.",
          source: "Server-to-Client Events, mediaError",
          payload: v.object({ mediaId: v.string(), error: v.string(), code: v.optional(v.string()) }),
          example: { mediaId: MEDIA, error: "The job was cancelled", code: "CANCELLED" },
        }),
      },
    },
    "/notifications": {
      access: "anyone",
      receives: commonReceives,
      sends: {
        ...commonSends,
        notification: sends({
          summary: "News for the user; the newest 50 unread ones come again when the socket is signed in.",
          source: "Server-to-Client Events, notification",
          payload: v.object({
            id: v.string(),
            type: v.picklist(["info", "success", "warning", "error"]),
            title: v.string(),
            message: v.string(),
            timestamp: v.string(),
            data: v.optional(anything),
          }),
          example: {
            id: MEDIA,
            type: "success" as const,
            title: "Ready",
            message: "Your picture is ready",
            timestamp: AT,
            data: { mediaId: MEDIA },
          },
        }),
      },
    },
  },
});

export type StudioContract = typeof studioContract;
export type StudioNamespace = keyof StudioContract["namespaces"];
/** For `Socket<StudioEvents<"/media">, StudioCommands<"/media">>` of socket.io-client: what the server sends, and what it takes. */
export type StudioEvents<N extends StudioNamespace = "/"> = ServerToClient<StudioContract, N>;
export type StudioCommands<N extends StudioNamespace = "/"> = ClientToServer<StudioContract, N>;
