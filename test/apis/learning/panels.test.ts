import { expect, test } from "bun:test";
import { detailsOf, rowsOf } from "../../console/desk";
import { COURSE, School, VIDEO } from "./fixture";

test("classes are on the console with who takes them and how far they are, what is not stored yet included", async () => {
  await using school = await School.start();
  await school.call("other_teacher", "/courses", { id: "abc", title: "Networks" });
  await school.enroll("u1", "u2");
  const student = await school.inCourse("u1");
  await school.report(student, 30, 180);
  await school.report(student, 20, 60);
  const rows = await rowsOf(school.server, "learning/classes");
  expect(rows).toHaveLength(2);
  expect(rows).toContainEqual({
    id: COURSE,
    title: "Databases",
    instructor: "teacher",
    students: 2,
    videos: 1,
    created: school.clock.now(),
  });
  for (const search of ["DATA", "course1"]) {
    expect((await rowsOf(school.server, "learning/classes", search)).map(({ id }) => id)).toEqual([COURSE]);
  }
  const [progress, students] = await detailsOf(school.server, "learning/classes", COURSE);
  expect(progress?.rows).toEqual([
    {
      id: `u1 ${VIDEO}`,
      student: "u1@example.com",
      video: "Joins",
      percent: 30,
      seconds: 180,
      updated: school.clock.now(),
    },
  ]);
  expect(students?.rows.map(({ id, email }) => [id, email])).toEqual([
    ["u1", "u1@example.com"],
    ["u2", "u2@example.com"],
  ]);
  const [none] = await detailsOf(school.server, "learning/classes", "abc");
  expect(none?.rows).toEqual([]);
});
