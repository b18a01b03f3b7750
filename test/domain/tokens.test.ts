import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { Tokens } from "../../src/domain/tokens/tokens";
import { Refusal } from "../../src/refusal";
import { SECRET } from "../harness";
import { Identities } from "./house";

const bytes = (text: string) => new TextEncoder().encode(text);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const OTHER = "another secret of the tests, also longer than 32";

function sign(payload: JWTPayload, { secret = SECRET, alg = "HS256", header = {} } = {}): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg, ...header }).sign(bytes(secret));
}

/** The user of a token, or why it is refused. */
async function outcome(tokens: Tokens, token: string): Promise<string> {
  try {
    return (await tokens.verify(token)).userId;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.reason ?? error.code;
  }
}

const NOW_S = Date.UTC(2026, 0, 1) / 1000;

const TABLE: [what: string, token: () => Promise<string>, wanted: string][] = [
  ["a plain one", () => sign({ sub: "u1" }), "u1"],
  ["userId", () => sign({ userId: "u1" }), "u1"],
  ["user_id", () => sign({ user_id: "u1" }), "u1"],
  ["id as a number", () => sign({ id: 42 }), "42"],
  ["sub before the others", () => sign({ sub: "u1", userId: "u2" }), "u1"],
  ["exp in the future", () => sign({ sub: "u1", exp: NOW_S + 60 }), "u1"],
  ["exp within the skew", () => sign({ sub: "u1", exp: NOW_S - 4 }), "u1"],
  ["exp in the past", () => sign({ sub: "u1", exp: NOW_S - 6 }), "expired"],
  ["nbf within the skew", () => sign({ sub: "u1", nbf: NOW_S + 4 }), "u1"],
  ["nbf in the future", () => sign({ sub: "u1", nbf: NOW_S + 60 }), "invalid"],
  ["a previous secret", () => sign({ sub: "u1" }, { secret: OTHER }), "u1"],
  ["expired, with a previous secret", () => sign({ sub: "u1", exp: NOW_S - 60 }, { secret: OTHER }), "expired"],
  ["an unknown secret", () => sign({ sub: "u1" }, { secret: "x".repeat(40) }), "invalid"],
  ["no user", () => sign({ email: "a@b.c" }), "invalid"],
  ["an empty user", () => sign({ sub: "  " }), "invalid"],
  ["a user of 129 characters", () => sign({ sub: "x".repeat(129) }), "invalid"],
  ["a user with an invisible character", () => sign({ sub: "u1\u202e" }), "invalid"],
  ["a user that is an object", () => sign({ sub: { id: "u1" } } as unknown as JWTPayload), "invalid"],
  ["a user that is a fraction", () => sign({ id: 1.5 }), "invalid"],
  ["exp as text", () => sign({ sub: "u1", exp: "tomorrow" } as unknown as JWTPayload), "invalid"],
  ["HS384", () => sign({ sub: "u1" }, { alg: "HS384" }), "invalid"],
  ["HS512", () => sign({ sub: "u1" }, { alg: "HS512" }), "invalid"],
  ["alg none", async () => `${part({ alg: "none" })}.${part({ sub: "u1" })}.`, "invalid"],
  ["alg None", async () => `${part({ alg: "None" })}.${part({ sub: "u1" })}.`, "invalid"],
  ["an empty signature", async () => `${part({ alg: "HS256" })}.${part({ sub: "u1" })}.`, "invalid"],
  ["no signature", async () => `${part({ alg: "HS256" })}.${part({ sub: "u1" })}`, "invalid"],
  [
    "another payload",
    async () => {
      const [head, , signature] = (await sign({ sub: "u1" })).split(".");
      return `${head}.${part({ sub: "admin" })}.${signature}`;
    },
    "invalid",
  ],
  ["a kid that is a path", () => sign({ sub: "u1" }, { header: { kid: "../../etc/passwd" } }), "u1"],
  ["a payload that is an array", async () => `${part({ alg: "HS256" })}.${part(["u1"])}.x`, "invalid"],
  ["no token at all", async () => "your_jwt_token", "invalid"],
  ["dots", async () => "..", "invalid"],
  ["8193 bytes", async () => `${"x".repeat(8_000)}.${"y".repeat(180)}.${"z".repeat(11)}`, "invalid"],
];

test.each(TABLE)("a token with %s", async (_what, make, wanted) => {
  using identities = await Identities.open();
  const tokens = await identities.tokens({ previousSecrets: [OTHER] });
  expect(await outcome(tokens, await make())).toBe(wanted);
});

test("display name and roles: username, else name, else the email before @; roles in lower case from both claims", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  const names = async (claims: JWTPayload) => (await tokens.verify(await sign({ sub: "u1", ...claims }))).username;
  expect(await names({ username: "Ann", name: "Ann B.", email: "ann@example.com" })).toBe("Ann");
  expect(await names({ name: "Ann B.", email: "ann@example.com" })).toBe("Ann B.");
  expect(await names({ email: "ann@example.com" })).toBe("ann");
  expect(await names({})).toBe("u1");
  const { roles } = await tokens.verify(await sign({ sub: "u2", role: "Admin", roles: ["MODERATOR", "admin", 5] }));
  expect(roles).toEqual(["admin", "moderator"]);
});

