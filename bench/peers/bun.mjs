// Stock socket.io on Bun: its own engine for Bun, its default adapter.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { serve } from "./app.mjs";

const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);
serve(io);
const handler = engine.handler();
Bun.serve({
  ...handler,
  hostname: "127.0.0.1",
  port: Number(process.env.PEER_PORT),
  fetch: (request, server) =>
    new URL(request.url).pathname === "/readyz" ? new Response() : handler.fetch(request, server),
});
