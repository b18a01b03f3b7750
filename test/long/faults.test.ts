import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { Ledger, type Pledge } from "./pledges/pledge";
import { killRounds } from "./rounds";
import { locked, stampede } from "./scenarios";

// A few of each; `bun run faults` does a hundred rounds, and what takes longer.

test("killed under load, again and again over one database, the server has everything that it acknowledged", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { faults, acknowledged } = await killRounds(2, seed);
  expect({ seed, faults }).toEqual({ seed, faults: [] });
  expect([...acknowledged.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
}, 120_000);

test("while somebody else has the database the server answers, and loses nothing", async () => {
  expect((await locked(600)).faults).toEqual([]);
}, 60_000);

test("after a kill everybody comes back at once", async () => {
  expect((await stampede(60)).faults).toEqual([]);
}, 60_000);

describe("what looks for losses finds them:", () => {
  const pledge: Pledge = {
    name: "things",
    visit: async () => undefined,
    stored: () => new Map([["kept", 5]]),
  };
  const missing = (promised: Pledge, key: string, rank: number, killedAtMs?: number): string[] => {
    const ledger = new Ledger();
    ledger.note(key, rank);
    const db = new Database(":memory:");
    const faults = ledger.missing(promised, db, killedAtMs);
    db.close();
    return faults;
  };

  test("a thing that is not there, and one that is less far than acknowledged", () => {
    expect(missing(pledge, "kept", 5)).toEqual([]);
    expect(missing(pledge, "kept", 6)).toEqual(["things: kept was acknowledged at 6 and is at 5"]);
    expect(missing(pledge, "lost", 1, performance.now() + 1_000)).toHaveLength(1);
  });

  test("what is buffered may be behind by its period and no more, and not at all after an orderly stop", () => {
    const buffered = { ...pledge, behindMs: 300 };
    expect(missing(buffered, "kept", 6, performance.now() + 200)).toEqual([]);
    expect(missing(buffered, "kept", 6, performance.now() + 400)).toHaveLength(1);
    expect(missing(buffered, "kept", 6)).toHaveLength(1);
  });

  test("what should not be there", () => {
    expect(missing({ ...pledge, excess: () => ["twice"] }, "kept", 1)).toEqual(["twice"]);
  });
});
