// The peer: the playback API as one writes it with stock socket.io on Node in an afternoon. It checks the token and
// keeps the newest position of every user and item; no validation, no limits, no storage behind the buffer.
import { createServer } from "node:http";
import { jwtVerify } from "jose";
import { Server } from "socket.io";

const secret = new TextEncoder().encode(process.env.STOCK_JWT_SECRET);
const buffer = new Map();

const http = createServer((request, response) => {
  response.writeHead(request.url === "/readyz" ? 200 : 404).end();
});
const io = new Server(http, { cors: { origin: "*" } });

io.on("connection", (socket) => {
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
