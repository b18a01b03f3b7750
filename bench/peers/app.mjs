// The peers' application: the playback API and the chat as one writes them with stock socket.io in an afternoon. It
// checks the token, keeps the newest position of every user and item, and passes messages on; no validation, no limits,
// no moderation, no storage.
import { randomUUID } from "node:crypto";
import { jwtVerify } from "jose";

const secret = new TextEncoder().encode(process.env.PEER_JWT_SECRET);

/** Who a token speaks for; rejects when it is not right. */
export async function userOf(token) {
  return (await jwtVerify(token, secret, { algorithms: ["HS256"] })).payload.sub;
}

/** A message as all servers send it. */
export function messageOf(userId, { stream_id, message }) {
  const timestamp = new Date().toISOString();
  return { message_id: `msg_${randomUUID()}`, stream_id, user_id: userId, username: userId, message, timestamp };
}

/** @param io a Socket.IO server, whatever carries it */
export function serve(io) {
  const positions = new Map();
  setInterval(() => positions.clear(), 10_000);

  io.use((socket, next) => {
    const { token } = socket.handshake.auth;
    if (!token) return next();
    userOf(token).then((userId) => {
      socket.data.userId = userId;
      next();
    }, next);
  });

  io.on("connection", (socket) => {
    if (socket.data.userId) socket.emit("authenticated", { user_id: socket.data.userId });
    socket.on("chat:join", ({ stream_id }) => {
      socket.join(stream_id);
      socket.emit("chat:joined", { stream_id });
    });
    socket.on("chat:message", (data) => {
      io.to(data.stream_id).emit("chat:message", messageOf(socket.data.userId, data));
    });
    socket.on("authenticate", async (data, ack) => {
      try {
        socket.data.userId = await userOf(data.token);
        ack?.({ success: true });
      } catch {
        console.warn("An unauthorized user attempted connection");
        socket.disconnect(true);
      }
    });
    socket.on("playing", (data, ack) => {
      if (!socket.data.userId) return;
      const itemId = data.type === "tv" ? data.episodeId : data.movieId;
      positions.set(`${socket.data.userId}:${itemId}`, { time: data.time, progress: data.progress });
      ack?.({ success: true });
    });
  });
}
