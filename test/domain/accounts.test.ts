import { Database } from "bun:sqlite";
import { expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { Accounts } from "../../src/domain/accounts/accounts";
import { Limits } from "../../src/domain/limits";
import { openLog } from "../../src/runtime/log";
import { openStore } from "../../src/store/database";
import { hmac, Identities, outcome, refusal } from "./house";

const PASSWORD = "correct horse";

async function withAnn(): Promise<Identities> {
  const identities = await Identities.open();
  await identities.accounts.add({ id: "ann", email: "Ann@Example.com", name: "Ann", password: PASSWORD });
  return identities;
}

test("a new account has what it was given, and what is sensible for the rest", async () => {
  using identities = await Identities.open();
  const { accounts, clock } = identities;
  const createdAt = clock.now();
  expect(
    await accounts.add({ id: "ann", email: "Ann@Example.com", name: "Ann B.", roles: ["admin", "owner"] }),
  ).toEqual({
    id: "ann",
    email: "Ann@Example.com",
    name: "Ann B.",
    roles: ["admin", "owner"],
    status: "active",
    version: 0,
    createdAt,
  });
  expect(await accounts.add({ email: "bob.b@example.com" })).toMatchObject({ name: "bob.b", roles: [] });
  expect(await accounts.add({ id: "zoe" })).toMatchObject({ email: null, name: "zoe" });
  const [first, second] = [await accounts.add({}), await accounts.add({})];
  expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(second.id).not.toBe(first.id);
  expect(await accounts.list()).toHaveLength(5);
});

test("an account is found by its id and by its email in any case, and by nothing else", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  for (const login of ["ann", "Ann@Example.com", " ann@EXAMPLE.com "]) {
    expect((await accounts.find(login))?.id).toBe("ann");
  }
  for (const login of ["Ann", "ANN", "ann@example", "", "%"]) expect(await accounts.find(login)).toBeUndefined();
});

test("an id or an email that is taken is a conflict that names the field; nothing is found of an unknown id", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const taken = { code: "conflict", field: "id" };
  expect(await refusal(accounts.add({ id: "ann", email: "x@example.com" }))).toMatchObject(taken);
  for (const email of ["ann@example.com", "ANN@EXAMPLE.COM", " ann@example.com "]) {
    expect(await refusal(accounts.add({ email }))).toMatchObject({ code: "conflict", field: "email" });
  }
  expect(await accounts.list()).toHaveLength(1);
  for (const change of [
    () => accounts.setEnabled("x", false),
    () => accounts.setRoles("x", []),
    () => accounts.setPassword("x", "y"),
    () => accounts.remove("x"),
    () => accounts.remove("Ann@Example.com"),
  ]) {
    expect((await refusal(change())).code).toBe("not_found");
  }
});

test("a valid token of an unknown user makes the user known, once, and gives no way to sign in", async () => {
  using identities = await Identities.open();
  const { accounts, clock } = identities;
  const tokens = await identities.tokens();
  const identity = await tokens.verify(
    hmac({ sub: "u9", email: "nine@example.com", username: "Nine", role: "Instructor" }),
  );
  expect(identity).toMatchObject({ userId: "u9", email: "nine@example.com", username: "Nine", roles: ["instructor"] });
  expect(await accounts.find("u9")).toEqual({
    id: "u9",
    email: "nine@example.com",
    name: "Nine",
    roles: ["instructor"],
    status: "active",
    version: 0,
    createdAt: clock.now(),
  });
  clock.pass(1_000);
  expect(await outcome(tokens, hmac({ sub: "u9", email: "other@example.com", username: "Other" }))).toBe("u9");
  expect(await accounts.list()).toHaveLength(1);
  // There is no password that would fit.
  for (const password of ["", "null", "undefined"]) {
    expect((await refusal(accounts.signIn("u9", password, "a"))).code).toBe("authentication_failed");
  }
});

test("an email in a token never opens or takes over the account that has it", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  expect(await outcome(tokens, hmac({ sub: "eve", email: "ann@example.com", username: "Ann" }))).toBe("eve");
  expect(await outcome(tokens, hmac({ email: "ann@example.com" }))).toBe("invalid");
  expect((await accounts.find("ann@example.com"))?.id).toBe("ann");
  for (const login of ["ann@example.com", "Ann", "ann"]) {
    expect((await accounts.signIn(login, PASSWORD, "a")).id).toBe("ann");
  }
  // When the email is free again it is still nobody else's by itself.
  await accounts.remove("ann");
  expect(await accounts.find("ann@example.com")).toBeUndefined();
  expect((await accounts.add({ id: "ann-2", email: "ann@example.com" })).email).toBe("ann@example.com");
});

