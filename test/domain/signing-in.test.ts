import { expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { rate } from "../../src/domain/limits";
import { Identities, refusal } from "./house";
import { Oracle } from "./oracle";

const PASSWORD = "correct horse";

async function withAnn(): Promise<Identities> {
  const identities = await Identities.open();
  await identities.accounts.add({ id: "ann-1", email: "Ann@Example.com", name: "Ann", password: PASSWORD });
  return identities;
}

/** Instead of argon2id, where many tries are made and the hash is not what is tested. */
function quickPasswords(): Disposable {
  const spy = spyOn(Bun.password, "verify").mockImplementation(async (password) => password === PASSWORD);
  return { [Symbol.dispose]: () => spy.mockRestore() };
}

test("one signs in by email in any case, by id, or by display name, the oldest account of that name", async () => {
  using identities = await withAnn();
  const { accounts, clock } = identities;
  clock.pass(1_000);
  await accounts.add({ id: "ann-2", email: "other@example.com", name: "Ann", password: "another password" });
  for (const login of ["ann@example.com", " ANN@EXAMPLE.COM ", "ann-1", " ann-1 ", "Ann", " Ann "]) {
    expect((await accounts.signIn(login, PASSWORD, "10.0.0.1")).id).toBe("ann-1");
  }
  for (const login of ["ANN-1", "ANN", "ann", "Ann@Example", "", "%", "ann-_"]) {
    expect((await refusal(accounts.signIn(login, PASSWORD, `from ${login}`))).code).toBe("authentication_failed");
  }
  expect((await accounts.signIn("ann-2", "another password", "10.0.0.1")).id).toBe("ann-2");
});

test("a display name belongs to the oldest account that has a password, so that nobody can take it over", async () => {
  using identities = await Identities.open();
  const { accounts, clock } = identities;
  await accounts.add({ id: "foreign", name: "Ann" });
  clock.pass(1_000);
  await accounts.add({ id: "first", name: "Ann", password: PASSWORD });
  clock.pass(1_000);
  await accounts.add({ id: "second", name: "Ann", password: PASSWORD });
  expect((await accounts.signIn("Ann", PASSWORD, "a")).id).toBe("first");
});

test("a wrong password, an unknown account, one without a password, a disabled and a deleted one are refused alike, after the same work", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  await accounts.add({ id: "bob", email: "bob@example.com" });
  await accounts.add({ id: "eve", email: "eve@example.com", password: PASSWORD });
  await accounts.setEnabled("eve", false);
  await accounts.add({ id: "zoe", email: "zoe@example.com", password: PASSWORD });
  await accounts.remove("zoe");
  using verify = spyOn(Bun.password, "verify");
  const tries = [
    ["ann-1", "wrong"],
    ["ann@example.com", ""],
    ["nobody", PASSWORD],
    ["nobody@example.com", PASSWORD],
    ["bob", PASSWORD],
    ["bob", ""],
    ["eve", PASSWORD],
    ["eve@example.com", "wrong"],
    ["zoe", PASSWORD],
    ["zoe@example.com", PASSWORD],
  ] as const;
  for (const [index, [login, password]] of tries.entries()) {
    const { code, message, reason, field, retryAfterMs } = await refusal(accounts.signIn(login, password, `a${index}`));
    expect({ code, message, reason, field, retryAfterMs }).toEqual({
      code: "authentication_failed",
      message: "Wrong user name or password",
      reason: undefined,
      field: undefined,
      retryAfterMs: undefined,
    });
    expect(verify).toHaveBeenCalledTimes(index + 1);
  }
});

test("five failures per account and address, then even the right password waits, as long as it is told", async () => {
  using identities = await withAnn();
  const { accounts, clock } = identities;
  for (let tries = 0; tries < 5; tries++) {
    expect((await refusal(accounts.signIn("ann-1", "wrong", "10.0.0.1"))).code).toBe("authentication_failed");
  }
  // Another way to name the account is the same account, and asking again makes it no worse.
  for (const login of ["ann@example.com", "Ann", "ann-1"]) {
    expect(await refusal(accounts.signIn(login, PASSWORD, "10.0.0.1"))).toMatchObject({
      code: "rate_limit_exceeded",
      retryAfterMs: 12_000,
    });
  }
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.2")).id).toBe("ann-1");
  clock.pass(11_999);
  expect((await refusal(accounts.signIn("ann-1", PASSWORD, "10.0.0.1"))).code).toBe("rate_limit_exceeded");
  clock.pass(1);
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.1")).id).toBe("ann-1");
});

