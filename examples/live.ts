// A chat client for the terminal: joins a stream, shows what is said, and says what is typed.
//
//   bun examples/live.ts "$(bun run --silent headend token u1)" [stream] [http://localhost:7070]

import { ask, connectLive, type HeadendError } from "headend/client";

const [token, stream_id = "stream_qwe456", url = "http://localhost:7070"] = process.argv.slice(2);
if (!token) throw new Error("usage: bun examples/live.ts TOKEN [STREAM] [URL]");

const told = ({ code, reason, message }: HeadendError) => console.log(`-- ${reason ?? code}: ${message}`);
const socket = connectLive(url, { token, onRefused: told });

socket.on("connect", () => socket.emit("chat:join", { stream_id }));
socket.on("chat:joined", ({ online_users, recent_messages }) => {
  for (const { username, message } of recent_messages) console.log(`${username}: ${message}`);
  console.log(`-- ${online_users} in the chat; type and press Enter`);
});
socket.on("chat:message", ({ username, message }) => console.log(`${username}: ${message}`));
socket.on("viewer.count.update", ({ count }) => console.log(`-- ${count} viewers`));
socket.on("disconnect", (reason) => console.log("-- disconnected:", reason));

for await (const message of console) ask(socket, "chat:message", { stream_id, message }).catch(told);
