import { expect, spyOn, test } from "bun:test";
import { Passwords } from "../../src/domain/accounts/passwords";

const HASH = await new Passwords().hash("correct horse");

test("a password is kept as argon2id with OWASP's figures, salted, and fits only itself", async () => {
  const passwords = new Passwords();
  expect(HASH).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
  expect(await passwords.hash("correct horse")).not.toBe(HASH);
  expect(await passwords.fits("correct horse", HASH)).toBe(true);
  for (const wrong of ["", "correct hors", "Correct horse", " correct horse", "correct horse ", "correct horse\0x"]) {
    expect([wrong, await passwords.fits(wrong, HASH)]).toEqual([wrong, false]);
  }
});

test("a password is left exactly as it is: spaces, and two spellings of the same letters", async () => {
  const passwords = new Passwords();
  const hash = await passwords.hash(" caf\u00e9 ");
  expect(await passwords.fits(" caf\u00e9 ", hash)).toBe(true);
  expect(await passwords.fits(" cafe\u0301 ", hash)).toBe(false);
  expect(await passwords.fits("caf\u00e9", hash)).toBe(false);
});

test("without a hash nothing fits, after the same work", async () => {
  const passwords = new Passwords();
  using verify = spyOn(Bun.password, "verify");
  for (const guess of ["", "correct horse", "null"]) expect(await passwords.fits(guess, null)).toBe(false);
  expect(verify).toHaveBeenCalledTimes(3);
  const cost = (hash: unknown) => String(hash).split("$").slice(0, 4).join("$");
  for (const [, decoy] of verify.mock.calls) expect(cost(decoy)).toBe(cost(HASH));
  verify.mockImplementation(() => Promise.resolve(true));
  expect(await passwords.fits("whatever the decoy was made of", null)).toBe(false);
});

/** Comparisons that end when the test says so. */
function held() {
  const waiting: ((fits: boolean) => void)[] = [];
  const spy = spyOn(Bun.password, "verify").mockImplementation(() => new Promise((resolve) => waiting.push(resolve)));
  return { waiting, spy, [Symbol.dispose]: () => spy.mockRestore() };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("of a hundred at once two are computed, twenty wait in line, and the rest is told to come back in a second", async () => {
  using work = held();
  const passwords = new Passwords();
  const told: unknown[] = [];
  const ended: number[] = [];
  const all = Array.from({ length: 100 }, (_, index) =>
    passwords.fits("guess", HASH).then(
      () => ended.push(index),
      (refusal) => told.push(refusal),
    ),
  );
  await settled();
  expect(work.waiting).toHaveLength(2);
  expect(told).toHaveLength(78);
  for (const refusal of told) expect(refusal).toMatchObject({ code: "rate_limit_exceeded", retryAfterMs: 1_000 });
  for (let done = 1; done <= 22; done++) {
    work.waiting.shift()?.(true);
    await settled();
    expect(ended).toHaveLength(done);
    expect(work.waiting).toHaveLength(Math.min(2, 22 - done));
  }
  await Promise.all(all);
  // First come, first served.
  expect(ended).toEqual(Array.from({ length: 22 }, (_, index) => index));
});

test("a place in line is given back when the work fails", async () => {
  const passwords = new Passwords();
  using verify = spyOn(Bun.password, "verify").mockImplementation(() => Promise.reject(new Error("no memory")));
  const outcomes = await Promise.allSettled(Array.from({ length: 22 }, () => passwords.fits("guess", HASH)));
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(22);
  verify.mockImplementation(() => Promise.resolve(true));
  expect(await Promise.all(Array.from({ length: 22 }, () => passwords.fits("guess", HASH)))).not.toContain(false);
});
