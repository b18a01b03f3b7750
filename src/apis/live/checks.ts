import { io, type Socket } from "socket.io-client";
import { type Check, call, expectSame, pause, type Target, within } from "../../verify/check";

const STREAM = "headend-verify";
const USER = "headend-verify";
const VIEWER = `${USER}-viewer`;

/** The examples of live-realcast.md, as its clients run them. */
export const liveChecks: readonly Check[] = [
  {
    name: "authenticate in the handshake",
    source: "Authentication, Option 1",
    run: (target) =>
      withClient(target, { token: target.token, app_id: "default" }, async (socket) => {
        expectSame("user", (await heard<{ user_id: string }>(socket, "authenticated")).user_id, USER);
      }),
  },
  {
    name: "authenticate by event, refused and accepted",
    source: "Authentication, Option 2",
    async run(target) {
      await withClient(target, {}, async (socket) => {
        const refused = Promise.all([heard(socket, "unauthorized"), heard(socket, "disconnect")]);
        socket.emit("authenticate", { token: "your_jwt_token", app_id: "default" });
        await refused;
      });
      await withClient(target, {}, async (socket) => {
        const accepted = heard(socket, "authenticated");
        socket.emit("authenticate", { token: target.token, app_id: "default" });
        await accepted;
      });
    },
  },
  {
    name: "the chat class: join, message and reaction sent at once",
    source: "Complete Chat Example",
    run: (target) =>
      withClient(target, { token: target.token, app_id: "default" }, async (socket) => {
        const self = { stream_id: STREAM, user_id: USER, username: "Headend verify" };
        const events = ["chat:joined", "viewer.count.update", "chat:message", "reaction.sent"];
        const all = Promise.all(events.map((event) => heard<Record<string, unknown>>(socket, event)));
        socket.on("connect", () => socket.emit("chat:join", self));
        socket.emit("chat:message", { ...self, message: "Hello everyone!" });
        socket.emit("reaction:send", { ...self, emoji: "👍" });
        const [, , message, reaction] = await all;
        expectSame("message", message?.message, "Hello everyone!");
        expectSame("reaction", reaction?.emoji, "👍");
      }),
  },
  {
    name: "subscribe to a stream and to its analytics",
    source: "Stream Events; Analytics Events",
    run: (target) =>
      withClient(target, { token: target.token, app_id: "default" }, async (socket) => {
        const all = Promise.all([heard(socket, "stream:subscribed"), heard<object>(socket, "analytics:update")]);
        socket.emit("stream:subscribe", { stream_id: STREAM });
        socket.emit("analytics:subscribe", { stream_id: STREAM });
        const keys = [
          "stream_id",
          "viewers",
          "peak_viewers",
          "messages_per_minute",
          "reactions_per_minute",
          "average_watch_time",
        ];
        expectSame("figures", Object.keys((await all)[1]), keys);
      }),
  },
  {
    name: "the others see who is typing; who leaves hears no more",
    source: "Typing Indicator; Leave Chat",
    run: (target) =>
      withTwo(target, async ({ viewer, moderator }) => {
        let isSeen = false;
        const typing = heard<{ user_id: string }>(moderator, "chat:typing").finally(() => {
          isSeen = true;
        });
        // As keystrokes come: of those of 2 s one counts, which may have been that of an earlier look.
        const type = async () => {
          for (; !isSeen; await pause(100)) await asked(viewer, "chat:typing", { username: "Verify viewer" });
        };
        const [{ user_id }] = await Promise.all([typing, type()]);
        expectSame("who", user_id, VIEWER);
        await asked(viewer, "chat:leave", {});
        const late = await viewer.emitWithAck("chat:message", { stream_id: STREAM, message: "Still here?" });
        expectSame("refusal", late.code, "permission_denied");
      }),
  },
  {
    name: "a moderator deletes, slows down, mutes and bans; everybody hears of it",
    source: "Moderation Events",
    run: (target) =>
      withTwo(target, async ({ viewer, moderator }) => {
        const { message_id } = await asked(viewer, "chat:message", { message: "Spam" });
        // Of two spellings the second comes last, so that the first one is never mistaken for that of the next act.
        for (const [act, more, event, field, value] of [
          ["moderation:delete-message", { message_id }, "chat.message.deleted", "message_id", message_id],
          ["moderation:slow-mode", { enabled: true, interval: 5 }, "chat:slow-mode", "interval", 5],
          ["moderation:slow-mode", { enabled: false }, "chat.slow-mode", "enabled", false],
          ["moderation:mute", { target_user_id: VIEWER, duration: 60 }, "user.muted", "duration", 60],
          [
            "moderation:ban",
            { target_user_id: VIEWER, duration: 60, reason: "Spam" },
            "user.banned",
            "user_id",
            VIEWER,
          ],
          ["moderation:unmute", { target_user_id: VIEWER }, "user.unmuted", "user_id", VIEWER],
          ["moderation:unban", { target_user_id: VIEWER }, "user.unbanned", "user_id", VIEWER],
        ] as const) {
          const [told] = await Promise.all([
            // Who is banned hears no more of it.
            heard<Record<string, unknown>>(event.startsWith("user.un") ? moderator : viewer, event),
            asked(moderator, act, more),
          ]);
          expectSame(event, told[field], value);
        }
      }),
  },
  {
    name: "a stream begins and ends",
    source: "Stream Status Events",
    run: (target) =>
      withTwo(target, async ({ viewer, token }) => {
        const server = { url: target.url, token };
        // Where an earlier look was cut short.
        await call(server, `/v1/streams/${STREAM}/offline`, {});
        for (const state of ["live", "offline"]) {
          const [told] = await Promise.all([
            heard<{ stream_id: string }>(viewer, `stream.${state}`),
            call(server, `/v1/streams/${STREAM}/${state}`, {}),
          ]);
          expectSame(`stream.${state}`, told.stream_id, STREAM);
        }
      }),
  },
];

/** A viewer and a moderator in the chat of the stream. */
async function withTwo(
  target: Target,
  work: (two: { viewer: Socket; moderator: Socket; token: string }) => Promise<void>,
): Promise<void> {
  const token = await target.sign("moderator", "moderator");
  await withClient(target, { token: await target.sign("viewer"), app_id: "default" }, (viewer) =>
    withClient(target, { token, app_id: "default" }, async (moderator) => {
      for (const socket of [viewer, moderator]) await asked(socket, "chat:join", {});
      await work({ viewer, moderator, token });
    }),
  );
}

/** Sends an event of the stream, and throws when it is refused. */
async function asked(socket: Socket, event: string, more: object): Promise<Record<string, unknown>> {
  const answer = await within<Record<string, unknown>>(`the answer to ${event}`, (resolve) =>
    socket.emit(event, { stream_id: STREAM, ...more }, resolve),
  );
  if (answer.success !== true) throw new Error(`${event} was refused: ${answer.error}`);
  return answer;
}

/** Opens a socket that may be used before it is connected, as the document's class does. */
async function withClient(
  { url, socketPath }: Target,
  auth: object,
  work: (socket: Socket) => Promise<void>,
): Promise<void> {
  const socket = io(new URL(url).origin, {
    path: socketPath,
    auth,
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
  });
  try {
    await work(socket);
  } finally {
    socket.close();
  }
}

function heard<T>(socket: Socket, event: string): Promise<T> {
  return within<T>(event, (resolve) => socket.once(event, resolve));
}