test("a token that claims to be ours for an account there is not is refused", async () => {
  using identities = await withAnn();
  const tokens = await identities.tokens();
  expect(await outcome(tokens, hmac({ sub: "ghost", headend_version: 0 }))).toBe("revoked");
  expect(await identities.accounts.find("ghost")).toBeUndefined();
});

test("while the database is locked an unknown user's token counts; the user becomes known afterwards", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  const foreign = new Database(join(identities.folder.path, "headend.db"));
  foreign.run("BEGIN IMMEDIATE");
  expect(await outcome(tokens, hmac({ sub: "u1", role: "admin" }))).toBe("u1");
  foreign.run("ROLLBACK");
  foreign.close();
  expect(await identities.accounts.find("u1")).toBeUndefined();
  expect(await outcome(tokens, hmac({ sub: "u1", role: "admin" }))).toBe("u1");
  expect(await identities.accounts.find("u1")).toMatchObject({ roles: ["admin"] });
});

test("disabling ends every token and sign-in, enabling brings them back", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  const ours = (await tokens.issue(await accounts.signIn("ann", PASSWORD, "a"))).token;
  const theirs = hmac({ sub: "ann", role: "admin" });
  const sessions = [await tokens.verify(ours), await tokens.verify(theirs)];
  await accounts.setEnabled("ann", false);
  for (const token of [ours, theirs]) expect(await outcome(tokens, token)).toBe("revoked");
  for (const session of sessions) expect((await refusal(tokens.review(session))).reason).toBe("revoked");
  expect((await refusal(accounts.signIn("ann", PASSWORD, "a"))).code).toBe("authentication_failed");
  expect(await accounts.find("ann")).toMatchObject({ status: "disabled" });
  await accounts.setEnabled("ann", true);
  for (const token of [ours, theirs]) expect(await outcome(tokens, token)).toBe("ann");
  expect((await accounts.signIn("ann", PASSWORD, "a")).id).toBe("ann");
});

test("a change of password ends our tokens of before at once, and another issuer's that say when they were made", async () => {
  using identities = await withAnn();
  const { accounts, clock } = identities;
  const tokens = await identities.tokens();
  const ours = (await tokens.issue(await accounts.signIn("ann", PASSWORD, "a"))).token;
  const session = await tokens.verify(ours);
  const at = (secondsAgo: number) => hmac({ sub: "ann", iat: clock.now() / 1000 - secondsAgo });
  const before = at(1);
  const undated = hmac({ sub: "ann" });
  await accounts.setPassword("ann", "a new password");
  for (const token of [ours, before, at(86_400)]) expect(await outcome(tokens, token)).toBe("revoked");
  expect((await refusal(tokens.review(session))).reason).toBe("revoked");
  // What was made within the same second may be of after the change.
  for (const token of [at(0), undated]) expect(await outcome(tokens, token)).toBe("ann");
  expect((await refusal(accounts.signIn("ann", PASSWORD, "b"))).code).toBe("authentication_failed");
  const again = (await tokens.issue(await accounts.signIn("ann", "a new password", "a"))).token;
  expect(await outcome(tokens, again)).toBe("ann");
  // A second change ends those of the first, those of before it included.
  await accounts.setPassword("ann", PASSWORD);
  for (const token of [ours, again]) expect(await outcome(tokens, token)).toBe("revoked");
});

test("a token made from an account that was read before its password changed is refused", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  const account = await accounts.signIn("ann", PASSWORD, "a");
  await accounts.setPassword("ann", "a new password");
  expect(await outcome(tokens, (await tokens.issue(account)).token)).toBe("revoked");
});

test("roles that a command gives beat those of every token, from then on", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  const rolesOf = async (claims: object) => (await tokens.verify(hmac({ sub: "ann", ...claims }))).roles;
  expect(await rolesOf({ role: "moderator" })).toEqual(["moderator"]);
  await accounts.setRoles("ann", ["instructor", "owner"]);
  expect(await rolesOf({ role: "admin" })).toEqual(["instructor", "owner"]);
  expect(await rolesOf({})).toEqual(["instructor", "owner"]);
  await accounts.setRoles("ann", []);
  expect(await rolesOf({ role: "admin", roles: ["admin"] })).toEqual([]);
  // The same for roles that an account is made with, none at all included.
  await accounts.add({ id: "bob", roles: ["user"] });
  await accounts.add({ id: "zoe", roles: [] });
  for (const [sub, roles] of [
    ["bob", ["user"]],
    ["zoe", []],
  ] as const) {
    expect((await tokens.verify(hmac({ sub, role: "admin" }))).roles).toEqual([...roles]);
  }
});

