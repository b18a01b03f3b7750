import { expect, test } from "bun:test";
import { type JWTPayload, SignJWT } from "jose";
import { SECRET } from "../harness";
import { encoded, hmac, Identities, outcome } from "./house";

const PREVIOUS = "another secret of the tests, also longer than 32";
const NOW_S = Date.UTC(2026, 0, 1) / 1000;
const U1 = { sub: "u1" };

/** A token of so many bytes, with a right signature. */
function ofBytes(length: number): string {
  const start = hmac({ ...U1, pad: "" }).length;
  for (let pad = Math.floor((length - start) * 0.75) - 3; ; pad++) {
    const token = hmac({ ...U1, pad: "x".repeat(pad) });
    if (token.length === length) return token;
    if (token.length > length) throw new Error(`no token has ${length} bytes`);
  }
}

function hs512(payload: JWTPayload): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: "HS512" }).sign(new TextEncoder().encode(SECRET));
}

/** A good token whose parts somebody has changed. */
function changed(change: (head: string, payload: string, signature: string) => string[]): string {
  const [head = "", payload = "", signature = ""] = hmac(U1).split(".");
  return change(head, payload, signature).join(".");
}

const TABLE: [what: string, token: string | Promise<string>, wanted: string][] = [
  ["a user and nothing else", hmac(U1), "u1"],
  ["a previous secret", hmac(U1, undefined, PREVIOUS), "u1"],
  ["an unknown secret", hmac(U1, undefined, "x".repeat(40)), "invalid"],
  ["no secret at all", hmac(U1, undefined, ""), "invalid"],

  ["alg none and no signature", `${encoded({ alg: "none" })}.${encoded(U1)}.`, "invalid"],
  ["alg None and no signature", `${encoded({ alg: "None" })}.${encoded(U1)}.`, "invalid"],
  ["alg nOnE and no signature", `${encoded({ alg: "nOnE" })}.${encoded(U1)}.`, "invalid"],
  ["alg none over a right signature", hmac(U1, { alg: "none" }), "invalid"],
  ["alg NONE over a right signature", hmac(U1, { alg: "NONE" }), "invalid"],
  ["alg hs256 in lower case", hmac(U1, { alg: "hs256" }), "invalid"],
  ["no alg", hmac(U1, { typ: "JWT" }), "invalid"],
  ["an alg that is no text", hmac(U1, { alg: ["HS256"] }), "invalid"],
  ["HS512 with the right secret", hs512(U1), "invalid"],
  ["HS384 over a right HS256 signature", hmac(U1, { alg: "HS384" }), "invalid"],
  ["RS256 over an HMAC", hmac(U1, { alg: "RS256" }), "invalid"],
  ["a header that is no JSON", hmac(U1, "{alg:HS256}"), "invalid"],
  ["a demand that we do not know", hmac(U1, { alg: "HS256", crit: ["x"], x: 1 }), "invalid"],
  ["a kid that is a path", hmac(U1, { alg: "HS256", kid: "../../../dev/null" }), "u1"],
  ["a kid that is SQL", hmac(U1, { alg: "HS256", kid: "' UNION SELECT 'x" }), "u1"],

  ["an empty signature", changed((head, payload) => [head, payload, ""]), "invalid"],
  ["no signature", changed((head, payload) => [head, payload]), "invalid"],
  ["half a signature", changed((head, payload, signature) => [head, payload, signature.slice(0, 20)]), "invalid"],
  ["the payload for signature", changed((head, payload) => [head, payload, payload]), "invalid"],
  ["another payload", changed((head, _, signature) => [head, encoded({ sub: "admin" }), signature]), "invalid"],
  ["another header", changed((_, ...rest) => [encoded({ alg: "HS256", kid: "1" }), ...rest]), "invalid"],
  ["a fourth part", changed((...parts) => [...parts, "x"]), "invalid"],
  ["no parts", "your_jwt_token", "invalid"],
  ["nothing in its parts", "..", "invalid"],
  ["nothing", "", "invalid"],

  ["exp in a minute", hmac({ ...U1, exp: NOW_S + 60 }), "u1"],
  ["exp four seconds ago, within the skew", hmac({ ...U1, exp: NOW_S - 4 }), "u1"],
  ["exp five seconds ago", hmac({ ...U1, exp: NOW_S - 5 }), "expired"],
  ["exp 0", hmac({ ...U1, exp: 0 }), "expired"],
  ["exp below 0", hmac({ ...U1, exp: -1e15 }), "expired"],
  ["exp beyond all time", hmac({ ...U1, exp: 1e308 }), "u1"],
  ["exp as text", hmac({ ...U1, exp: `${NOW_S + 60}` }), "invalid"],
  ["exp null", hmac({ ...U1, exp: null }), "invalid"],
  ["exp of an hour ago and a previous secret", hmac({ ...U1, exp: NOW_S - 3600 }, undefined, PREVIOUS), "expired"],
  ["exp of an hour ago and an unknown secret", hmac({ ...U1, exp: NOW_S - 3600 }, undefined, "?"), "invalid"],
  ["nbf five seconds ahead, within the skew", hmac({ ...U1, nbf: NOW_S + 5 }), "u1"],
  ["nbf six seconds ahead", hmac({ ...U1, nbf: NOW_S + 6 }), "invalid"],
  ["nbf as text", hmac({ ...U1, nbf: "0" }), "invalid"],
  ["iat as text", hmac({ ...U1, iat: "0" }), "invalid"],

  ["no user", hmac({ email: "u1@example.com" }), "invalid"],
  ["userId", hmac({ userId: "u1" }), "u1"],
  ["user_id", hmac({ user_id: "u1" }), "u1"],
  ["id", hmac({ id: "u1" }), "u1"],
  ["an id that is a number", hmac({ id: 42 }), "42"],
  ["sub before userId before user_id before id", hmac({ id: "4", user_id: "3", userId: "2", sub: "1" }), "1"],
  ["userId before user_id before id", hmac({ id: "4", user_id: "3", userId: "2" }), "2"],
  ["user_id before id", hmac({ id: "4", user_id: "3" }), "3"],
  ["sub null beside a userId", hmac({ sub: null, userId: "u1" }), "u1"],
  ["an empty sub", hmac({ sub: "" }), "invalid"],
  ["an empty sub beside a userId", hmac({ sub: "", userId: "admin" }), "invalid"],
  ["a sub of spaces", hmac({ sub: "  " }), "invalid"],
  ["a sub within spaces", hmac({ sub: " u1 " }), "u1"],
  ["a sub in another spelling of the same letters", hmac({ sub: "caf\u0065\u0301" }), "caf\u00e9"],
  ["a sub of 128 characters", hmac({ sub: "x".repeat(128) }), "x".repeat(128)],
  ["a sub of 129 characters", hmac({ sub: "x".repeat(129) }), "invalid"],
  ["a sub that is an object", hmac({ sub: { id: "u1" } }), "invalid"],
  ["a sub that is a list", hmac({ sub: ["u1"] }), "invalid"],
  ["a sub that is true", hmac({ sub: true }), "invalid"],
  ["a sub that is a fraction", hmac({ sub: 1.5 }), "invalid"],
  ["a sub beyond whole numbers", hmac({ sub: 1e308 }), "invalid"],
  ["a sub with a direction override", hmac({ sub: "u1\u202e" }), "invalid"],
  ["a sub with a NUL", hmac({ sub: "u1\u0000" }), "invalid"],
  ["a sub with half a character in it", hmac('{"sub":"u1\\ud800"}'), "invalid"],
  ["a sub with a line break in it", hmac({ sub: "u1\nu2" }), "invalid"],

  ["a payload that is a list", hmac('["u1"]'), "invalid"],
  ["a payload that is text", hmac('"u1"'), "invalid"],
  ["a payload that is null", hmac("null"), "invalid"],
  ["a payload that is no JSON", hmac("sub=u1"), "invalid"],
  ["a payload that is no UTF-8", hmac(Buffer.from('{"sub":"u\xff"}', "latin1")), "invalid"],
  ["8192 bytes", ofBytes(8192), "u1"],
  ["8193 bytes", ofBytes(8193), "invalid"],
  ["a megabyte", hmac({ ...U1, pad: "x".repeat(1_000_000) }), "invalid"],
];

