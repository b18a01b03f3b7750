import { expect, test } from "bun:test";
import { ApiKeys } from "../../src/domain/keys/apikeys";
import { Identities, refusal } from "./house";

const CONFIGURED = "c".repeat(32);
const SCOPES = ["playback", "requests", "studio", "live", "learning", "metrics"];

test.each([
  [["metrics"], ["metrics"]],
  [
    ["playback", "live"],
    ["playback", "live"],
  ],
  [SCOPES, SCOPES],
  [["metric", "live2", "LIVE", ""], []],
])("a key with the scopes %j may be used for %j and nothing else", async (scopes, allowed) => {
  using identities = await Identities.open();
  const keys = new ApiKeys(identities.store, identities.clock, undefined);
  const key = await keys.add("mine", scopes);
  expect(SCOPES.filter((scope) => keys.allows(key, scope))).toEqual(allowed);
});

test("the configured key has every scope; without one nothing has", async () => {
  using identities = await Identities.open();
  const keys = new ApiKeys(identities.store, identities.clock, CONFIGURED);
  expect(SCOPES.filter((scope) => keys.allows(CONFIGURED, scope))).toEqual(SCOPES);
  const none = new ApiKeys(identities.store, identities.clock, undefined);
  for (const key of [CONFIGURED, "", "undefined", "*"]) {
    expect(SCOPES.filter((scope) => none.allows(key, scope))).toEqual([]);
  }
});

test("a key is 256 random bits, shown once, and what is stored of it opens nothing", async () => {
  using identities = await Identities.open();
  const keys = new ApiKeys(identities.store, identities.clock, CONFIGURED);
  const [key, other] = [await keys.add("one", ["metrics"]), await keys.add("two", ["metrics"])];
  expect(key).toMatch(/^hk_[\w-]{43}$/);
  expect(other).not.toBe(key);
  const rows = identities.store.db.$client.query("SELECT * FROM api_keys").all() as { hash: string }[];
  expect(JSON.stringify(rows)).not.toContain(key.slice(3));
  const guesses = ["", "*", "one", key.slice(0, -1), `${key}x`, ` ${key}`, key.toUpperCase(), CONFIGURED.slice(1)];
  for (const guess of [...guesses, ...rows.map(({ hash }) => hash)]) expect(keys.allows(guess, "metrics")).toBe(false);
});

test("keys are listed by name, with when they were made", async () => {
  using identities = await Identities.open();
  const { clock } = identities;
  const keys = new ApiKeys(identities.store, clock, CONFIGURED);
  const createdAt = clock.now();
  await keys.add("b", ["live", "metrics"]);
  clock.pass(1_000);
  await keys.add("a", ["studio"]);
  expect(await keys.list()).toEqual([
    { name: "a", scopes: "studio", createdAt: createdAt + 1_000 },
    { name: "b", scopes: "live,metrics", createdAt },
  ]);
});

test("a name that is taken is a conflict and leaves its key as it is; an unknown one cannot be revoked", async () => {
  using identities = await Identities.open();
  const keys = new ApiKeys(identities.store, identities.clock, CONFIGURED);
  const key = await keys.add("mine", ["live"]);
  expect(await refusal(keys.add("mine", ["metrics"]))).toMatchObject({ code: "conflict", field: "name" });
  expect([keys.allows(key, "live"), keys.allows(key, "metrics")]).toEqual([true, false]);
  expect((await refusal(keys.revoke("yours"))).code).toBe("not_found");
});

test("a revoked key opens nothing, in another process once it reads again; the others go on", async () => {
  using identities = await Identities.open();
  const keys = new ApiKeys(identities.store, identities.clock, CONFIGURED);
  const [gone, kept] = [await keys.add("gone", SCOPES), await keys.add("kept", SCOPES)];
  const server = new ApiKeys(identities.store, identities.clock, CONFIGURED);
  await keys.revoke("gone");
  expect(keys.allows(gone, "metrics")).toBe(false);
  expect(server.allows(gone, "metrics")).toBe(true);
  const late = await keys.add("late", ["metrics"]);
  server.reload();
  expect([gone, kept, late, CONFIGURED].map((key) => server.allows(key, "metrics"))).toEqual([false, true, true, true]);
  // The same name may be given again, to another key.
  const again = await keys.add("gone", ["metrics"]);
  expect([gone, again].map((key) => keys.allows(key, "metrics"))).toEqual([false, true]);
});
