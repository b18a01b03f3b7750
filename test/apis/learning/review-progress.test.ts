import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { Throttle } from "../../../src/runtime/throttle";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { COURSE, School, VIDEO } from "./fixture";

interface Row {
  user_id: string;
  video_id: string;
  watched_seconds: number;
  percent_complete: number;
}

const update = (user_id: string, watched_seconds: number, percent_complete: number, video_id = VIDEO) => ({
  user_id,
  video_id,
  watched_seconds,
  percent_complete,
});

/** What an instructor is shown on joining. */
async function shown(school: School, who = "teacher"): Promise<Row[]> {
  const client = await school.user(who);
  await client.ask("join_course", { course_id: COURSE });
  const heard = await client.rest();
  client.close();
  expect(heard[0]?.event).toBe("joined_course");
  return heard.slice(1).map(({ event, payload }) => {
    expect(event).toBe("progress_update");
    return payload as Row;
  });
}

function put(school: School, rows: readonly Row[], updatedAt: (index: number) => number) {
  const db = new Database(join(school.server.folder, "headend.db"));
  const insert = db.prepare(
    "INSERT INTO learning_watched (user_id, video_id, course_id, watched_seconds, percent_complete, updated_at) VALUES (?,?,?,?,?,?)",
  );
  db.transaction(() => {
    rows.forEach((row, index) => {
      insert.run(row.user_id, row.video_id, COURSE, row.watched_seconds, row.percent_complete, updatedAt(index));
    });
  })();
  db.close();
}

test("a snapshot never shows less than what is stored, however long ago that was", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const others = Array.from({ length: 500 }, (_, index) => update(`s${index}`, 10, 10));
  // Ann got to the end before all the others; now she looks at the beginning again.
  put(school, [update("ann", 600, 100), ...others], (index) => 1_000 + index);
  const ann = await school.user("ann");
  await school.report(ann, 1, 5);
  const rows = await shown(school);
  expect(rows).toHaveLength(500);
  expect(rows.at(-1)).toEqual(update("ann", 600, 100));
});

test("a snapshot has the newest 500 rows, what is not stored yet among them, oldest first", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  put(
    school,
    Array.from({ length: 700 }, (_, index) => update(`s${index}`, index, 10)),
    (index) => 1_000 + index,
  );
  const ann = await school.user("ann");
  await school.report(ann, 30, 5);
  const rows = await shown(school, "boss");
  expect(rows.map(({ user_id }) => user_id)).toEqual([
    ...Array.from({ length: 499 }, (_, index) => `s${index + 201}`),
    "ann",
  ]);
});

test("a snapshot is at most 256 KiB, and what is left out is the oldest", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const long = "🦉".repeat(120);
  put(
    school,
    Array.from({ length: 600 }, (_, index) => update(`${long}${index}`, index, 10, long)),
    (index) => 1_000 + index,
  );
  const ann = await school.user("ann");
  await school.report(ann, 30, 5);
  const rows = await shown(school);
  const bytes = rows.reduce((sum, row) => sum + Buffer.byteLength(JSON.stringify(["progress_update", row])) + 6, 0);
  expect(bytes).toBeLessThanOrEqual(256 * 1024);
  expect(bytes).toBeGreaterThan(250 * 1024);
  expect(rows.at(-1)?.user_id).toBe("ann");
  expect(rows.at(-2)?.user_id).toBe(`${long}599`);
});

