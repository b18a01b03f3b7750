import { expect, test } from "bun:test";
import { COURSE, School } from "./fixture";

test("an instructor who polls keeps the connection when more than 1000 figures are stored at once", async () => {
  await using school = await School.start();
  const students = Array.from({ length: 31 }, (_, index) => `s${index}`);
  const videos = Array.from({ length: 35 }, (_, index) => `v${index}`);
  for (const user_id of students) await school.call("key", `/courses/${COURSE}/enroll`, { user_id });
  for (const id of videos) await school.call("key", `/courses/${COURSE}/videos`, { id, title: "A", duration_seconds: 60 });
  const teacher = await school.user("teacher", { transports: ["polling"] });
  let reason: string | undefined;
  teacher.socket.once("disconnect", (why) => {
    reason = why;
  });
  await teacher.ask("join_course", { course_id: COURSE });
  const clients = await Promise.all(students.map((student) => school.user(student)));
  for (const video of videos) {
    await Promise.all(clients.map((client) => school.report(client, 50, 30, video)));
    await teacher.ask("leave_video", { video_id: "none" });
    school.clock.pass(50);
  }
  expect(reason).toBeUndefined();
  await school.clock.advance(10_000);
  await Bun.sleep(300);
  expect(reason).toBeUndefined();
  const heard = await teacher.rest();
  expect(heard.filter(({ event }) => event === "progress_update")).toHaveLength(students.length * videos.length);
});
