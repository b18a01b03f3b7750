import { expect, test } from "bun:test";
import { Refusal } from "../../src/refusal";
import { token } from "../harness";
import { Identities } from "./house";

async function refusal(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  );
  if (!(error instanceof Refusal)) throw new Error(`not refused but ${error}`);
  return error;
}

const PASSWORD = "correct horse";

async function withAnn(): Promise<Identities> {
  const identities = await Identities.open();
  await identities.accounts.add({ id: "ann-1", email: "Ann@Example.com", name: "Ann", password: PASSWORD });
  return identities;
}

test("one signs in by email in any case, by id, or by display name, the oldest account of that name", async () => {
  using identities = await withAnn();
  const { accounts, clock } = identities;
  clock.pass(1_000);
  await accounts.add({ id: "ann-2", email: "other@example.com", name: "Ann", password: "another password" });
  for (const login of ["ann@example.com", " ANN@EXAMPLE.COM ", "ann-1", "Ann"]) {
    expect((await accounts.signIn(login, PASSWORD, "10.0.0.1")).id).toBe("ann-1");
  }
});

test("a wrong password, an unknown account, one without a password and a disabled one are refused alike", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  await accounts.add({ id: "bob", email: "bob@example.com" });
  await accounts.add({ id: "eve", email: "eve@example.com", password: PASSWORD });
  await accounts.setEnabled("eve", false);
  for (const [login, password] of [
    ["ann-1", "wrong"],
    ["nobody", PASSWORD],
    ["bob", PASSWORD],
    ["eve", PASSWORD],
  ] as const) {
    const { code, message, reason } = await refusal(accounts.signIn(login, password, login));
    expect({ code, message, reason }).toEqual({
      code: "authentication_failed",
      message: "Wrong user name or password",
      reason: undefined,
    });
  }
});

test("five failures per account and address, then even the right password waits, as long as it is told", async () => {
  using identities = await withAnn();
  const { accounts, clock } = identities;
  for (let tries = 0; tries < 5; tries++) {
    expect((await refusal(accounts.signIn("ann-1", "wrong", "10.0.0.1"))).code).toBe("authentication_failed");
  }
  // Another way to name the account is the same account.
  const { code, retryAfterMs } = await refusal(accounts.signIn("ann@example.com", PASSWORD, "10.0.0.1"));
  expect({ code, retryAfterMs }).toEqual({ code: "rate_limit_exceeded", retryAfterMs: 12_000 });
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.2")).id).toBe("ann-1");
  clock.pass(11_999);
  expect((await refusal(accounts.signIn("ann-1", PASSWORD, "10.0.0.1"))).code).toBe("rate_limit_exceeded");
  clock.pass(1);
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.1")).id).toBe("ann-1");
});

test("successes never count, and guesses that run at once are bounded like those that follow each other", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  for (let times = 0; times < 8; times++) await accounts.signIn("ann-1", PASSWORD, "10.0.0.1");
  const guesses = await Promise.all(
    Array.from({ length: 15 }, () => refusal(accounts.signIn("ann-1", "guess", "10.0.0.1"))),
  );
  expect(guesses.filter(({ code }) => code === "authentication_failed")).toHaveLength(5);
  expect(guesses.filter(({ code }) => code === "rate_limit_exceeded")).toHaveLength(10);
});

test("twenty failures from one address, whatever the account", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  for (let tries = 0; tries < 20; tries++) await refusal(accounts.signIn(`nobody-${tries}`, "guess", "10.0.0.1"));
  expect((await refusal(accounts.signIn("ann-1", PASSWORD, "10.0.0.1"))).code).toBe("rate_limit_exceeded");
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.0.2")).id).toBe("ann-1");
});

test("a hundred failures on one account, whatever the address", async () => {
  using identities = await withAnn();
  const { accounts, limits } = identities;
  for (let tries = 0; tries < 20; tries++) await refusal(accounts.signIn("ann-1", "guess", `10.0.0.${tries}`));
  // The other eighty without the work of hashing.
  for (let tries = 0; tries < 80; tries++)
    limits.take([{ key: "sign-in to ann-1", rate: { burst: 100, intervalMs: 600 } }]);
  expect((await refusal(accounts.signIn("ann-1", PASSWORD, "10.9.9.9"))).code).toBe("rate_limit_exceeded");
}, 20_000);

test("more sign-ins at once than can wait are told to come back, and do not count", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const all = await Promise.allSettled(
    Array.from({ length: 40 }, (_, user) => accounts.signIn("ann-1", PASSWORD, `10.0.1.${user}`)),
  );
  const refused = all.filter((each) => each.status === "rejected");
  expect(all.length - refused.length).toBeGreaterThanOrEqual(22);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: "rate_limit_exceeded", retryAfterMs: 1_000 });
  expect((await accounts.signIn("ann-1", PASSWORD, "10.0.1.1")).id).toBe("ann-1");
});

test("a valid token of an unknown user makes the user known; an email that is taken stays with its account", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  await tokens.verify(await token("u9", { email: "ann@example.com", username: "Nine", role: "Instructor" }));
  expect(await accounts.find("u9")).toMatchObject({ name: "Nine", roles: ["instructor"], status: "active" });
  expect((await accounts.signIn("ann@example.com", PASSWORD, "10.0.0.1")).id).toBe("ann-1");
});

test("a change of password ends our own tokens, and another issuer's of before", async () => {
  using identities = await withAnn();
  const { accounts, clock } = identities;
  const tokens = await identities.tokens();
  const ours = (await tokens.issue(await accounts.signIn("ann-1", PASSWORD, "a"))).token;
  const before = await token("ann-1", { iat: clock.now() / 1000 - 10 });
  await accounts.setPassword("ann-1", "a new password");
  for (const old of [ours, before]) expect((await refusal(tokens.verify(old))).reason).toBe("revoked");
  const again = await accounts.signIn("ann-1", "a new password", "a");
  expect((await tokens.verify((await tokens.issue(again)).token)).userId).toBe("ann-1");
  expect((await tokens.verify(await token("ann-1", { iat: clock.now() / 1000 }))).userId).toBe("ann-1");
});

test("a deleted account is gone but for its id: no token opens it, until it is added again", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  const ours = (await tokens.issue(await accounts.signIn("ann-1", PASSWORD, "a"))).token;
  await accounts.remove("ann-1");
  for (const jwt of [ours, await token("ann-1")]) expect((await refusal(tokens.verify(jwt))).reason).toBe("revoked");
  expect(await accounts.find("ann-1")).toBeUndefined();
  expect(await accounts.list()).toEqual([]);
  const row = identities.store.db.$client.query("SELECT email, email_key, name, password_hash FROM accounts").get();
  expect(row).toEqual({ email: null, email_key: null, name: "", password_hash: null });
  await accounts.add({ id: "ann-1", email: "ann@example.com" });
  expect((await refusal(tokens.verify(ours))).reason).toBe("revoked");
  expect((await tokens.verify(await token("ann-1"))).userId).toBe("ann-1");
});

test("an id or an email that is taken is a conflict that names the field; nothing else is found", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  expect(await refusal(accounts.add({ id: "ann-1", email: "x@example.com" }))).toMatchObject({
    code: "conflict",
    field: "id",
  });
  expect(await refusal(accounts.add({ email: "ANN@example.com" }))).toMatchObject({ code: "conflict", field: "email" });
  const changes = [
    () => accounts.setEnabled("x", false),
    () => accounts.setRoles("x", []),
    () => accounts.setPassword("x", "y"),
    () => accounts.remove("x"),
  ];
  for (const change of changes) expect((await refusal(change())).code).toBe("not_found");
});
