import { expect, test } from "bun:test";
import { Gather } from "../../src/realtime/gather";
import { FakeClock } from "../clock";

const MANY = 1_000;
const FEW = 10;

function start() {
  const clock = new FakeClock();
  const gather = new Gather(clock);
  const out: string[] = [];
  const publish = (members: number, what: string, bytes = 100) => gather.publish(members, bytes, () => out.push(what));
  return { clock, gather, out, publish };
}

test("a quiet room is served at once, each time", () => {
  const { clock, out, publish } = start();
  publish(MANY, "a");
  clock.pass(40);
  publish(MANY, "b");
  expect(out).toEqual(["a", "b"]);
});

test("what comes soon after waits for the end of 40 ms, and leaves together", async () => {
  const { clock, out, publish } = start();
  publish(MANY, "a");
  await clock.advance(10);
  publish(MANY, "b");
  await clock.advance(20);
  publish(MANY, "c");
  await clock.advance(9);
  expect(out).toEqual(["a"]);
  await clock.advance(1);
  expect(out).toEqual(["a", "b", "c"]);
  publish(MANY, "d");
  expect(out.length).toBe(3);
  await clock.advance(40);
  expect(out.at(-1)).toBe("d");
});

test("small rooms never wait, unless something that came before them does", async () => {
  const { clock, out, publish } = start();
  for (const what of ["a", "b", "c"]) publish(FEW, what);
  expect(out).toEqual(["a", "b", "c"]);
  publish(MANY, "d");
  publish(MANY, "e");
  publish(FEW, "f");
  expect(out).toEqual(["a", "b", "c", "d"]);
  await clock.advance(40);
  expect(out).toEqual(["a", "b", "c", "d", "e", "f"]);
  publish(FEW, "g");
  expect(out.at(-1)).toBe("g");
});

test("too much to wait leaves at once, and so does everything when it must be in order", async () => {
  const { clock, gather, out, publish } = start();
  publish(MANY, "a");
  publish(MANY, "b", 60_000);
  expect(out).toEqual(["a"]);
  publish(MANY, "c", 6_000);
  expect(out).toEqual(["a", "b", "c"]);
  publish(MANY, "d");
  gather.flush();
  expect(out.at(-1)).toBe("d");
  gather.flush();
  await clock.advance(1_000);
  expect(out.length).toBe(4);
});
