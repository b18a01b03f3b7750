import type { Socket } from "socket.io-client";
import { type Check, call, expectSame, type Target, within, withSocket } from "../../verify/check";

/** A course, a video and their instructor for checks only; they stay, so that the next check finds them. */
const ID = "headend-verify";
const COURSE = { id: ID, title: "Headend verify" };
const VIDEO = { id: ID, title: "Headend verify", duration_seconds: 600 };
const REPORT = { video_id: ID, course_id: ID, progress: 50, timestamp: 300 };

/** The examples of learning-platform.md, as its clients run them. */
export const learningChecks: readonly Check[] = [
  {
    name: "an invalid token is refused",
    source: "Connection Errors",
    async run(target) {
      const error = await withSocket(target, "websocket", async () => {}, { token: "your-jwt-token" }).then(
        () => new Error("it was let in"),
        (refusal: Error) => refusal,
      );
      expectSame("connect_error", error.message, "Invalid token");
    },
  },
  ...(["websocket", "polling"] as const).map(
    (transport): Check => ({
      name: `join a course, report progress and be seen over ${transport}`,
      source: "Usage Examples; progress_update; student_progress",
      run: (target) => asSchool(target, transport, watches),
    }),
  ),
  {
    name: "chat in a video room",
    source: "join_video; send_chat_message",
    run: (target) => asSchool(target, "websocket", chats),
  },
  {
    name: "a course that is not there",
    source: "Event Errors",
    run: (target) =>
      asSchool(target, "websocket", async (student) => {
        const refused = heard<{ message: string }>(student, "error");
        student.emit("join_course", { course_id: "headend-verify-nowhere" });
        expectSame("begins", (await refused).message.slice(0, 11), "Not found: ");
      }),
  },
];

/** Lends a student's and an instructor's socket, both greeted; the course and the video are there. */
async function asSchool(
  target: Target,
  transport: "websocket" | "polling",
  work: (student: Socket, teacher: Socket) => Promise<void>,
): Promise<void> {
  const token = await target.sign("teacher", "instructor");
  const asTeacher = { url: target.url, token };
  // Made by an earlier check, as a rule.
  await call(asTeacher, "/api/v1/courses", COURSE).catch(() => {});
  await call(asTeacher, `/api/v1/courses/${ID}/videos`, VIDEO).catch(() => {});
  await call(target, `/api/v1/courses/${ID}/enroll`, {});
  const open = (as: string, run: (socket: Socket) => Promise<void>) =>
    withSocket(target, transport, run, { token: as });
  await open(token, (teacher) => open(target.token, (student) => work(student, teacher)));
}

async function watches(student: Socket, teacher: Socket): Promise<void> {
  for (const socket of [teacher, student]) {
    const joined = heard(socket, "joined_course");
    socket.emit("join_course", { course_id: ID });
    expectSame("joined_course", await joined, { course_id: ID, status: "Joined successfully" });
  }
  const seen = heard(teacher, "student_progress");
  student.emit("video_progress", REPORT);
  expectSame("student_progress", await seen, {
    user_id: "headend-verify",
    video_id: ID,
    progress: 50,
    timestamp: 300,
  });
}

async function chats(student: Socket): Promise<void> {
  const joined = Promise.all([heard(student, "joined_video"), heard(student, "video_history")]);
  student.emit("join_video", { video_id: ID });
  await joined;
  const said = heard<{ message: string }>(student, "new_chat_message");
  student.emit("send_chat_message", { video_id: ID, message: "Question about the content" });
  expectSame("message", (await said).message, "Question about the content");
}

function heard<T>(socket: Socket, event: string): Promise<T> {
  return within<T>(event, (resolve) => socket.once(event, resolve));
}