test("an account that does not exist has the same limit as one that does", async () => {
  using identities = await withAnn();
  using _quick = quickPasswords();
  const { accounts } = identities;
  for (const login of ["ann-1", "nobody"]) {
    const codes = [];
    for (let tries = 0; tries < 7; tries++) codes.push((await refusal(accounts.signIn(login, "x", login))).code);
    expect(codes).toEqual([...Array(5).fill("authentication_failed"), ...Array(2).fill("rate_limit_exceeded")]);
  }
});

test("twenty failures from one address, whatever the account", async () => {
  using identities = await withAnn();
  using _quick = quickPasswords();
  const { accounts, clock } = identities;
  for (let tries = 0; tries < 20; tries++) {
    expect((await refusal(accounts.signIn(`nobody-${tries}`, "guess", "10.0.0.1"))).code).toBe("authentication_failed");
  }
  expect(await refusal(accounts.signIn("ann-1", PASSWORD, "10.0.0.1"))).toMatchObject({
    code: "rate_limit_exceeded",
    retryAfterMs: 3_000,
  });
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.2")).id).toBe("ann-1");
  clock.pass(3_000);
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.1")).id).toBe("ann-1");
});

test("a hundred failures on one account, whatever the address", async () => {
  using identities = await withAnn();
  using _quick = quickPasswords();
  const { accounts, clock } = identities;
  for (let tries = 0; tries < 100; tries++) {
    const login = ["ann-1", "Ann", "ANN@example.com"][tries % 3] ?? "";
    const { code } = await refusal(accounts.signIn(login, "guess", `10.0.${tries}.1`));
    expect(code).toBe("authentication_failed");
  }
  expect(await refusal(accounts.signIn("ann-1", PASSWORD, "10.9.9.9"))).toMatchObject({
    code: "rate_limit_exceeded",
    retryAfterMs: 600,
  });
  clock.pass(600);
  expect((await accounts.signIn("ann-1", PASSWORD, "10.9.9.9")).id).toBe("ann-1");
});

const attempt = fc.record({
  gapMs: fc.constantFrom(0, 0, 0, 100, 600, 3_000, 12_000),
  login: fc.constantFrom("ann-1", "bob", "nobody"),
  address: fc.integer({ min: 0, max: 5 }),
  isRight: fc.boolean(),
});

test("tries at random over accounts and addresses: only failures count, and every wait that is told is true", async () => {
  using identities = await withAnn();
  using _quick = quickPasswords();
  const { accounts, clock } = identities;
  await accounts.add({ id: "bob", email: "bob@example.com", password: PASSWORD });
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { minLength: 50, maxLength: 200, size: "max" }), async (attempts) => {
      // Long enough for every bucket to be full again.
      clock.pass(3_600_000);
      const start = clock.elapsed();
      const oracles = new Map<string, Oracle>();
      const oracle = (key: string, count: number) => {
        const known = oracles.get(key) ?? new Oracle(rate(count, 60_000));
        oracles.set(key, known);
        return known;
      };
      for (const { gapMs, login, address, isRight } of attempts) {
        clock.pass(gapMs);
        const limits = [oracle(`${login} ${address}`, 5), oracle(`${address}`, 20), oracle(login, 100)];
        const waitMs = Math.max(...limits.map((limit) => limit.wait(clock.elapsed() - start)));
        const signedIn = accounts.signIn(login, isRight ? PASSWORD : "guess", `10.0.0.${address}`);
        if (waitMs > 0) {
          expect(await refusal(signedIn)).toMatchObject({ code: "rate_limit_exceeded", retryAfterMs: waitMs });
        } else if (isRight && login !== "nobody") {
          expect((await signedIn).id).toBe(login);
        } else {
          expect((await refusal(signedIn)).code).toBe("authentication_failed");
          for (const limit of limits) limit.take();
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("guesses that are made at once are bounded like those that follow each other", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const guesses = await Promise.all(
    Array.from({ length: 15 }, () => refusal(accounts.signIn("ann-1", "guess", "10.0.0.1"))),
  );
  expect(guesses.filter(({ code }) => code === "authentication_failed")).toHaveLength(5);
  expect(guesses.filter(({ code }) => code === "rate_limit_exceeded")).toHaveLength(10);
});

test("successes never count, those that are made at once no more than those that follow each other", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  for (let times = 0; times < 8; times++) await accounts.signIn("ann-1", PASSWORD, "10.0.0.1");
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => accounts.signIn("ann-1", PASSWORD, "10.0.0.1")));
  expect(all.filter(({ status }) => status === "rejected")).toEqual([]);
});

