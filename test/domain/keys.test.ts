import { expect, test } from "bun:test";
import { ApiKeys } from "../../src/domain/keys/apikeys";
import { Identities } from "./house";

test("a key may do what its scopes say, the configured one everything; a revoked one nothing", async () => {
  using identities = await Identities.open();
  const configured = "c".repeat(32);
  const keys = new ApiKeys(identities.store, identities.clock, configured);
  const key = await keys.add("grafana", ["metrics", "live"]);
  expect([keys.allows(key, "metrics"), keys.allows(key, "live"), keys.allows(key, "playback")]).toEqual([
    true,
    true,
    false,
  ]);
  expect(["metrics", "playback", "live"].every((scope) => keys.allows(configured, scope))).toBe(true);
  for (const wrong of ["", "*", `${key}x`, key.toUpperCase()]) expect(keys.allows(wrong, "metrics")).toBe(false);
  expect(JSON.stringify(await keys.list())).not.toContain(key);
  // Another process has its own copy until it reads again.
  const elsewhere = new ApiKeys(identities.store, identities.clock, undefined);
  await keys.revoke("grafana");
  expect(keys.allows(key, "metrics")).toBe(false);
  expect(elsewhere.allows(key, "metrics")).toBe(true);
  elsewhere.reload();
  expect(elsewhere.allows(key, "metrics")).toBe(false);
});