test.each(TABLE)("a token with %s", async (_what, token, wanted) => {
  using identities = await Identities.open();
  const tokens = await identities.tokens({ previousSecrets: [PREVIOUS] });
  expect(await outcome(tokens, await token)).toBe(wanted);
  // Whoever is refused is not made known either.
  expect(await identities.accounts.list()).toHaveLength(/^(invalid|expired)$/.test(wanted) ? 0 : 1);
});

test("an id of 128 characters is one, however many bytes its characters take", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  const id = "\u{1f600}".repeat(128);
  expect(await outcome(tokens, hmac({ sub: id }))).toBe(id);
  expect(await outcome(tokens, hmac({ sub: `${id}x` }))).toBe("invalid");
});

test.each([
  [{ username: "Ann", name: "Ann B.", email: "a.b@example.com" }, "Ann"],
  [{ name: "Ann B.", email: "a.b@example.com" }, "Ann B."],
  [{ email: "a.b@example.com" }, "a.b"],
  [{}, "u1"],
  [{ username: "", name: " ", email: "a.b@example.com" }, "a.b"],
  [{ username: 5, name: { first: "Ann" }, email: ["a.b@example.com"] }, "u1"],
  [{ username: "x".repeat(257), name: "Ann" }, "Ann"],
  [{ username: "  Ann  " }, "Ann"],
  // Cleaned as what clients send.
  [{ username: "\u202eniam\u202c\u0000d\u200e" }, "niamd"],
  [{ username: "Ann\tB.\r\n\u2028C." }, "Ann B. C."],
  [{ username: "Cafe\u0301" }, "Caf\u00e9"],
  [{ username: "Ann \ud800" }, "Ann \ufffd"],
  [{ username: "\u{1f600}".repeat(100) }, "\u{1f600}".repeat(64)],
  [{ username: `${"x".repeat(63)} y` }, "x".repeat(63)],
  [{ username: "\u{1f468}\u200d\u{1f469}" }, "\u{1f468}\u200d\u{1f469}"],
  // The next one, where nothing is left of a name.
  [{ username: "\u202e\u0000", name: "Ann" }, "Ann"],
  [{ username: "\u200b\u200d", name: "\u2066", email: "\u202eann@example.com" }, "ann"],
  [{ username: "\u202e", email: "\u202e@example.com" }, "u1"],
  [{ email: "@example.com" }, "u1"],
])("the display name of %j is %s", async (claims, name) => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  expect((await tokens.verify(hmac({ ...U1, ...claims }))).username).toBe(name);
  expect(await identities.accounts.find("u1")).toMatchObject({ name });
});

