// A student: watches a video, says how far, asks a question, and sees what the others say.
//
//   node examples/node/learning.mjs "$TOKEN" [course123] [video123] [http://localhost:5000]

import { io } from "socket.io-client";

const [token, course_id = "course123", video_id = "video123", url = "http://localhost:5000"] = process.argv.slice(2);
const DURATION = 600;
const socket = io(url, { auth: { token } });
let second = 0;

socket.on("connect", () => {
  socket.emit("join_course", { course_id });
  socket.emit("join_video", { video_id });
});
socket.once("video_history", ({ messages }) => {
  for (const { user_email, message } of messages) console.log(`${user_email}: ${message}`);
  // With a client_id of one's own, sending again does no harm.
  const question = { video_id, message: "What is an outer join?", client_id: "question-1" };
  socket.emit("send_chat_message", question, (answer) => console.log(answer.success ? "asked" : answer.error));
});
socket.on("new_chat_message", ({ user_email, message }) => console.log(`${user_email}: ${message}`));
socket.on("user_joined_video", ({ user_email }) => console.log(`${user_email} watches too`));
socket.on("error", ({ message }) => console.log(message));
socket.on("connect_error", ({ message }) => console.log("not connected:", message));

setInterval(watch, 5_000);
socket.on("joined_video", watch);
function watch() {
  if (!socket.connected) return;
  socket.emit("video_progress", { video_id, course_id, progress: (second / DURATION) * 100, timestamp: second });
  second = Math.min(second + 5, DURATION);
}
