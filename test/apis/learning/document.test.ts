import { expect, test } from "bun:test";
import { join } from "node:path";
import { io } from "socket.io-client";
import { runPython, testWithPython } from "../../python";
import { COURSE, School } from "./fixture";

/** As the document does with curl: an account, and the token that signing in gives. */
async function signIn(school: School): Promise<string> {
  const login = { email: "test@example.com", password: "password" };
  await school.server.app.house.accounts.add(login);
  const { body } = await school.server.call("learning", "/api/v1/auth/login", { json: login });
  return (body as { data: { access_token: string } }).data.access_token;
}

test("the document's JavaScript client hears enrollments, and its instructor how far it is", async () => {
  await using school = await School.start();
  const token = await signIn(school);
  await school.server.call("learning", `/api/v1/courses/${COURSE}/enroll`, { token, method: "POST" });
  const teacher = await school.inCourse("teacher");

  const shown: string[] = [];
  const socket = io(school.server.app.url("learning"), { auth: { token }, forceNew: true });
  socket.on("connect", () => {
    shown.push("Connected to WebSocket server");
    socket.emit("join_course", { course_id: COURSE });
  });
  socket.on("new_enrollment", (data) => shown.push(`New enrollment: ${data.user_email}`));
  socket.on("disconnect", () => shown.push("Disconnected from server"));
  // Before it is connected, as in the document.
  socket.emit("video_progress", { video_id: "video123", course_id: "course123", progress: 50, timestamp: 300 });

  expect(await teacher.next("student_progress")).toMatchObject({ video_id: "video123", progress: 50, timestamp: 300 });
  await new Promise((resolve) => socket.emit("join_course", { course_id: COURSE }, resolve));
  await school.enroll("bob");
  await new Promise((resolve) => socket.emit("leave_course", { course_id: COURSE }, resolve));
  socket.close();
  expect(shown).toEqual([
    "Connected to WebSocket server",
    "New enrollment: bob@example.com",
    "Disconnected from server",
  ]);
});

for (const transport of ["websocket", "polling"]) {
  testWithPython(`the document's Python client takes part over ${transport}`, async () => {
    await using school = await School.start();
    const token = await signIn(school);
    await school.server.call("learning", `/api/v1/courses/${COURSE}/enroll`, { token, method: "POST" });
    const heard: Record<string, unknown>[] = [];
    const script = join(import.meta.dir, "client.py");
    for await (const line of runPython(script, school.server.app.url("learning"), token, transport)) {
      heard.push(line);
      if ("new_chat_message" in line) await school.enroll("bob");
    }
    expect(heard).toEqual([
      { joined_course: { course_id: COURSE, status: "Joined successfully" } },
      { joined_video: { video_id: "video123", status: "Joined successfully" } },
      { new_chat_message: "From Python" },
      {
        new_enrollment: {
          user_id: "bob",
          user_email: "bob@example.com",
          message: "bob@example.com enrolled in the course",
        },
      },
    ]);
  });
}
