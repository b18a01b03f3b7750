import { io, type Socket } from "socket.io-client";
import { type Check, expectSame, type Target, within } from "../../verify/check";

const STREAM = "headend-verify";
const USER = "headend-verify";

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
];

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