test("while another connection holds the database reports are kept, and stored once when it is free", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  const [ann, bob] = [await school.user("ann"), await school.user("bob")];
  const teacher = await school.inCourse("teacher");
  await school.report(ann, 50, 300);
  const other = new Database(join(school.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  await school.clock.advance(10_000);
  expect(await school.report(ann, 20, 310)).toEqual({ success: true });
  expect(await school.report(bob, 5, 5)).toEqual({ success: true });
  await school.clock.advance(2_000);
  const before = await teacher.rest();
  expect(before.filter(({ event }) => event === "progress_update")).toEqual([]);
  expect((await school.call("ann", `/videos/${VIDEO}/progress`)).body.data).toEqual(update("ann", 310, 50));
  expect(await shown(school, "boss")).toEqual([update("ann", 310, 50), update("bob", 5, 5)]);
  other.run("COMMIT");
  other.close();
  await school.clock.advance(1_000);
  const after = (await teacher.rest()).filter(({ event }) => event === "progress_update");
  expect(after.map(({ payload }) => payload)).toEqual([update("ann", 310, 50), update("bob", 5, 5)]);
  await school.clock.advance(20_000);
  expect((await teacher.rest()).filter(({ event }) => event === "progress_update")).toHaveLength(2);
});

test("a stop stores what is in memory, with instructors connected", async () => {
  using folder = temporaryFolder();
  const school = await School.start({ HEADEND_DATA: folder.path });
  await school.enroll("ann");
  const teacher = await school.inCourse("teacher");
  const ended = teacher.disconnected();
  const ann = await school.user("ann");
  await school.report(ann, 12.5, 75);
  const began = performance.now();
  expect(await school.server.app.stop()).toBe(true);
  expect(performance.now() - began).toBeLessThan(5_000);
  // Never a Socket.IO disconnect packet.
  expect(await ended).toMatch(/^transport/);
  const db = new Database(join(folder.path, "headend.db"));
  expect(db.query("SELECT user_id, watched_seconds, percent_complete FROM learning_watched").all()).toEqual([
    { user_id: "ann", watched_seconds: 75, percent_complete: 12.5 },
  ]);
  db.close();
  await school[Symbol.asyncDispose]();
});

test("a stop while another connection holds the database waits for it", async () => {
  using folder = temporaryFolder();
  const school = await School.start({ HEADEND_DATA: folder.path });
  await school.enroll("ann");
  const ann = await school.user("ann");
  await school.report(ann, 12.5, 75);
  const db = new Database(join(folder.path, "headend.db"));
  db.run("BEGIN IMMEDIATE");
  setTimeout(() => db.run("COMMIT"), 600);
  expect(await school.server.app.stop()).toBe(true);
  expect(db.query("SELECT watched_seconds FROM learning_watched").all()).toEqual([{ watched_seconds: 75 }]);
  db.close();
  await school[Symbol.asyncDispose]();
});

test("throttling agrees with a model of it: first at once, one in a period, the last never lost", async () => {
  const step = fc.oneof(
    fc.record({ put: fc.constantFrom("a", "b", "c") }),
    fc.record({ pass: fc.integer({ min: 0, max: 3_000 }) }),
    fc.record({ sweep: fc.constant(true) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const clock = new FakeClock();
      const passed: { key: string; value: number; at: number }[] = [];
      const throttle = new Throttle<{ key: string; value: number }>(clock, 2_000, (value) =>
        passed.push({ ...value, at: clock.elapsed() }),
      );
      const last = new Map<string, number>();
      const first = new Set<string>();
      let value = 0;
      for (const each of steps) {
        if ("put" in each) {
          const isFirst = !first.has(each.put);
          first.add(each.put);
          last.set(each.put, ++value);
          throttle.put(each.put, { key: each.put, value });
          if (isFirst) expect(passed.at(-1)).toMatchObject({ key: each.put, value });
        } else if ("pass" in each) clock.pass(each.pass);
        else throttle.sweep();
      }
      clock.pass(2_000);
      throttle.sweep();
      for (const [key, wanted] of last) {
        const mine = passed.filter((one) => one.key === key);
        expect(mine.at(-1)?.value).toBe(wanted);
        for (const [index, one] of mine.entries()) {
          const before = mine[index - 1];
          if (before) {
            expect(one.at - before.at).toBeGreaterThanOrEqual(2_000);
            expect(one.value).toBeGreaterThan(before.value);
          }
        }
      }
      clock.pass(2_000);
      throttle.sweep();
      expect(throttle.size).toBe(0);
    }),
  );
});

test("the class by REST holds what the snapshot holds, while the database is locked too", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const ann = await school.user("ann");
  using other = new Database(join(school.server.folder, "headend.db"));
  other.run("BEGIN IMMEDIATE");
  await school.report(ann, 5, 30);
  const rows = await shown(school);
  const { body } = await school.call("teacher", `/courses/${COURSE}/progress`);
  other.run("COMMIT");
  expect(rows).toEqual([update("ann", 30, 5)]);
  expect(body.data).toMatchObject(rows);
});

test("a report of now is in the snapshot, even when the wall clock has gone back", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const now = school.clock.now();
  const others = Array.from({ length: 500 }, (_, index) => update(`s${index}`, 10, 10));
  put(school, others, () => now);
  school.clock.jump(-3_600_000);
  const ann = await school.user("ann");
  await school.report(ann, 5, 30);
  expect(await shown(school)).toContainEqual(update("ann", 30, 5));
});
