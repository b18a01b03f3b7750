// The peer: the playback API and the chat as one writes them with stock socket.io on Node in an afternoon. It checks the
// token, keeps the newest position of every user and item, and passes messages on; no validation, no limits, no storage.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { jwtVerify } from "jose";
import { Server } from "socket.io";

const secret = new TextEncoder().encode(process.env.STOCK_JWT_SECRET);
const buffer = new Map();

const http = createServer((request, response) => {
  response.writeHead(request.url === "/readyz" ? 200 : 404).end();
});
const io = new Server(http, { cors: { origin: "*" } });

io.use(async (socket, next) => {
  const { token } = socket.handshake.auth;
  if (token) socket.data.userId = (await jwtVerify(token, secret, { algorithms: ["HS256"] })).payload.sub;
  next();
});

io.on("connection", (socket) => {
  if (socket.data.userId) socket.emit("authenticated", { user_id: socket.data.userId });
  socket.on("chat:join", ({ stream_id }) => {
    socket.join(stream_id);
    socket.emit("chat:joined", { stream_id });
  });
  socket.on("chat:message", ({ stream_id, message }) => {
    const { userId } = socket.data;
    const timestamp = new Date().toISOString();
    const said = {
      message_id: `msg_${randomUUID()}`,
      stream_id,
      user_id: userId,
      username: userId,
      message,
      timestamp,
    };
    io.to(stream_id).emit("chat:message", said);
  });
  socket.on("authenticate", async (data, ack) => {
    try {
      const { payload } = await jwtVerify(data.token, secret, { algorithms: ["HS256"] });
      socket.data.userId = payload.sub;
      ack?.({ success: true });
    } catch {
      console.warn("An unauthorized user attempted connection");
      socket.disconnect(true);
    }
  });
  socket.on("playing", (data, ack) => {
    if (!socket.data.userId) return;
    const itemId = data.type === "tv" ? data.episodeId : data.movieId;
    buffer.set(`${socket.data.userId}:${itemId}`, { time: data.time, progress: data.progress });
    ack?.({ success: true });
  });
});

setInterval(() => buffer.clear(), 10_000);
http.listen(Number(process.env.STOCK_PORT), "127.0.0.1");
process.on("SIGTERM", () => {
  io.close();
  process.exit(0);
});
