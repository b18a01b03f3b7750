import { io, type Socket } from "socket.io-client";
import { type Check, call, expectSame, type Target, within } from "../../verify/check";

type Answer = Record<string, unknown>;
/** A room of nobody else's. */
const ROOM = "headend-verify";

/** The examples of studio-slop-studios.md, as its clients run them. */
export const studioChecks: readonly Check[] = [
  ...["/", "/media", "/notifications"].flatMap((namespace): Check[] => [
    {
      name: `welcome and authenticated on ${namespace}`,
      source: "Authentication, Via Handshake",
      run: (target) =>
        withClient(target, namespace, { token: target.token }, async (socket) => {
          const events: string[] = [];
          socket.onAny((event) => events.push(event));
          await heard(socket, "authenticated");
          expectSame("the first events", events.slice(0, 2), ["welcome", "authenticated"]);
        }),
    },
  ]),
  {
    name: "authenticate by event, refused and accepted",
    source: "Authentication, Via Event",
    async run(target) {
      await withClient(target, "/", {}, async (socket) => {
        const refused = Promise.all([heard(socket, "authError"), heard(socket, "disconnect")]);
        expectSame("the answer", (await ask(socket, "authenticate", { token: "jwt-token" })).success, false);
        await refused;
      });
      await withClient(target, "/", {}, async (socket) => {
        expectSame("the answer", (await ask(socket, "authenticate", { token: target.token })).success, true);
      });
    },
  },
  ...(["websocket", "polling"] as const).map((transport) => ({
    name: `the complete client over ${transport}: room, ping, heartbeat, connection info, logout`,
    source: "Example: Complete Client Implementation",
    run: (target: Target) => withClient(target, "/", { token: target.token }, (socket) => chats(socket), [transport]),
  })),
  {
    name: "a job: made, followed and cancelled",
    source: "Client-to-Server Events, subscribeMedia",
    run: (target) =>
      withClient(target, "/media", { token: target.token }, async (socket) => {
        // Of a kind that no worker asks for.
        const { data } = await call<{ data: { mediaId: string } }>(target, "/api/v1/media", { kind: ROOM });
        const { mediaId } = data;
        const state = heard(socket, "mediaProgress");
        expectSame("the answer", await ask(socket, "subscribeMedia", mediaId), { success: true, mediaId });
        expectSame("the last state", await state, { mediaId, progress: 0, stage: "queued" });
        const end = heard<Answer>(socket, "mediaError");
        const headers = { authorization: `Bearer ${target.token}` };
        await fetch(`${target.url}/api/v1/media/${mediaId}`, { method: "DELETE", headers });
        expectSame("the end", (await end).code, "CANCELLED");
        const again = await ask(socket, "unsubscribeMedia", mediaId);
        expectSame("the answer", again, { success: true, mediaId });
      }),
  },
];

async function chats(socket: Socket): Promise<void> {
  await heard(socket, "authenticated");
  const joined = heard(socket, "roomJoined");
  expectSame("joinRoom", await ask(socket, "joinRoom", ROOM), { success: true, room: ROOM });
  expectSame("roomJoined", await joined, { room: ROOM, success: true });
  const pong = heard<Answer>(socket, "pong");
  expectSame("ping", typeof (await ask(socket, "ping")).timestamp, "number");
  expectSame("pong", Object.keys(await pong), ["timestamp"]);
  const beat = await ask(socket, "heartbeat", { timestamp: 0 });
  expectSame("latency of a heartbeat from 1970", beat.latency, beat.timestamp);
  const info = await ask(socket, "getConnectionInfo");
  expectSame("connection info", [info.socketId, info.authenticated], [socket.id, true]);
  const left = heard(socket, "roomLeft");
  expectSame("leaveRoom", await ask(socket, "leaveRoom", ROOM), { success: true, room: ROOM });
  await left;
  const out = heard(socket, "loggedOut");
  expectSame("logout", await ask(socket, "logout"), { success: true });
  await out;
}

/** Opens a socket as the document does; what comes at once is not missed. */
async function withClient(
  { url, socketPath }: Target,
  namespace: string,
  auth: object,
  work: (socket: Socket) => Promise<void>,
  transports = ["websocket", "polling"],
): Promise<void> {
  const socket = io(new URL(url).origin + namespace, {
    path: socketPath,
    auth,
    transports,
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

function ask(socket: Socket, event: string, ...payload: unknown[]): Promise<Answer> {
  return within<Answer>(`the answer to ${event}`, (resolve) => socket.emit(event, ...payload, resolve));
}