test("issuer and audience are demanded when they are set, and our own tokens carry them", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens({ issuer: "https://id.example", audience: "media" });
  expect(await outcome(tokens, await sign({ sub: "u1" }))).toBe("invalid");
  expect(await outcome(tokens, await sign({ sub: "u1", iss: "https://id.example", aud: "other" }))).toBe("invalid");
  expect(await outcome(tokens, await sign({ sub: "u1", iss: "https://evil.example", aud: "media" }))).toBe("invalid");
  expect(await outcome(tokens, await sign({ sub: "u1", iss: "https://id.example", aud: ["x", "media"] }))).toBe("u1");
  const account = await identities.accounts.add({ id: "ann", email: "ann@example.com" });
  expect(await outcome(tokens, (await tokens.issue(account)).token)).toBe("ann");
});

test.each(["RS256", "ES256", "EdDSA"])(
  "an existing issuer's %s key counts beside our secret, and only with its algorithm",
  async (alg) => {
    using identities = await Identities.open();
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const pem = await exportSPKI(publicKey);
    const path = join(identities.folder.path, "issuer.pem");
    writeFileSync(path, pem);
    for (const setting of [pem, pem.replaceAll("\n", "\\n"), path]) {
      const tokens = await identities.tokens({ publicKey: setting });
      expect(await outcome(tokens, await new SignJWT({ sub: "u1" }).setProtectedHeader({ alg }).sign(privateKey))).toBe(
        "u1",
      );
      expect(await outcome(tokens, await sign({ sub: "u2" }))).toBe("u2");
      // The public key is no secret: signing with it as one must gain nothing.
      expect(await outcome(tokens, await sign({ sub: "admin" }, { secret: pem }))).toBe("invalid");
      const other = await generateKeyPair(alg);
      expect(
        await outcome(tokens, await new SignJWT({ sub: "u1" }).setProtectedHeader({ alg }).sign(other.privateKey)),
      ).toBe("invalid");
    }
  },
);

test("a key that is none, and one of a kind that does not serve, keep the server from starting", async () => {
  using identities = await Identities.open();
  expect(identities.tokens({ publicKey: "/nowhere.pem" })).rejects.toThrow("neither an SPKI PEM nor an existing file");
  expect(identities.tokens({ publicKey: "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----" })).rejects.toThrow(
    "not a public key",
  );
  const { publicKey } = await generateKeyPair("ES384", { extractable: true });
  expect(identities.tokens({ publicKey: await exportSPKI(publicKey) })).rejects.toThrow("RSA, P-256 or Ed25519");
});

test("a JWKS is fetched and believed; URLs in a token's header are not; an issuer that is down is told as such", async () => {
  using identities = await Identities.open();
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const paths: string[] = [];
  const issuer = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      paths.push(new URL(request.url).pathname);
      return Response.json({ keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256" }] });
    },
  });
  const url = `http://127.0.0.1:${issuer.port}`;
  const tokens = await identities.tokens({ jwksUrl: `${url}/jwks.json` });
  const header = { alg: "RS256", kid: "k1" };
  expect(await outcome(tokens, await new SignJWT({ sub: "u1" }).setProtectedHeader(header).sign(privateKey))).toBe(
    "u1",
  );
  expect(await outcome(tokens, await sign({ sub: "u2" }))).toBe("u2");
  const mallory = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(mallory.publicKey);
  const forged = { ...header, jku: `${url}/forged.json`, x5u: `${url}/forged.pem`, jwk };
  expect(
    await outcome(tokens, await new SignJWT({ sub: "admin" }).setProtectedHeader(forged).sign(mallory.privateKey)),
  ).toBe("invalid");
  expect(new Set(paths)).toEqual(new Set(["/jwks.json"]));
  await issuer.stop(true);
  const later = await identities.tokens({ jwksUrl: `${url}/jwks.json` });
  expect(await outcome(later, await new SignJWT({ sub: "u1" }).setProtectedHeader(header).sign(privateKey))).toBe(
    "unavailable",
  );
});

test("a revoked token is refused for good, restarts included, and forgotten once it has expired", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  const heard: string[] = [];
  tokens.onRevoked((userId) => heard.push(userId));
  for (const claims of [{ jti: "t1" }, {}]) {
    const token = await sign({ sub: "u1", exp: NOW_S + 3600, ...claims });
    const identity = await tokens.verify(token);
    await tokens.revoke(identity);
    expect(await outcome(tokens, token)).toBe("revoked");
    expect(tokens.review(identity)).rejects.toThrow("revoked");
    expect(await outcome(await identities.tokens(), token)).toBe("revoked");
  }
  expect(heard).toEqual(["u1", "u1"]);
  identities.clock.pass(2 * 3_600_000);
  await tokens.sweep();
  expect(identities.store.db.$client.query("SELECT count(*) AS n FROM revocations").get()).toEqual({ n: 0 });
});

test("roles in our own tokens are those of the account; in others they are the token's until a command says otherwise", async () => {
  using identities = await Identities.open();
  const { accounts } = identities;
  const tokens = await identities.tokens();
  const account = await accounts.add({ id: "ann", email: "ann@example.com", roles: ["admin"] });
  const ours = await tokens.verify((await tokens.issue(account)).token);
  expect(ours.roles).toEqual(["admin"]);
  await accounts.setRoles("ann", ["user"]);
  expect((await tokens.review(ours)).roles).toEqual(["user"]);
  const foreign = await tokens.verify(await sign({ sub: "bob", role: "admin" }));
  expect(foreign.roles).toEqual(["admin"]);
  await accounts.setRoles("bob", ["user"]);
  expect((await tokens.review(foreign)).roles).toEqual(["user"]);
});
