import { expect, test } from "bun:test";
import { COURSE, School, VIDEO } from "./fixture";

test("students, the instructor and admins join a course; nobody else does", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  for (const who of ["ann", "teacher", "boss"]) {
    const client = await school.user(who);
    expect(await client.ask("join_course", { course_id: COURSE })).toEqual({ success: true });
    expect(await client.rest()).toEqual([
      { event: "joined_course", payload: { course_id: COURSE, status: "Joined successfully" } },
    ]);
  }
  for (const who of ["bob", "other_teacher"]) {
    const client = await school.user(who);
    expect(await client.ask("join_course", { course_id: COURSE })).toEqual({
      success: false,
      error: "Forbidden: you are not enrolled in this course",
      code: "permission_denied",
    });
    client.send("join_course", { course_id: COURSE });
    expect(await client.next("error")).toEqual({
      message: "Forbidden: you are not enrolled in this course",
      code: "permission_denied",
    });
    expect(await client.rest()).toEqual([]);
    // Nor does it hear what happens there.
    await school.enroll(`friend of ${who}`);
    expect(await client.rest()).toEqual([]);
  }
});

test("an unknown course is not found, and a missing one is named", async () => {
  await using school = await School.start();
  const client = await school.user("ann");
  client.send("join_course", { course_id: "nowhere" });
  expect(await client.next("error")).toEqual({
    message: "Not found: there is no such course",
    code: "not_found",
    details: { field: "course_id" },
  });
  client.send("join_course", {});
  expect(await client.next("error")).toEqual({
    message: "course_id is required",
    code: "invalid_request",
    details: { field: "course_id" },
  });
  client.send("join_course");
  expect(await client.next("error")).toMatchObject({ message: "payload is required" });
  expect(await client.rest()).toEqual([]);
});

test("who has left hears no more; leaving twice, or what one was never in, succeeds", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.inCourse("ann");
  expect(await ann.ask("leave_course", { course_id: COURSE })).toEqual({ success: true });
  expect(await ann.next("left_course")).toEqual({ course_id: COURSE, status: "Left successfully" });
  await school.enroll("bob");
  for (const course_id of [COURSE, "nowhere"]) {
    expect(await ann.ask("leave_course", { course_id })).toEqual({ success: true });
    expect(await ann.next("left_course")).toMatchObject({ course_id });
  }
  expect(await ann.rest()).toEqual([]);
});

test("an enrollment reaches everybody in the course once, and only the first time", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const clients = [await school.inCourse("ann"), await school.inCourse("teacher"), await school.inCourse("boss")];
  const news = { user_id: "bob", user_email: "bob@example.com", message: "bob@example.com enrolled in the course" };
  const first = await school.call("bob", `/courses/${COURSE}/enroll`, undefined, "POST");
  const again = await school.call("bob", `/courses/${COURSE}/enroll`, {});
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(first.body.data).toEqual({
    id: expect.any(String),
    course_id: COURSE,
    user_id: "bob",
    user_email: "bob@example.com",
    enrolled_at: "2026-01-01T00:00:00.000Z",
  });
  expect(again.body).toEqual(first.body);
  for (const client of clients) expect(await client.rest()).toEqual([{ event: "new_enrollment", payload: news }]);
});

test("one enrolls oneself and nobody else; a server with a key enrolls anybody", async () => {
  await using school = await School.start();
  const teacher = await school.inCourse("teacher");
  const enroll = `/courses/${COURSE}/enroll`;
  expect(await school.call("ann", enroll, { user_id: "bob" })).toMatchObject({
    status: 403,
    body: { message: "Forbidden: user_id is not yours" },
  });
  expect(await school.call("key", enroll, {})).toMatchObject({
    status: 400,
    body: { message: "user_id is required" },
  });
  expect(await school.call("ann", "/courses/nowhere/enroll", {})).toMatchObject({ status: 404 });
  expect(await school.call("key", enroll, { user_id: "carl", user_email: "carl@example.com" })).toMatchObject({
    status: 201,
    body: { data: { user_id: "carl", user_email: "carl@example.com" } },
  });
  expect(await teacher.next("new_enrollment")).toMatchObject({ user_id: "carl" });
  expect(await teacher.rest()).toEqual([]);
  await school.inCourse("carl");
});

test("the instructor sees the students; they do not see each other", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const students = `/courses/${COURSE}/students`;
  const { body } = await school.call("teacher", students);
  expect(body.data).toMatchObject([{ user_id: "ann" }, { user_id: "bob", user_email: "bob@example.com" }]);
  expect((await school.call("teacher", `${students}?limit=1&offset=1`)).body.data).toMatchObject([{ user_id: "bob" }]);
  for (const who of ["ann", "other_teacher"]) expect(await school.call(who, students)).toMatchObject({ status: 403 });
  expect(await school.call("teacher", `${students}?limit=0`)).toMatchObject({
    status: 400,
    body: { message: "limit must be a whole number from 1 to 1000" },
  });
});