test.each<[object, string[]]>([
  [{}, []],
  [{ role: "Admin" }, ["admin"]],
  [{ roles: ["MODERATOR", " Owner "] }, ["moderator", "owner"]],
  [{ role: "Instructor", roles: "admin" }, ["instructor", "admin"]],
  [{ role: "admin", roles: ["ADMIN", "admin"] }, ["admin"]],
  [{ role: 1, roles: [null, { admin: true }, "", "user"] }, ["user"]],
  [{ role: { toString: "admin" }, roles: { 0: "admin" } }, []],
  [{ is_admin: true, admin: true }, []],
])("the roles of %j are %j", async (claims, roles) => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  expect((await tokens.verify(hmac({ ...U1, ...claims }))).roles).toEqual(roles);
  expect(await identities.accounts.find("u1")).toMatchObject({ roles });
});

test("one role whose name has a comma in it is not two roles", async () => {
  using identities = await Identities.open();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  expect((await tokens.verify(hmac({ sub: "eve", role: "user,admin" }))).roles).not.toContain("admin");
  const eve = await accounts.find("eve");
  expect(eve?.roles).not.toContain("admin");
  // A token of ours for the same account takes its roles from that record.
  if (!eve) throw new Error("eve is not known");
  expect((await tokens.verify((await tokens.issue(eve)).token)).roles).not.toContain("admin");
  expect(await accounts.hasAdmin()).toBe(false);
});

