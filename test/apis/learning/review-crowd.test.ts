import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Poller } from "../../realtime/raw";
import { COURSE, School } from "./fixture";

/** So many figures of the class, as if they had been stored long ago. */
function fill(school: School, courses: readonly string[], count: number): void {
  const db = new Database(join(school.server.folder, "headend.db"));
  const insert = db.prepare(
    "INSERT INTO learning_watched (user_id, video_id, course_id, watched_seconds, percent_complete, updated_at) VALUES (?,?,?,1,1,?)",
  );
  db.transaction(() => {
    for (const course of courses) {
      for (let index = 0; index < count; index++) insert.run(`s${index}`, `video of ${course}`, course, index);
    }
  })();
  db.close();
}

/** An instructor who polls, signed in. */
async function pollingInstructor(school: School): Promise<Poller> {
  const headers = { authorization: `Bearer ${await school.token("teacher")}` };
  return Poller.connected(school.server.app.url("learning"), headers);
}

/** What a poller hears until nothing more comes; closed connections answer 400, which `get` makes an error of. */
async function count(poller: Poller, event: string, wanted: number): Promise<number> {
  let found = 0;
  while (found < wanted) {
    const packets = await poller.get().catch(() => []);
    if (packets.length === 0 || packets[0]?.startsWith("{")) break;
    found += packets.filter((packet) => packet.startsWith(`42["${event}"`)).length;
  }
  return found;
}

test("an instructor who polls is not cut when more than 1000 figures are stored at once", async () => {
  await using school = await School.start();
  const students = Array.from({ length: 31 }, (_, index) => `s${index}`);
  const videos = Array.from({ length: 35 }, (_, index) => `v${index}`);
  for (const user_id of students) await school.call("key", `/courses/${COURSE}/enroll`, { user_id });
  for (const id of videos) {
    await school.call("key", `/courses/${COURSE}/videos`, { id, title: "A", duration_seconds: 60 });
  }
  const clients = await Promise.all(students.map((student) => school.user(student)));
  for (const video of videos) {
    await Promise.all(clients.map((client) => school.report(client, 50, 30, video)));
    school.clock.pass(50);
  }
  const poller = await pollingInstructor(school);
  await poller.post(`42["join_course",{"course_id":"${COURSE}"}]`);
  await count(poller, "progress_update", 500);
  // As an honest client: the next poll waits already, and the one after it follows at once.
  const waiting = poller.get();
  await Bun.sleep(50);
  await school.clock.advance(10_000);
  const first = (await waiting).filter((packet) => packet.startsWith('42["progress_update"')).length;
  expect(first + (await count(poller, "progress_update", 1_085 - first))).toBe(1_085);
});

test("an instructor who polls may come back to three large courses at once", async () => {
  await using school = await School.start();
  const courses = ["one", "two", "three"];
  for (const id of courses) await school.call("teacher", "/courses", { id, title: id });
  fill(school, courses, 500);
  const poller = await pollingInstructor(school);
  // What the document's client sends in its `connect` handler, before it has upgraded.
  await poller.post(courses.map((course_id) => `42${JSON.stringify(["join_course", { course_id }])}`).join("\u001e"));
  await school.clock.advance(500);
  expect(await count(poller, "progress_update", 1_500)).toBe(1_500);
});
