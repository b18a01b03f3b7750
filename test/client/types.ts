// What must compile, and what must not: `bun run check` fails when a line under `@ts-expect-error` has no error. Nothing
// here runs.

import {
  ask,
  connectLearning,
  connectLive,
  connectPlayback,
  connectRequests,
  connectStudio,
  type ErrorCode,
  type LiveCommands,
  type LiveEvents,
} from "headend/client";
import type { Socket } from "socket.io-client";

const url = "http://localhost:7070";
const token = "a.b.c";

export async function live(): Promise<void> {
  const socket = connectLive(url, { token, appId: "default", reconnectionDelay: 100 });
  // It is socket.io-client's own socket.
  const same: Socket<LiveEvents, LiveCommands> = socket;
  same.on("connect", () => socket.emit("chat:join", { stream_id: "s" }));
  socket.on("chat:message", ({ username, message }) => console.log(username.toUpperCase(), message.length));
  socket.emit("chat:message", { stream_id: "s", message: "hi" }, (answer) => {
    if (answer.success) console.log(answer.message_id);
    else console.log(answer.error, answer.code);
  });
  const { message_id } = await ask(socket, "chat:message", { stream_id: "s", message: "hi" }, { timeoutMs: 100 });
  message_id.toUpperCase();
  await ask(socket, "moderation:slow-mode", { stream_id: "s", enabled: false });

  // @ts-expect-error a field is missing
  socket.emit("chat:message", { stream_id: "s" });
  // @ts-expect-error a field is of another type
  socket.emit("chat:message", { stream_id: "s", message: 7 });
  // @ts-expect-error a field that the event does not have
  socket.emit("chat:message", { stream_id: "s", message: "hi", color: "red" });
  // @ts-expect-error no such event
  socket.emit("chat:massage", { stream_id: "s", message: "hi" });
  // @ts-expect-error an event of the server
  socket.emit("viewer.count.update", { stream_id: "s", count: 1, timestamp: "" });
  // @ts-expect-error no such event
  socket.on("chat:massage", () => {});
  // @ts-expect-error an event of the client
  socket.on("moderation:ban", () => {});
  // @ts-expect-error a handler that wants something else
  socket.on("viewer.count.update", (count: number) => console.log(count));
  // @ts-expect-error a field that does not come
  socket.on("chat:message", ({ text }) => console.log(text));
  // @ts-expect-error an interval is needed to turn it on
  await ask(socket, "moderation:slow-mode", { stream_id: "s", enabled: true });
  // @ts-expect-error no payload
  await ask(socket, "chat:join");
  // @ts-expect-error a field that the answer does not have
  (await ask(socket, "chat:join", { stream_id: "s" })).message_id;
  // @ts-expect-error a token is needed
  connectLive(url, {});
  // @ts-expect-error the option is called appId
  connectLive(url, { token, app_id: "default" });
}

export async function playback(): Promise<void> {
  const socket = connectPlayback(url, { token: async () => token, name: "TV" });
  socket.on("play", (item, acknowledge) => {
    if ("movieId" in item) console.log(item.movieId.length);
    acknowledge?.();
  });
  await ask(socket, "playing", { type: "tv", episodeId: 7, time: 60, progress: 0.5 });
  // @ts-expect-error a movie has no episode
  await ask(socket, "playing", { type: "movie", episodeId: 7, time: 60, progress: 0.5 });
  // @ts-expect-error neither of the two
  socket.emit("playing", { type: "radio", movieId: "m", time: 60, progress: 0.5 });
}

export async function requests(): Promise<void> {
  const media = connectRequests(url, { namespace: "/media", withCredentials: true });
  media.on("media:request:status", ({ currentStatus }) => currentStatus === "available");
  const { superseded } = await ask(media, "media:search", { query: "incep" });
  superseded.valueOf() satisfies boolean;
  connectRequests(url).on("system:health", ({ status }) => status === "healthy");
  // @ts-expect-error no state of a request
  media.on("media:request:status", ({ currentStatus }) => currentStatus === "ready");
  // @ts-expect-error an event of another namespace
  media.on("system:metrics", () => {});
  // @ts-expect-error this namespace takes nothing
  connectRequests(url).emit("media:search", { query: "incep" });
  // @ts-expect-error no such namespace
  connectRequests(url, { namespace: "/movies" });
}

export async function studio(): Promise<void> {
  const media = connectStudio(url, { namespace: "/media", token });
  media.on("mediaProgress", ({ progress, stage }) => console.log(progress.toFixed(), stage));
  media.emit("subscribeMedia", "id", ({ success }) => success);
  // A payload that may be left out need not make room for the callback, as the document writes it.
  media.emit("ping", (answer) => answer.success && answer.timestamp.toFixed());
  media.emit("ping");
  media.emit("heartbeat", { timestamp: 1 }, (answer) => answer.success && answer.latency);
  (await ask(media, "getConnectionInfo")).rooms.join();
  (await ask(media, "heartbeat", { timestamp: 1 })).serverTime.length;
  // @ts-expect-error a job's id is needed
  media.emit("subscribeMedia");
  // @ts-expect-error an object is no id
  await ask(media, "subscribeMedia", { mediaId: "id" });
  // @ts-expect-error jobs are told in /media
  connectStudio(url, { token }).on("mediaProgress", () => {});
  // @ts-expect-error a time is a number
  await ask(media, "heartbeat", { timestamp: "now" });
}

export function learning(): void {
  const socket = connectLearning(url, {
    token,
    onRefused: ({ code, retryAfterMs, field }) => console.log(code satisfies ErrorCode, retryAfterMs?.toFixed(), field),
  });
  socket.on("new_chat_message", ({ user_email, message }) => console.log(user_email, message));
  socket.emit("video_progress", { video_id: "v", course_id: 7, progress: 50, timestamp: 300 });
  // @ts-expect-error seconds are a number
  socket.emit("video_progress", { video_id: "v", course_id: "c", progress: 50, timestamp: "300" });
  connectLearning(url, {
    token,
    // @ts-expect-error no code of ours
    onRefused: ({ code }) => code === "teapot",
  });
}