/** Comparisons that end when the test says so: `end` with whether the password fits. */
function heldPasswords() {
  const waiting: ((fits: boolean) => void)[] = [];
  const spy = spyOn(Bun.password, "verify").mockImplementation(() => new Promise((resolve) => waiting.push(resolve)));
  return {
    waiting,
    async end(fits: boolean) {
      waiting.shift()?.(fits);
      await settled();
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** How a sign-in stands: an account, a refusal, or still open. */
function watched(signingIn: Promise<{ id: string }>) {
  const watched = { outcome: "open" };
  signingIn.then(
    ({ id }) => {
      watched.outcome = id;
    },
    ({ code }) => {
      watched.outcome = code;
    },
  );
  return watched;
}

test("who is over the limit is told so while the passwords of others are compared", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  await accounts.add({ id: "bob", password: PASSWORD });
  {
    using _quick = quickPasswords();
    for (let tries = 0; tries < 5; tries++) await refusal(accounts.signIn("ann-1", "guess", "10.0.0.1"));
  }
  using held = heldPasswords();
  const elsewhere = watched(accounts.signIn("bob", "guess", "10.0.0.2"));
  const sameAddress = watched(accounts.signIn("bob", "guess", "10.0.0.1"));
  const sameAccount = watched(accounts.signIn("ann-1", PASSWORD, "10.0.0.2"));
  await settled();
  // What its failures have used up by themselves none of those tries can give back.
  const over = watched(accounts.signIn("ann-1", PASSWORD, "10.0.0.1"));
  await settled();
  expect(over.outcome).toBe("rate_limit_exceeded");
  expect([elsewhere, sameAddress, sameAccount].map(({ outcome }) => outcome)).toEqual(["open", "open", "open"]);
  for (const fits of [false, false, true]) await held.end(fits);
  expect(sameAccount.outcome).toBe("ann-1");
});

test("who is only over the limit because of tries that run waits for their outcome, and no longer", async () => {
  using identities = await withAnn();
  using held = heldPasswords();
  const { accounts } = identities;
  const all = Array.from({ length: 7 }, () => watched(accounts.signIn("ann-1", PASSWORD, "10.0.0.1")));
  const outcomes = () => all.map(({ outcome }) => outcome);
  await settled();
  expect(held.waiting).toHaveLength(2);
  // Two tokens come back, and two of them are taken again.
  await held.end(true);
  await held.end(true);
  expect(outcomes()).toEqual(["ann-1", "ann-1", "open", "open", "open", "open", "open"]);
  for (let failures = 0; failures < 4; failures++) await held.end(false);
  // The last of them would be the fifth failure, the try after it the sixth.
  const eighth = watched(accounts.signIn("ann-1", PASSWORD, "10.0.0.1"));
  await settled();
  expect(eighth.outcome).toBe("open");
  await held.end(false);
  expect(outcomes().slice(2)).toEqual(Array(5).fill("authentication_failed"));
  expect(eighth.outcome).toBe("rate_limit_exceeded");
});

test("a class that signs in from one address at the same moment gets in, all of it", async () => {
  using identities = await Identities.open();
  const { accounts } = identities;
  const pupils = Array.from({ length: 25 }, (_, pupil) => `pupil-${pupil}`);
  for (const id of pupils) await accounts.add({ id, password: PASSWORD });
  const ids = await Promise.all(pupils.map(async (pupil) => (await accounts.signIn(pupil, PASSWORD, "10.0.0.1")).id));
  expect(ids).toEqual(pupils);
});

test("of a hundred sign-ins at once those that cannot wait are told to come back, and do not count", async () => {
  using identities = await withAnn();
  using _quick = quickPasswords();
  const { accounts } = identities;
  const all = await Promise.allSettled(
    Array.from({ length: 100 }, (_, user) => accounts.signIn("ann-1", PASSWORD, `10.0.1.${user}`)),
  );
  const refused = all.filter((each) => each.status === "rejected");
  expect(refused).toHaveLength(78);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: "rate_limit_exceeded", retryAfterMs: 1_000 });
  // Neither the account nor any of the addresses has lost a try by it.
  for (let tries = 0; tries < 100; tries++) {
    const { code } = await refusal(accounts.signIn("ann-1", "guess", `10.0.1.${tries}`));
    expect(code).toBe("authentication_failed");
  }
});

test.each(["from", "to", "to ann-1", "ann-1 10.0.0.1"])(
  "failures on an account called %j count for it and its address, and for nothing else",
  async (login) => {
    using identities = await withAnn();
    using _quick = quickPasswords();
    const { accounts } = identities;
    for (let tries = 0; tries < 5; tries++) {
      expect((await refusal(accounts.signIn(login, "guess", "10.0.0.1"))).code).toBe("authentication_failed");
    }
    expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.1")).id).toBe("ann-1");
    expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.2")).id).toBe("ann-1");
  },
);
