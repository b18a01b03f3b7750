// A playback client: signs in, reports where it is every five seconds, and plays what it is told to.
//
//   bun examples/playback.ts "$(bun run --silent headend token u1)" [http://localhost:8080]

import { connectPlayback } from "headend/client";

const [token, url = "http://localhost:8080"] = process.argv.slice(2);
if (!token) throw new Error("usage: bun examples/playback.ts TOKEN [URL]");

const socket = connectPlayback(url, {
  token,
  name: "Example player",
  onRefused: ({ code, message }) => console.log(`-- ${code}: ${message}`),
});
let movieId = "123-456";
let time = 0;

socket.on("connect", () => console.log("connected"));
socket.on("play", (item, acknowledge) => {
  console.log("told to play", item);
  if ("movieId" in item) movieId = item.movieId;
  time = 0;
  acknowledge?.();
});
socket.on("disconnect", (reason) => console.log("disconnected:", reason));

setInterval(() => {
  time += 5;
  socket.emit("playing", { type: "movie", movieId, time, progress: Math.min(1, time / 7200) });
}, 5000);