test("instructors and admins make courses, everybody signed in sees them", async () => {
  await using school = await School.start();
  await school.clock.advance(1_000);
  const made = await school.call("other_teacher", "/courses", { title: "  Networks ", description: "All of it" });
  const course = {
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    title: "Networks",
    description: "All of it",
    instructor_id: "other_teacher",
    created_at: "2026-01-01T00:00:01.000Z",
    updated_at: "2026-01-01T00:00:01.000Z",
  };
  expect(made).toMatchObject({ status: 201, body: { data: course } });
  expect(await school.call("ann", "/courses", { title: "Mine" })).toMatchObject({
    status: 403,
    body: { message: "Forbidden: only instructors make courses" },
  });
  expect(await school.call("teacher", "/courses", { id: COURSE, title: "Again" })).toMatchObject({
    status: 409,
    body: { message: "id is taken" },
  });
  for (const [json, message] of [
    [{}, "title is required"],
    [{ title: "" }, "title must have 1 to 256 characters"],
    [{ title: "A", id: "" }, "id must have 1 to 128 characters"],
    [{ title: "A", description: 5 }, "description must be a string"],
    [{ title: "A", instructor_id: "other_teacher" }, "Forbidden: instructor_id is not yours"],
  ] as const) {
    expect((await school.call("teacher", "/courses", json)).body).toEqual({ message });
  }
  expect((await school.call("ann", "/courses")).body.data).toMatchObject([{ id: COURSE }, { title: "Networks" }]);
  const { body } = await school.call("ann", `/courses/${COURSE}`);
  expect(body.data).toMatchObject({ id: COURSE, instructor_id: "teacher", videos: [{ id: VIDEO }], quizzes: [] });
  expect(await school.server.call("learning", "/api/v1/courses")).toMatchObject({ status: 401 });
});

test("servers make courses for an instructor, and admins too", async () => {
  await using school = await School.start();
  expect((await school.call("key", "/courses", { title: "A" })).body).toEqual({ message: "instructor_id is required" });
  for (const who of ["key", "boss"]) {
    expect(await school.call(who, "/courses", { title: "A", instructor_id: "teacher" })).toMatchObject({
      status: 201,
      body: { data: { instructor_id: "teacher" } },
    });
  }
});

test("a change of a course is told with what has changed, once to everybody; no change is not told", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const clients = [await school.inCourse("ann"), await school.inCourse("teacher")];
  const patch = (who: string, json: object) => school.call(who, `/courses/${COURSE}`, json, "PATCH");
  await school.clock.advance(1_000);
  const changed = await patch("teacher", { title: "Databases 2", ignored: 1 });
  const updated_at = "2026-01-01T00:00:01.000Z";
  expect(changed).toMatchObject({ status: 200, body: { data: { title: "Databases 2", updated_at } } });
  expect(await patch("teacher", { title: "Databases 2" })).toMatchObject({ status: 200 });
  for (const who of ["ann", "other_teacher"]) expect(await patch(who, { title: "B" })).toMatchObject({ status: 403 });
  expect(await patch("boss", { description: "By the boss" })).toMatchObject({ status: 200 });
  for (const client of clients) {
    expect(await client.rest()).toEqual([
      { event: "course_updated", payload: { course_id: COURSE, changes: { title: "Databases 2" }, updated_at } },
      { event: "course_updated", payload: { course_id: COURSE, changes: { description: "By the boss" }, updated_at } },
    ]);
  }
});

test("two changes at once both hold", async () => {
  await using school = await School.start();
  await Promise.all([
    school.call("teacher", `/courses/${COURSE}`, { title: "T" }, "PATCH"),
    school.call("teacher", `/courses/${COURSE}`, { description: "D" }, "PATCH"),
  ]);
  const { body } = await school.call("ann", `/courses/${COURSE}`);
  expect(body.data).toMatchObject({ title: "T", description: "D" });
});

