import { expect, test } from "bun:test";
import { fitting } from "../../src/realtime/snapshot";

test("a snapshot that fits is left as it is; of one that does not, the newest stay", () => {
  const small = [{ n: 1 }, { n: 2 }];
  expect(fitting(small)).toBe(small);
  const large = Array.from({ length: 10 }, (_, n) => ({ n, text: "é".repeat(20_000) }));
  const kept = fitting(large);
  expect(kept).toEqual(large.slice(4));
  expect(JSON.stringify(kept).length).toBeLessThan(256 * 1024);
  expect(fitting([{ text: "x".repeat(300_000) }])).toEqual([]);
});