test("issuer and audience are demanded of every token when they are set, and our own carry them", async () => {
  using identities = await Identities.open();
  const issuer = "https://id.example";
  const tokens = await identities.tokens({ issuer, audience: "media" });
  const table: [object, string][] = [
    [{ iss: issuer, aud: "media" }, "u1"],
    [{ iss: issuer, aud: ["other", "media"] }, "u1"],
    [{ iss: issuer, aud: ["other"] }, "invalid"],
    [{ iss: issuer, aud: [] }, "invalid"],
    [{ iss: issuer, aud: "mediatheque" }, "invalid"],
    [{ iss: issuer, aud: { 0: "media" } }, "invalid"],
    [{ iss: issuer }, "invalid"],
    [{ aud: "media" }, "invalid"],
    [{ iss: "https://id.example.evil.example", aud: "media" }, "invalid"],
    [{ iss: [issuer], aud: "media" }, "invalid"],
    [{}, "invalid"],
  ];
  for (const [claims, wanted] of table) {
    expect([claims, await outcome(tokens, hmac({ ...U1, ...claims }))]).toEqual([claims, wanted]);
  }
  const ann = await identities.accounts.add({ id: "ann", email: "ann@example.com" });
  expect(await outcome(tokens, (await tokens.issue(ann)).token)).toBe("ann");
});

test("a token of ours says who, until when, and lasts as long as it was asked to", async () => {
  using identities = await Identities.open();
  const { accounts, clock } = identities;
  const tokens = await identities.tokens({ ttlMs: 60_000 });
  const ann = await accounts.add({ id: "ann", email: "ann@example.com", name: "Ann", roles: ["moderator"] });
  const { token, expiresAt } = await tokens.issue(ann);
  expect(expiresAt).toBe(clock.now() + 60_000);
  const identity = await tokens.verify(token);
  expect(identity).toMatchObject({ userId: "ann", email: "ann@example.com", username: "Ann", roles: ["moderator"] });
  expect(identity.token).toMatchObject({ expiresAt, issuedAt: clock.now(), accountVersion: 0 });
  expect((await tokens.issue(ann)).token).not.toBe(token);
  clock.pass(64_999);
  expect(await outcome(tokens, token)).toBe("ann");
  clock.pass(1);
  expect(await outcome(tokens, token)).toBe("expired");
  expect((await tokens.issue(ann, 5_000)).expiresAt).toBe(clock.now() + 5_000);
});

test("roles in our own tokens are those of the account; in others they are the token's until a command says otherwise", async () => {
  using identities = await Identities.open();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  const ann = await accounts.add({ id: "ann", email: "ann@example.com", roles: ["admin"] });
  const ours = await tokens.verify((await tokens.issue(ann)).token);
  expect(ours.roles).toEqual(["admin"]);
  await accounts.setRoles("ann", ["user"]);
  expect((await tokens.review(ours)).roles).toEqual(["user"]);
  const foreign = await tokens.verify(hmac({ sub: "bob", role: "admin" }));
  expect(foreign.roles).toEqual(["admin"]);
  expect((await tokens.verify(hmac({ sub: "bob", role: "moderator" }))).roles).toEqual(["moderator"]);
  await accounts.setRoles("bob", []);
  expect((await tokens.review(foreign)).roles).toEqual([]);
  expect((await tokens.verify(hmac({ sub: "bob", role: "admin" }))).roles).toEqual([]);
});