test("students review once; another review takes the place of the first", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const teacher = await school.inCourse("teacher");
  const reviews = `/courses/${COURSE}/reviews`;
  const first = await school.call("ann", reviews, { rating: 5, comment: "Excellent" });
  expect(first).toMatchObject({ status: 201, body: { data: { user_id: "ann", rating: 5, comment: "Excellent" } } });
  const second = await school.call("ann", reviews, { rating: 2, comment: "Not so good" });
  expect(second).toMatchObject({ status: 200, body: { data: { rating: 2 } } });
  expect((second.body.data as { id: string }).id).toBe((first.body.data as { id: string }).id);
  expect((await school.call("ann", reviews)).body.data).toMatchObject([{ rating: 2, user_email: "ann@example.com" }]);
  // They name people: not for everybody who has an account.
  expect((await school.call("bob", reviews)).status).toBe(403);
  for (const who of ["bob", "teacher", "boss"]) {
    expect(await school.call(who, reviews, { rating: 5, comment: "Mine" })).toMatchObject({ status: 403 });
  }
  for (const [json, message] of [
    [{ rating: 6, comment: "A" }, "rating must be at most 5"],
    [{ rating: 0, comment: "A" }, "rating must be at least 1"],
    [{ rating: 4.5, comment: "A" }, "rating must be a safe integer"],
    [{ rating: 4 }, "comment is required"],
  ] as const) {
    expect((await school.call("ann", reviews, json)).body).toEqual({ message });
  }
  expect(await teacher.rest()).toEqual([
    { event: "new_review", payload: { user_email: "ann@example.com", rating: 5, comment: "Excellent" } },
    { event: "new_review", payload: { user_email: "ann@example.com", rating: 2, comment: "Not so good" } },
  ]);
});

test("only who teaches a course adds videos, and ids are taken once", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const videos = `/courses/${COURSE}/videos`;
  for (const who of ["ann", "other_teacher"]) {
    expect(await school.call(who, videos, { title: "A", duration_seconds: 1 })).toMatchObject({ status: 403 });
  }
  expect(await school.call("boss", videos, { id: VIDEO, title: "A", duration_seconds: 1 })).toMatchObject({
    status: 409,
    body: { message: "id is taken" },
  });
  expect(await school.call("teacher", videos, { title: "A", duration_seconds: -1 })).toMatchObject({
    status: 400,
    body: { message: "duration_seconds must be at least 0" },
  });
  expect(await school.call("teacher", videos, { title: "A", duration_seconds: 90.5 })).toMatchObject({
    status: 201,
    body: { data: { id: expect.any(String), course_id: COURSE, title: "A", duration_seconds: 90.5 } },
  });
});

test("an admin who is one no longer leaves the rooms that only admins may be in", async () => {
  await using school = await School.start();
  const boss = await school.inCourse("boss");
  await boss.ask("join_video", { video_id: VIDEO });
  await boss.next("joined_video");
  await boss.next("video_history");
  await school.server.app.house.accounts.setRoles("boss", []);
  await school.clock.advance(2_000);
  await school.enroll("ann");
  const ann = await school.inVideo("ann");
  await school.say(ann, "Is the boss gone?");
  expect(await boss.rest()).toEqual([]);
  expect(await boss.ask("join_course", { course_id: COURSE })).toMatchObject({ code: "permission_denied" });
});

test("an admin who becomes a mere student stays in the course and sees the class no more", async () => {
  await using school = await School.start();
  await school.enroll("boss", "ann");
  const boss = await school.inCourse("boss");
  await school.server.app.house.accounts.setRoles("boss", []);
  await school.clock.advance(2_000);
  const ann = await school.user("ann");
  await school.report(ann, 10, 60);
  await school.enroll("bob");
  expect((await boss.rest()).map(({ event }) => event)).toEqual(["new_enrollment"]);
});

test("a socket is in at most a hundred courses and videos", async () => {
  await using school = await School.start();
  const boss = await school.user("boss");
  for (let n = 0; n < 101; n++) {
    await school.call("key", "/courses", { id: `c${n}`, title: "A", instructor_id: "teacher" });
  }
  for (let n = 0; n < 100; n++) {
    expect(await boss.ask("join_course", { course_id: `c${n}` })).toEqual({ success: true });
    await school.clock.advance(50);
  }
  expect(await boss.ask("join_course", { course_id: "c100" })).toMatchObject({ code: "conflict" });
  expect(await boss.ask("join_course", { course_id: "c0" })).toEqual({ success: true });
  await boss.ask("leave_course", { course_id: "c0" });
  expect(await boss.ask("join_course", { course_id: "c100" })).toEqual({ success: true });
});

test("what a person did as a student goes with the account", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.user("ann");
  await school.report(ann, 10, 60);
  await school.call("ann", `/courses/${COURSE}/reviews`, { rating: 5, comment: "Good" });
  await school.server.app.house.accounts.remove("ann");
  await school.clock.advance(2_000);
  expect((await school.call("teacher", `/courses/${COURSE}/students`)).body.data).toEqual([]);
  expect((await school.call("teacher", `/courses/${COURSE}/progress`)).body.data).toEqual([]);
  expect((await school.call("teacher", `/courses/${COURSE}/reviews`)).body.data).toEqual([]);
});