test("a deleted account is gone but for its id: no token opens it, until it is added again", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  await accounts.setRoles("ann", ["admin"]);
  const ours = (await tokens.issue(await accounts.signIn("ann", PASSWORD, "a"))).token;
  const theirs = hmac({ sub: "ann", email: "ann@example.com", username: "Ann" });
  const session = await tokens.verify(theirs);
  await accounts.remove("ann");
  for (const token of [ours, theirs]) expect(await outcome(tokens, token)).toBe("revoked");
  expect((await refusal(tokens.review(session))).reason).toBe("revoked");
  for (const login of ["ann", "ann@example.com", "Ann"]) {
    expect(await accounts.find(login)).toBeUndefined();
    expect((await refusal(accounts.signIn(login, PASSWORD, login))).code).toBe("authentication_failed");
  }
  expect(await accounts.list()).toEqual([]);
  expect((await refusal(accounts.remove("ann"))).code).toBe("not_found");
  const row = identities.store.db.$client.query("SELECT * FROM accounts").get();
  expect(row).toMatchObject({ id: "ann", email: null, email_key: null, name: "", roles: "", password_hash: null });
  expect(JSON.stringify(row)).not.toMatch(/example|argon2/);
  await accounts.add({ id: "ann", email: "ann@example.com" });
  expect(await outcome(tokens, ours)).toBe("revoked");
  expect((await tokens.verify(theirs)).roles).toEqual([]);
});

test("only an active admin is one", async () => {
  using identities = await withAnn();
  const { accounts } = identities;
  expect(await accounts.hasAdmin()).toBe(false);
  await accounts.setRoles("ann", ["administrator"]);
  expect(await accounts.hasAdmin()).toBe(false);
  await accounts.setRoles("ann", ["user", "admin"]);
  expect(await accounts.hasAdmin()).toBe(true);
  await accounts.setEnabled("ann", false);
  expect(await accounts.hasAdmin()).toBe(false);
  await accounts.setEnabled("ann", true);
  await accounts.remove("ann");
  expect(await accounts.hasAdmin()).toBe(false);
});

test("a server hears once of every user whose account another process has changed, and which are gone", async () => {
  using identities = await withAnn();
  const { accounts, clock } = identities;
  const store = await openStore(identities.folder.path);
  const command = new Accounts(store, clock, new Limits(clock), openLog("error", { write: () => {} }));
  await command.add({ id: "bob" });
  await command.add({ id: "zoe" });
  await command.setRoles("ann", ["admin"]);
  await command.setPassword("ann", "a new password");
  await command.setEnabled("bob", false);
  await command.setEnabled("zoe", false);
  await command.remove("zoe");
  expect((await refusal(command.setRoles("nobody", []))).code).toBe("not_found");
  store.close();
  const { last, users } = await accounts.changes();
  expect(users.sort((a, b) => a.userId.localeCompare(b.userId))).toEqual([
    { userId: "ann", isDeleted: false },
    { userId: "bob", isDeleted: false },
    { userId: "zoe", isDeleted: true },
  ]);
  // Until they are taken over they are told again: the server may be cut off in the middle.
  expect((await accounts.changes()).users).toHaveLength(3);
  await accounts.forgetChanges(last);
  expect((await accounts.changes()).users).toEqual([]);
});

test("what another process does between the look and the write is seen: no account is written over", async () => {
  using identities = await withAnn();
  const { accounts, clock, store } = identities;
  const tokens = await identities.tokens();
  const elsewhere = await openStore(identities.folder.path);
  const command = new Accounts(elsewhere, clock, new Limits(clock), openLog("error", { write: () => {} }));
  /** Lets `meanwhile` happen in the very moment before the next transaction. */
  const before = (meanwhile: () => void) => {
    const transaction = store.db.transaction.bind(store.db);
    const spy = spyOn(store.db, "transaction").mockImplementation(((...given: Parameters<typeof transaction>) => {
      spy.mockRestore();
      meanwhile();
      return transaction(...given);
    }) as typeof store.db.transaction);
  };
  before(() => void command.add({ id: "bob", email: "bob@example.com", roles: ["user"] }));
  expect(await refusal(accounts.add({ id: "bob", email: "b@example.com" }))).toMatchObject({ field: "id" });
  before(() => void command.add({ id: "zoe", email: "zoe@example.com" }));
  expect(await refusal(accounts.add({ email: "zoe@example.com" }))).toMatchObject({ field: "email" });
  // A token of a user who becomes known at that moment, with roles that count more than the token's.
  before(() => void command.add({ id: "eve", roles: ["user"] }));
  expect((await tokens.verify(hmac({ sub: "eve", role: "admin" }))).roles).toEqual(["user"]);
  expect(await accounts.find("bob")).toMatchObject({ email: "bob@example.com", roles: ["user"] });
  expect((await accounts.find("zoe@example.com"))?.id).toBe("zoe");
  expect(await accounts.find("eve")).toMatchObject({ roles: ["user"] });
  elsewhere.close();
});
