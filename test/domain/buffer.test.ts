import { expect, test } from "bun:test";
import fc from "fast-check";
import { WriteBehind } from "../../src/domain/progress/buffer";
import type { Refusal } from "../../src/refusal";
import { openLog } from "../../src/runtime/log";
import { FakeClock } from "../clock";

interface Row {
  readonly key: string;
  readonly value: number;
}

/** A buffer of four rows before a disk that works or does not. */
function opened() {
  const clock = new FakeClock();
  const lines: { level: string; msg: string; [field: string]: unknown }[] = [];
  const disk = { works: true, rows: new Map<string, number>(), bad: new Set<string>() };
  const buffer = new WriteBehind<Row>({
    name: "test",
    clock,
    log: openLog("info", { write: (line) => lines.push(JSON.parse(line)) }),
    maxRows: 4,
    write(rows) {
      if (!disk.works) throw new Error("no disk");
      for (const { key, value } of rows) if (!disk.bad.has(key)) disk.rows.set(key, value);
      return { bad: rows.filter(({ key }) => disk.bad.has(key)).map((row) => ({ row, error: new Error("no") })) };
    },
  });
  const put = (owner: string, name: string, value: number) => buffer.put(owner, name, { key: owner + name, value });
  return { clock, lines, disk, buffer, put };
}

function codeOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as Refusal).code;
  }
}

test("a full buffer refuses what is new and takes what replaces; once written it takes everything again", () => {
  const { buffer, disk, put } = opened();
  disk.works = false;
  for (const name of ["w", "x", "y"]) put("a", name, 1);
  put("b", "z", 1);
  expect(codeOf(() => put("b", "new", 1))).toBe("unavailable");
  expect(codeOf(() => put("c", "new", 1))).toBe("unavailable");
  expect(buffer.size).toBe(4);
  expect([...buffer.of("c")]).toEqual([]);
  put("a", "x", 2);
  expect(buffer.get("a", "x")).toEqual({ key: "ax", value: 2 });
  expect(buffer.flush()).toBe(false);
  expect(codeOf(() => put("c", "new", 1))).toBe("unavailable");
  buffer.drop("b");
  put("c", "new", 3);
  disk.works = true;
  expect(buffer.flush()).toBe(true);
  expect(Object.fromEntries(disk.rows)).toEqual({ aw: 1, ax: 2, ay: 1, cnew: 3 });
  for (const name of ["k", "l", "m", "n"]) put("d", name, 1);
  expect(buffer.size).toBe(4);
});

test("an outage is told once when it begins and once when it ends, with how long it took; the next one again", () => {
  const { buffer, clock, disk, lines, put } = opened();
  for (const outageMs of [90_000, 1_500]) {
    disk.works = false;
    put("a", "x", 1);
    put("b", "x", 1);
    expect(buffer.flush()).toBe(false);
    // What the wall clock does meanwhile is not how long it takes.
    clock.jump(-86_400_000);
    for (let tries = 1; tries <= 3; tries++) {
      clock.pass(outageMs / 3);
      expect(buffer.flush()).toBe(false);
    }
    disk.works = true;
    expect(buffer.flush()).toBe(true);
    expect(buffer.flush()).toBe(true);
    expect(lines.splice(0)).toMatchObject([
      { level: "error", buffer: "test", rows: 2, err: { message: "no disk" } },
      { level: "info", buffer: "test", outageMs },
    ]);
  }
  expect([buffer.written, buffer.failures]).toEqual([4, 8]);
});

test("rows that can never be written are told one by one, and neither kept nor counted as written", () => {
  const { buffer, disk, lines, put } = opened();
  disk.bad.add("ax").add("bx");
  for (const owner of ["a", "b", "c"]) put(owner, "x", 1);
  expect(buffer.flush()).toBe(true);
  expect([buffer.size, buffer.written, buffer.failures]).toEqual([0, 1, 0]);
  expect(lines).toMatchObject([{ level: "error" }, { level: "error" }]);
});

test("random reports, flushes, failures and reads: what is read is always what a plain map would say", async () => {
  const key = fc.record({ owner: fc.constantFrom("a", "b"), name: fc.constantFrom("x", "y", "z") });
  const step = fc.oneof(
    fc.record({ put: key }),
    fc.record({ flush: fc.boolean() }),
    fc.record({ drop: fc.constantFrom("a", "b") }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const { buffer, disk, put } = opened();
      const model = new Map<string, number>();
      for (const [value, each] of steps.entries()) {
        if ("put" in each) {
          const { owner, name } = each.put;
          const isNew = buffer.get(owner, name) === undefined;
          const wasFull = buffer.size === 4;
          expect(codeOf(() => put(owner, name, value))).toBe(isNew && wasFull ? "unavailable" : undefined);
          if (!isNew || !wasFull) model.set(owner + name, value);
        } else if ("flush" in each) {
          disk.works = each.flush;
          const hadNothing = buffer.size === 0;
          expect(buffer.flush()).toBe(disk.works || hadNothing);
        } else {
          for (const { key } of buffer.of(each.drop)) {
            const older = disk.rows.get(key);
            if (older === undefined) model.delete(key);
            else model.set(key, older);
          }
          buffer.drop(each.drop);
        }
        const seen = new Map(disk.rows);
        for (const owner of ["a", "b"]) for (const row of buffer.of(owner)) seen.set(row.key, row.value);
        expect(seen).toEqual(model);
        expect(buffer.size).toBe([...["a", "b"]].flatMap((owner) => [...buffer.of(owner)]).length);
      }
    }),
    { numRuns: 300 },
  );
});
