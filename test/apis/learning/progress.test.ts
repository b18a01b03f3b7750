import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Client } from "../../client";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { COURSE, School, VIDEO } from "./fixture";

const FLUSH_MS = 10_000;

test("a report reaches the instructor at once, and its figures when they are stored", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const [teacher, ann] = [await school.inCourse("teacher"), await school.inCourse("ann")];
  expect(await school.report(ann, 45, 270)).toEqual({ success: true });
  expect(await teacher.rest()).toEqual([
    { event: "student_progress", payload: { user_id: "ann", video_id: VIDEO, progress: 45, timestamp: 270 } },
  ]);
  await teacher.next("student_progress");
  await school.clock.advance(FLUSH_MS);
  expect(await teacher.rest()).toEqual([
    {
      event: "progress_update",
      payload: { user_id: "ann", video_id: VIDEO, watched_seconds: 270, percent_complete: 45 },
    },
  ]);
  // Students do not see each other's.
  expect(await ann.rest()).toEqual([]);
  // Nothing new, nothing told.
  await school.clock.advance(3 * FLUSH_MS);
  expect((await teacher.rest()).length).toBe(1);
});

test("joining is not needed to report, the right to the course is", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const teacher = await school.inCourse("teacher");
  await school.call("other_teacher", "/courses", { id: "other", title: "Other" });
  const [ann, bob] = [await school.user("ann"), await school.user("bob")];
  expect(await school.report(ann, 1, 6)).toEqual({ success: true });
  await teacher.next("student_progress");
  const report = { video_id: VIDEO, course_id: COURSE, progress: 1, timestamp: 6 };
  expect(await bob.ask("video_progress", report)).toMatchObject({ code: "permission_denied" });
  for (const [change, code, field] of [
    [{ course_id: "other" }, "invalid_request", "course_id"],
    [{ course_id: undefined }, "invalid_request", "course_id"],
    [{ video_id: "nothing" }, "not_found", "video_id"],
    [{ progress: 100.1 }, "invalid_request", "progress"],
    [{ progress: -1 }, "invalid_request", "progress"],
    [{ progress: "50" }, "invalid_request", "progress"],
    [{ timestamp: -1 }, "invalid_request", "timestamp"],
    [{ timestamp: 1_767_225_600_000 }, "invalid_request", "timestamp"],
  ] as const) {
    const answer = await ann.ask("video_progress", { ...report, ...change });
    expect(answer).toMatchObject({ success: false, code, details: { field } });
  }
  await school.clock.advance(FLUSH_MS);
  // Of the refused ones nobody has heard, and nothing is kept.
  expect(await teacher.rest()).toMatchObject([{ event: "progress_update", payload: { user_id: "ann" } }]);
  const { body } = await school.call("teacher", `/courses/${COURSE}/progress`);
  expect(body.data).toMatchObject([{ user_id: "ann", percent_complete: 1 }]);
});

test("of many reports the first goes at once, then one in 2 s, and the last always", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const [teacher, ann] = [await school.inCourse("teacher"), await school.user("ann")];
  const seen: number[] = [];
  const look = async () => {
    for (const { event, payload } of (await teacher.rest()).slice(seen.length)) {
      expect(event).toBe("student_progress");
      seen.push((payload as { timestamp: number }).timestamp);
    }
    return seen;
  };
  for (let second = 0; second < 5; second++) {
    await school.report(ann, second, second);
    await school.clock.advance(1_000);
  }
  // At 0 s, and the newest at 2 s and at 4 s.
  expect(await look()).toEqual([0, 1, 3]);
  await school.clock.advance(1_100);
  expect(await look()).toEqual([0, 1, 3, 4]);
  await school.clock.advance(2_000);
  expect(await look()).toEqual([0, 1, 3, 4]);
});

test("furthest second and highest percentage never go back, whatever order reports come in", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  let furthest = { seconds: 0, percent: 0 };
  const step = fc.record({
    percent: fc.integer({ min: 0, max: 100 }),
    seconds: fc.integer({ min: 0, max: 600 }),
    waits: fc.boolean(),
  });
  for (let start = 0; start < 3; start++) {
    await using school = await School.start(env, clock);
    await school.enroll("ann");
    const teacher = await school.inCourse("teacher");
    if (start > 0) {
      expect(await teacher.next("progress_update")).toMatchObject({
        watched_seconds: furthest.seconds,
        percent_complete: furthest.percent,
      });
    }
    const [one, two] = [await school.user("ann"), await school.user("ann")];
    for (const { percent, seconds, waits } of fc.sample(step, 20)) {
      await school.report(percent % 2 ? one : two, percent, seconds);
      furthest = { seconds: Math.max(furthest.seconds, seconds), percent: Math.max(furthest.percent, percent) };
      const own = await school.call("ann", `/videos/${VIDEO}/progress`);
      const figures = { watched_seconds: furthest.seconds, percent_complete: furthest.percent };
      expect(own.body.data).toEqual({ user_id: "ann", video_id: VIDEO, ...figures });
      await clock.advance(waits ? FLUSH_MS : 100);
    }
    const told = (await teacher.rest()).filter(({ event }) => event === "progress_update");
    const seconds = told.map(({ payload }) => (payload as { watched_seconds: number }).watched_seconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  }
});

