import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { Ledger, type Pledge } from "./pledges/pledge";

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
