import { expect, test } from "bun:test";
import { hmac, Identities, outcome } from "./house";

const NOW_S = Date.UTC(2026, 0, 1) / 1000;
const U1 = { sub: "u1", exp: NOW_S + 3_600 };

function stored(identities: Identities): number {
  const row = identities.store.db.$client.query("SELECT count(*) AS n FROM revocations").get();
  return (row as { n: number }).n;
}

test.each([
  ["a jti", { ...U1, jti: "t1" }],
  ["no jti", U1],
  ["no jti and no exp", { sub: "u1" }],
  ["a jti that is null", { ...U1, jti: null }],
])("a token with %s, once revoked, is refused for good, restarts included", async (_what, payload) => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  const token = hmac(payload);
  const identity = await tokens.verify(token);
  await tokens.revoke(identity);
  await tokens.revoke(identity);
  expect(await outcome(tokens, token)).toBe("revoked");
  expect(tokens.review(identity)).rejects.toThrow("revoked");
  expect(await outcome(await identities.tokens(), token)).toBe("revoked");
});

test.each([[42], [true], [{ id: "t1" }], [["t1"]], [""]])(
  "a token whose jti is %j is refused from the start, or like any other once it is revoked",
  async (jti) => {
    using identities = await Identities.open();
    const tokens = await identities.tokens();
    const token = hmac({ ...U1, jti });
    if ((await outcome(tokens, token)) === "invalid") return;
    await tokens.revoke(await tokens.verify(token));
    expect(await outcome(tokens, token)).toBe("revoked");
    expect(await outcome(await identities.tokens(), token)).toBe("revoked");
  },
);

test("a revoked token stays revoked however its signature is written", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  const token = hmac(U1);
  await tokens.revoke(await tokens.verify(token));
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = digits.indexOf(token.at(-1) ?? "");
  // 43 digits of six bits hold the 256 of the signature, and two that mean nothing.
  const variants = [1, 2, 3].map((bits) => token.slice(0, -1) + digits[last ^ bits]);
  variants.push(`${token}=`, `${token}\n`, `${token} `, token.replace(/\.(?=[^.]*$)/, ". "));
  for (const variant of variants) expect(await outcome(tokens, variant)).toMatch(/^(revoked|invalid)$/);
});

test("one revoked token leaves the user's other ones, and everybody else's", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  const ann = await identities.accounts.add({ id: "ann", email: "ann@example.com" });
  const [phone, tv] = [(await tokens.issue(ann)).token, (await tokens.issue(ann)).token];
  const heard: string[] = [];
  tokens.onRevoked((userId) => heard.push(userId));
  await tokens.revoke(await tokens.verify(phone));
  expect(heard).toEqual(["ann"]);
  expect(await outcome(tokens, phone)).toBe("revoked");
  expect(await outcome(tokens, tv)).toBe("ann");
  expect(await outcome(tokens, hmac({ sub: "ann" }))).toBe("ann");
  expect(await outcome(tokens, hmac(U1))).toBe("u1");
});

test("a revocation is kept until its token has expired by any clock, and not much longer", async () => {
  using identities = await Identities.open();
  const { clock } = identities;
  const tokens = await identities.tokens();
  const token = hmac(U1);
  const eternal = hmac({ sub: "u1" });
  for (const each of [token, eternal]) await tokens.revoke(await tokens.verify(each));
  // Within the skew the token itself would still be accepted.
  clock.pass(3_604_999);
  await tokens.sweep();
  expect(await outcome(tokens, token)).toBe("revoked");
  expect(stored(identities)).toBe(2);
  clock.pass(120_000);
  await tokens.sweep();
  expect(await outcome(tokens, token)).toBe("expired");
  expect(stored(identities)).toBe(1);
  clock.pass(100 * 365 * 86_400_000);
  await tokens.sweep();
  expect(await outcome(tokens, eternal)).toBe("revoked");
  expect(await outcome(await identities.tokens(), eternal)).toBe("revoked");
});
