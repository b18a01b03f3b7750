// The floor: Bun's own websockets and topics, without Socket.IO. It speaks just enough of the wire for the load side to
// take it for the others; what is not said there is not understood here.
import { messageOf, userOf } from "./app.mjs";

const HEARTBEAT_MS = 25_000;
const EVERYBODY = "everybody";
const HELLO = '0{"sid":"bare","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

const positions = new Map();
setInterval(() => positions.clear(), 10_000);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PEER_PORT),
  fetch(request, server) {
    if (server.upgrade(request, { data: { userId: undefined } })) return undefined;
    return new Response(null, { status: new URL(request.url).pathname === "/readyz" ? 200 : 404 });
  },
  websocket: {
    sendPings: false,
    open(ws) {
      ws.subscribe(EVERYBODY);
      ws.send(HELLO);
    },
    message(ws, packet) {
      if (packet.startsWith("42")) receive(ws, packet);
      else if (packet.startsWith("40")) void connect(ws, packet);
    },
  },
});
setInterval(() => server.publish(EVERYBODY, "2"), HEARTBEAT_MS);

async function connect(ws, packet) {
  const { token } = packet.length > 2 ? JSON.parse(packet.slice(2)) : {};
  if (token) ws.data.userId = await userOf(token);
  ws.send('40{"sid":"bare"}');
  if (token) ws.send(`42["authenticated",{"user_id":"${ws.data.userId}"}]`);
}

function receive(ws, packet) {
  const start = packet.indexOf("[");
  const answer = `43${packet.slice(2, start)}[{"success":true}]`;
  const [event, data] = JSON.parse(packet.slice(start));
  if (event === "chat:message") {
    server.publish(data.stream_id, `42${JSON.stringify([event, messageOf(ws.data.userId, data)])}`);
  } else if (event === "playing") {
    positions.set(`${ws.data.userId}:${data.movieId}`, { time: data.time, progress: data.progress });
    ws.send(answer);
  } else if (event === "chat:join") {
    ws.subscribe(data.stream_id);
    ws.send(`42${JSON.stringify(["chat:joined", { stream_id: data.stream_id }])}`);
  } else if (event === "authenticate") {
    userOf(data.token).then((userId) => {
      ws.data.userId = userId;
      ws.send(answer);
    });
  }
}
