import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../process/server";
import { PROMISES } from "./promises";

// What `bun run reliability --quick` does and no other test. Its other lines are tests that are run anyway.

describe("what is promised is kept:", () => {
  const quick = PROMISES.filter(({ isQuick }) => isQuick);
  test.each(quick.map((promised) => [promised.name, promised] as const))(
    "%s",
    async (_, { run }) => {
      const result = await run?.("quick", () => undefined);
      // With the figures, which have the seed to do it again.
      expect(result).toEqual({ faults: [], figures: expect.any(String) });
    },
    120_000,
  );
});

test("every promise is shown by something, and the tests that show it are there", () => {
  for (const { name, tests, run } of PROMISES) {
    expect([name, tests !== undefined || run !== undefined]).toEqual([name, true]);
    for (const each of tests ?? []) {
      const [file = "", chosen = ""] = each.split("#");
      expect([name, readFileSync(join(ROOT, file), "utf8").includes(chosen)]).toEqual([name, true]);
    }
  }
});

test("no fault that the project speaks of is without a line", () => {
  const names = PROMISES.map(({ name }) => name).join("\n");
  for (const word of ["conformance", "hostile", "events", "routes", "tokens", "browser", "kill", "full", "locked"]) {
    expect(names).toContain(word);
  }
  for (const word of ["clock", "half-open", "slow", "at once", "hangs", "soak", "backup", "retention"]) {
    expect(names).toContain(word);
  }
});
