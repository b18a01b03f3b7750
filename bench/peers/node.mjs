// Stock socket.io on Node, with ws under it.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { serve } from "./app.mjs";

const http = createServer((request, response) => {
  response.writeHead(request.url === "/readyz" ? 200 : 404).end();
});
const io = new Server(http);
serve(io);
http.listen(Number(process.env.PEER_PORT), "127.0.0.1");
