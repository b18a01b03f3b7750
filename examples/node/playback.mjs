// A player: signs in, says where it is every five seconds, and plays what it is told to.
//
//   node examples/node/playback.mjs "$TOKEN" [http://localhost:8080]

import { io } from "socket.io-client";

const [token, url = "http://localhost:8080"] = process.argv.slice(2);
const socket = io(url, { auth: { name: "Node player" } });
let item = { type: "movie", movieId: "123-456" };
let time = 0;

// Signed in for as long as the connection lasts: again after every reconnect.
socket.on("connect", () => {
  socket.emit("authenticate", { token }, (answer) => {
    console.log(answer.success ? "signed in" : `not signed in: ${answer.error}`);
    report();
  });
});
socket.on("play", (data, acknowledge) => {
  item = data.movieId ? { type: "movie", movieId: data.movieId } : { type: "tv", episodeId: data.episodeId };
  time = 0;
  console.log("now playing", data.movieId ?? data.episodeId);
  acknowledge?.();
  report();
});
socket.on("disconnect", (reason) => console.log("disconnected:", reason));

function report() {
  if (socket.connected) socket.emit("playing", { ...item, time, progress: Math.min(1, time / 7200) });
}
setInterval(() => {
  time += 5;
  report();
}, 5_000);
