import { expect, test } from "bun:test";
import { systemClock } from "../../src/runtime/clock";
import { SECRET, startTestApp, temporaryFolder } from "../harness";
import { here } from "./here";

interface Told {
  readonly results: { api: string; name: string; source: string; ok: boolean; fault?: string; ms: number }[];
  readonly passed: number;
  readonly failed: number;
}

test("every example is told with its time, for people and for programs", async () => {
  await using app = await startTestApp({ clock: systemClock() });
  const words = ["verify", app.app.url("playback"), "--api", "playback"];
  const env = { HEADEND_JWT_SECRET: SECRET };
  const { code, stdout } = await here([...words, "--json"], env);
  const { results, passed, failed }: Told = JSON.parse(stdout);
  expect([code, passed, failed, results.length]).toEqual([0, 5, 0, 5]);
  for (const { api, ok, fault, ms } of results) {
    expect([api, ok, fault, Number.isInteger(ms)]).toEqual(["playback", true, undefined, true]);
  }
  const text = (await here(words, env)).stdout;
  expect(text.match(/ \d+ ms +ok$/gm)).toHaveLength(5);
  expect(text).toMatch(/\n5 of 5 examples work, in \d+\.\d s\n$/);
});

test("when examples fail it says why, and what is wrong more often than the server", async () => {
  await using app = await startTestApp({ clock: systemClock() });
  using empty = temporaryFolder();
  const other = { HEADEND_JWT_SECRET: "another secret, which is also longer than 32 bytes" };
  const nobody = await here(["verify", "http://127.0.0.1:1", "--api", "requests"], other);
  expect(nobody.code).toBe(1);
  expect(nobody.stdout).toContain(
    "\nNothing answers: does the server run, and is it at http://127.0.0.1:1? headend doctor",
  );
  const refused = await here(["verify", app.app.url("requests"), "--api", "requests", "--json"], other);
  const { results, failed }: Told = JSON.parse(refused.stdout);
  expect([refused.code, failed > 0]).toEqual([1, true]);
  for (const { ok, fault } of results) expect(ok).toBe(fault === undefined);
  const advice = (await here(["verify", app.app.url("requests"), "--api", "requests"], other)).stdout;
  expect(advice).toContain(
    "\nTokens are refused: give this command the server's HEADEND_DATA or HEADEND_JWT_SECRET.\n",
  );
  const lost = await here(["verify"], { HEADEND_DATA: empty.path, HEADEND_JWT_SECRET: "" });
  expect(lost).toMatchObject({ code: 1, stderr: expect.stringContaining("no secret to sign with") });
}, 60_000);
