// A bot in a stream's chat: answers !viewers and !uptime, and is glad when the stream goes live.
//
//   node examples/node/live.mjs "$TOKEN" [stream_qwe456] [http://localhost:7070]

import { io } from "socket.io-client";

const [token, stream_id = "stream_qwe456", url = "http://localhost:7070"] = process.argv.slice(2);
const socket = io(url, { auth: { token } });
let me;
let viewers = 0;
let startedAt = null;

const say = (message) => socket.emit("chat:message", { stream_id, message });

socket.on("authenticated", ({ user_id }) => {
  me = user_id;
});
// The rooms of before are gone after a reconnect.
socket.on("connect", () => {
  socket.emit("chat:join", { stream_id });
  socket.emit("stream:subscribe", { stream_id });
});
socket.on("chat:joined", ({ online_users }) => console.log(`in the chat with ${online_users}`));
socket.on("stream:subscribed", ({ started_at }) => {
  startedAt = started_at;
});
socket.on("stream.live", ({ title, started_at }) => {
  startedAt = started_at;
  say(`${title} has begun!`);
});
socket.on("stream.offline", () => {
  startedAt = null;
});
socket.on("viewer.count.update", ({ count }) => {
  viewers = count;
});
socket.on("chat:message", ({ user_id, username, message }) => {
  console.log(`${username}: ${message}`);
  if (user_id === me) return;
  if (message === "!viewers") say(`${viewers} of us are watching`);
  if (message === "!uptime") {
    const minutes = startedAt && Math.round((Date.now() - Date.parse(startedAt)) / 60_000);
    say(startedAt ? `on air for ${minutes} minutes` : "not on air");
  }
});
socket.on("error", ({ type, message, retry_after }) => console.log(`${type}: ${message}`, retry_after ?? ""));
