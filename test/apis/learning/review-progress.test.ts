import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { Throttle } from "../../../src/runtime/throttle";
import type { Client } from "../../client";
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

test("figures never go back: out of order, over two sockets, flushes and a restart", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const seen: Row[] = [];
  let first = 0;
  {
    await using school = await School.start({ HEADEND_DATA: folder.path }, clock);
    await school.enroll("ann");
    const teacher = await school.inCourse("teacher");
    const [one, two] = [await school.user("ann"), await school.user("ann")];
    for (const [client, progress, timestamp] of [
      [one, 50, 300],
      [two, 20, 400],
      [one, 60, 10],
      [two, 0, 0],
    ] as [Client, number, number][]) {
      expect(await school.report(client, progress, timestamp)).toEqual({ success: true });
    }
    await school.clock.advance(10_000);
    await school.report(two, 1, 1);
    await school.clock.advance(10_000);
    await school.report(one, 61, 2);
    for (const { event, payload } of await teacher.rest()) if (event === "progress_update") seen.push(payload as Row);
    expect(seen).toEqual([update("ann", 400, 60), update("ann", 400, 60)]);
    first = seen.length;
  }
  await using school = await School.start({ HEADEND_DATA: folder.path }, clock);
  expect(first).toBe(2);
  expect(await shown(school)).toEqual([update("ann", 400, 61)]);
  const ann = await school.user("ann");
  await school.report(ann, 5, 5);
  expect((await school.call("ann", `/videos/${VIDEO}/progress`)).body.data).toEqual(update("ann", 400, 61));
  expect(await shown(school)).toEqual([update("ann", 400, 61)]);
  await school.clock.advance(1_100);
  expect((await school.call("teacher", `/courses/${COURSE}/progress`)).body.data).toMatchObject([
    update("ann", 400, 61),
  ]);
});

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

test("whoever leaves has their figures stored within a second", async () => {
  await using school = await School.start();
  await school.enroll("ann");
  const teacher = await school.inCourse("teacher");
  const ann = await school.user("ann");
  await school.report(ann, 12.5, 75);
  ann.close();
  await Bun.sleep(50);
  await school.clock.advance(1_000);
  expect((await teacher.rest()).filter(({ event }) => event === "progress_update")).toEqual([
    { event: "progress_update", payload: update("ann", 75, 12.5) },
  ]);
});

test("reports reach the instructor at once, then at most one in 2 s, and the last one always", async () => {
  await using school = await School.start();
  await school.enroll("ann", "bob");
  await school.call("teacher", `/courses/${COURSE}/videos`, { id: "v2", title: "Two", duration_seconds: 60 });
  const teacher = await school.inCourse("teacher");
  const [ann, again, bob] = [await school.user("ann"), await school.user("ann"), await school.user("bob")];
  const said = async () => {
    const heard = [];
    for (const { event } of await teacher.rest()) {
      const payload = await teacher.next<{ user_id: string; video_id: string; progress: number }>(event);
      if (event === "student_progress") heard.push(`${payload.user_id} ${payload.video_id} ${payload.progress}`);
    }
    return heard;
  };
  await school.report(ann, 1, 1);
  await school.report(again, 2, 2);
  await school.report(ann, 3, 3, "v2");
  await school.report(bob, 4, 4);
  await school.report(bob, 0, 0);
  expect(await said()).toEqual([`ann ${VIDEO} 1`, "ann v2 3", `bob ${VIDEO} 4`]);
  await school.clock.advance(1_900);
  await school.report(ann, 1, 1);
  expect(await said()).toEqual([]);
  ann.close();
  again.close();
  await school.clock.advance(200);
  // A report is where one is, not how far one got.
  expect(await said()).toEqual([`ann ${VIDEO} 1`, `bob ${VIDEO} 0`]);
  await school.clock.advance(10_000);
  expect(await said()).toEqual([]);
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

test("a class of 200 that reports every second: one report in 2 s each, and everybody's last value is stored", async () => {
  await using school = await School.start();
  const students = Array.from({ length: 200 }, (_, index) => `s${index}`);
  for (const student of students) await school.call("key", `/courses/${COURSE}/enroll`, { user_id: student });
  const clients = await Promise.all(students.map((student) => school.user(student)));
  const teacher = await school.inCourse("teacher");
  const seconds = 20;
  for (let second = 1; second <= seconds; second++) {
    await Promise.all(clients.map((client, index) => school.report(client, second, second * 10 + index / 1000)));
    await school.clock.advance(1_000);
  }
  await school.clock.advance(12_000);
  const heard = await teacher.rest();
  const reports = heard.filter(({ event }) => event === "student_progress").map(({ payload }) => payload as never);
  const perStudent = Map.groupBy(reports, ({ user_id }: { user_id: string }) => user_id);
  expect(perStudent.size).toBe(200);
  for (const mine of perStudent.values()) {
    expect(mine.length).toBeGreaterThanOrEqual(seconds / 2);
    expect(mine.length).toBeLessThanOrEqual(seconds / 2 + 1);
    expect(mine.at(-1)).toMatchObject({ progress: seconds });
  }
  const { body } = await school.call("teacher", `/courses/${COURSE}/progress`);
  const stored = new Map((body.data as Row[]).map((row) => [row.user_id, row]));
  for (const [index, student] of students.entries()) {
    expect(stored.get(student)).toMatchObject(update(student, seconds * 10 + index / 1000, seconds));
  }
});