test("an instructor who joins late sees the class as it is, what is not stored yet included", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const [ann, bob] = [await school.user("ann"), await school.user("bob")];
  await school.report(ann, 20, 120);
  await school.clock.advance(FLUSH_MS);
  await school.report(bob, 30, 180);
  await school.report(ann, 10, 150);
  for (const who of ["teacher", "boss"]) {
    const client = await school.user(who);
    await client.ask("join_course", { course_id: COURSE });
    const [joined, ...snapshot] = await client.rest();
    expect(joined?.event).toBe("joined_course");
    const rows = [
      { user_id: "ann", video_id: VIDEO, watched_seconds: 150, percent_complete: 20 },
      { user_id: "bob", video_id: VIDEO, watched_seconds: 180, percent_complete: 30 },
    ];
    expect(snapshot.map(({ event }) => event)).toEqual(["progress_update", "progress_update"]);
    expect(snapshot.map(({ payload }) => payload)).toEqual(expect.arrayContaining(rows));
  }
  const student = await school.user("ann");
  await student.ask("join_course", { course_id: COURSE });
  expect((await student.rest()).map(({ event }) => event)).toEqual(["joined_course"]);
});

test("what is reported is stored within a second of leaving, and when the server stops", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  const stored = (school: School) =>
    school.server.app.house.store.db.$client
      .query("SELECT user_id, watched_seconds FROM learning_watched ORDER BY user_id")
      .values();
  {
    await using school = await School.start(env, clock);
    await school.enroll("ann", "bob");
    const [ann, bob] = [await school.user("ann"), await school.user("bob")];
    await school.report(ann, 1, 10);
    expect(stored(school)).toEqual([]);
    ann.close();
    while (stored(school).length === 0) await clock.advance(100);
    expect(clock.elapsed()).toBeLessThan(2_000);
    await school.report(bob, 1, 20);
    expect(stored(school)).toEqual([["ann", 10]]);
  }
  await using school = await School.start(env, clock);
  expect(stored(school)).toEqual([
    ["ann", 10],
    ["bob", 20],
  ]);
});

test("the class by REST: for who teaches, by pages, by student, by video", async () => {
  await using school = await School.start();
  await school.call("teacher", `/courses/${COURSE}/videos`, { id: "v2", title: "V", duration_seconds: 60 });
  await school.enroll("ann", "bob");
  for (const who of ["ann", "bob"]) {
    const client = await school.user(who);
    await school.report(client, 10, 60);
    await school.report(client, 20, 12, "v2");
  }
  const list = async (query = "") => (await school.call("teacher", `/courses/${COURSE}/progress${query}`)).body.data;
  const [ann1, ann2, bob1, bob2] = (await list()) as { user_id: string; video_id: string }[];
  expect([ann1, ann2, bob1, bob2]).toMatchObject([
    { user_id: "ann", video_id: "v2", watched_seconds: 12, percent_complete: 20 },
    { user_id: "ann", video_id: VIDEO },
    { user_id: "bob", video_id: "v2" },
    { user_id: "bob", video_id: VIDEO, updated_at: "2026-01-01T00:00:00.000Z" },
  ]);
  expect(await list("?limit=2&offset=1")).toEqual([ann2, bob1]);
  expect(await list("?user_id=bob")).toEqual([bob1, bob2]);
  expect(await list(`?video_id=${VIDEO}`)).toEqual([ann2, bob2]);
  for (const who of ["ann", "other_teacher"]) {
    expect(await school.call(who, `/courses/${COURSE}/progress`)).toMatchObject({ status: 403 });
  }
  expect(await school.call("bob", "/videos/nothing/progress")).toMatchObject({ status: 404 });
  expect(await school.call("stranger", `/videos/${VIDEO}/progress`)).toMatchObject({ status: 403 });
});

test("a class of 500 that reports every second: the instructor hears what the contract allows, and all is stored", async () => {
  const STUDENTS = 500;
  const SECONDS = 60;
  await using school = await School.start({ HEADEND_MAX_CONNECTIONS_PER_IP: "2000" });
  const names = Array.from({ length: STUDENTS }, (_, n) => `student ${n}`);
  for (const user_id of names) await school.call("key", `/courses/${COURSE}/enroll`, { user_id });
  const teacher = await school.inCourse("teacher");
  const students: Client[] = [];
  for (const name of names) students.push(await school.user(name));

  for (let second = 1; second <= SECONDS; second++) {
    for (const student of students) {
      student.send("video_progress", {
        video_id: VIDEO,
        course_id: COURSE,
        progress: (second / 600) * 100,
        timestamp: second,
      });
    }
    // Each socket's reports are there once what it sends after them is answered.
    await Promise.all(students.map((student) => student.ask("no such event")));
    await school.clock.advance(1_000);
  }
  await school.clock.advance(FLUSH_MS);

  const heard = await teacher.rest();
  const reports = heard.filter(({ event }) => event === "student_progress");
  // One at once, then one each 2 s, and the last of all.
  expect(reports.length).toBeLessThanOrEqual(STUDENTS * (SECONDS / 2 + 1));
  expect(reports.length).toBeGreaterThanOrEqual(STUDENTS * (SECONDS / 2));
  const updates = heard.filter(({ event }) => event === "progress_update");
  expect(updates.length).toBe(STUDENTS * 6);
  expect(heard.length).toBe(reports.length + updates.length);
  for (const events of [reports, updates]) {
    const last = new Map(events.map(({ payload }) => [(payload as { user_id: string }).user_id, payload]));
    expect(last.size).toBe(STUDENTS);
    for (const payload of last.values()) {
      const { timestamp, watched_seconds } = payload as { timestamp?: number; watched_seconds?: number };
      expect(timestamp ?? watched_seconds).toBe(SECONDS);
    }
  }
  const rows = school.server.app.house.store.db.$client
    .query("SELECT count(*) FROM learning_watched WHERE watched_seconds = ? AND percent_complete = ?")
    .values(SECONDS, (SECONDS / 600) * 100);
  expect(rows).toEqual([[STUDENTS]]);
}, 60_000);
