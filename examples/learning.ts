// A student who watches a video, or, with an instructor's token, the dashboard of the course.
//
//   bun examples/learning.ts "$(bun run --silent headend token u1)" [http://localhost:5000]

import { connectLearning } from "headend/client";

const [token, url = "http://localhost:5000"] = process.argv.slice(2);
if (!token) throw new Error("usage: bun examples/learning.ts TOKEN [URL]");

const [course_id, video_id, duration] = ["course123", "video123", 600];
const socket = connectLearning(url, {
  token,
  onRefused: ({ code, message }) => console.log(`-- ${code}: ${message}`),
});

socket.on("connect", () => {
  socket.emit("join_course", { course_id });
  socket.emit("join_video", { video_id });
});
socket.on("joined_course", () => console.log("-- in the course"));
socket.on("new_enrollment", ({ message }) => console.log(`-- ${message}`));
socket.on("student_progress", ({ user_id, timestamp }) => console.log(`${user_id} is at ${timestamp} s`));
socket.on("progress_update", ({ user_id, percent_complete }) =>
  console.log(`${user_id}: ${percent_complete} % stored`),
);
socket.on("new_chat_message", ({ user_email, message }) => console.log(`${user_email}: ${message}`));

let second = 0;
setInterval(() => {
  if (!socket.connected) return;
  second = Math.min(second + 5, duration);
  socket.emit("video_progress", { video_id, course_id, progress: (second / duration) * 100, timestamp: second });
}, 5_000);
