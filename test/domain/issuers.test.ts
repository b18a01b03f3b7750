import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  exportJWK,
  exportPKCS8,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  importPKCS8,
  SignJWT,
} from "jose";
import { Fault } from "../../src/runtime/fault";
import { encoded, hmac, Identities, outcome } from "./house";

const U1 = { sub: "u1" };
const ALGORITHMS = ["RS256", "ES256", "EdDSA"];

type PrivateKey = GenerateKeyPairResult["privateKey"];

function signed(key: PrivateKey, header: { alg: string; [field: string]: unknown }, payload: object = U1) {
  return new SignJWT({ ...payload }).setProtectedHeader(header).sign(key);
}

/** A web server that remembers what it was asked for. */
function site(answer: (path: string) => Response) {
  const paths: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      paths.push(pathname);
      return answer(pathname);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    paths,
    close: () => server.stop(true),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

test.each(ALGORITHMS)("an issuer's %s key, inline or in a file, counts beside our secret", async (alg) => {
  using identities = await Identities.open();
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const pem = await exportSPKI(publicKey);
  const path = join(identities.folder.path, "issuer.pem");
  writeFileSync(path, `${pem}\n`);
  // In an environment file a PEM is one line with \n in it.
  for (const publicKey of [pem, pem.replaceAll("\n", "\\n"), path]) {
    const tokens = await identities.tokens({ publicKey });
    expect(await outcome(tokens, await signed(privateKey, { alg }))).toBe("u1");
    expect(await outcome(tokens, await signed(privateKey, { alg, kid: "any" }))).toBe("u1");
    expect(await outcome(tokens, hmac({ sub: "u2" }))).toBe("u2");
    expect(await outcome(tokens, await signed(privateKey, { alg }, { ...U1, exp: 1 }))).toBe("expired");
    expect(await outcome(tokens, await signed(privateKey, { alg }, { email: "a@b.example" }))).toBe("invalid");
  }
});

test.each(ALGORITHMS)("a public %s key is no secret: signing with it gains nothing", async (alg) => {
  using identities = await Identities.open();
  const { publicKey } = await generateKeyPair(alg, { extractable: true });
  const pem = await exportSPKI(publicKey);
  const tokens = await identities.tokens({ publicKey: pem });
  const der = Buffer.from(pem.replace(/-----.*-----|\n/g, ""), "base64").toString("latin1");
  for (const secret of [pem, `${pem}\n`, pem.trimEnd(), pem.replaceAll("\n", "\\n"), der]) {
    for (const header of ["HS256", alg, "none"]) {
      expect(await outcome(tokens, hmac({ sub: "admin" }, { alg: header }, secret))).toBe("invalid");
    }
  }
  expect(await outcome(tokens, `${encoded({ alg: "none" })}.${encoded(U1)}.`)).toBe("invalid");
});

test("an issuer's key serves its one algorithm, and only it", async () => {
  using identities = await Identities.open();
  const rsa = await generateKeyPair("RS256", { extractable: true });
  const ec = await generateKeyPair("ES256", { extractable: true });
  const pkcs8 = await exportPKCS8(rsa.privateKey);
  const tokens = await identities.tokens({ publicKey: await exportSPKI(rsa.publicKey) });
  expect(await outcome(tokens, await signed(rsa.privateKey, { alg: "RS256" }))).toBe("u1");
  for (const alg of ["RS384", "RS512", "PS256"]) {
    expect([alg, await outcome(tokens, await signed(await importPKCS8(pkcs8, alg), { alg }))]).toEqual([
      alg,
      "invalid",
    ]);
  }
  expect(await outcome(tokens, await signed(ec.privateKey, { alg: "ES256" }))).toBe("invalid");
  const stranger = await generateKeyPair("RS256");
  expect(await outcome(tokens, await signed(stranger.privateKey, { alg: "RS256" }))).toBe("invalid");
});

test("without an issuer only our secret counts", async () => {
  using identities = await Identities.open();
  const tokens = await identities.tokens();
  for (const alg of ALGORITHMS) {
    const { privateKey } = await generateKeyPair(alg);
    expect(await outcome(tokens, await signed(privateKey, { alg }))).toBe("invalid");
  }
});

test("an issuer cannot make what only we make: a version of an account in its token is not looked at", async () => {
  using identities = await Identities.open();
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const tokens = await identities.tokens({ publicKey: await exportSPKI(publicKey) });
  const token = await signed(privateKey, { alg: "ES256" }, { ...U1, role: "user", headend_version: 7 });
  expect((await tokens.verify(token)).token.accountVersion).toBeNull();
});

test("keys and addresses of keys in a token's header are neither fetched nor believed", async () => {
  using identities = await Identities.open();
  const mallory = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(mallory.publicKey)), kid: "k1", alg: "RS256" };
  await using trap = site(() => Response.json({ keys: [jwk] }));
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  await using issuer = site(() => Response.json({ keys: [] }));
  const header = { alg: "RS256", kid: "k1", jwk, jku: `${trap.url}/jwks.json`, x5u: `${trap.url}/key.pem` };
  const forged = await signed(mallory.privateKey, header, { sub: "admin" });
  for (const settings of [{}, { publicKey: await exportSPKI(publicKey) }, { jwksUrl: `${issuer.url}/jwks.json` }]) {
    const tokens = await identities.tokens(settings);
    expect(await outcome(tokens, forged)).toBe("invalid");
    // Beside a signature that is right they are just ignored.
    expect(await outcome(tokens, hmac(U1, { ...header, alg: "HS256" }))).toBe("u1");
    expect(await outcome(tokens, hmac(U1, { ...header, alg: "HS256" }, "a secret of mallory's"))).toBe("invalid");
  }
  expect(trap.paths).toEqual([]);
});

test("every kind of key in a JWKS counts, picked by its kid, for its own algorithm; it is fetched once", async () => {
  using identities = await Identities.open();
  const pairs = new Map<string, GenerateKeyPairResult>();
  for (const alg of ALGORITHMS) pairs.set(alg, await generateKeyPair(alg, { extractable: true }));
  const keys = await Promise.all(
    [...pairs].map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid: `key of ${alg}` })),
  );
  await using issuer = site(() => Response.json({ keys }));
  const tokens = await identities.tokens({ jwksUrl: `${issuer.url}/jwks.json` });
  for (const [alg, { privateKey }] of pairs) {
    expect(await outcome(tokens, await signed(privateKey, { alg, kid: `key of ${alg}` }))).toBe("u1");
    const others = ALGORITHMS.filter((other) => other !== alg);
    for (const other of others) {
      expect(await outcome(tokens, await signed(privateKey, { alg, kid: `key of ${other}` }))).toBe("invalid");
    }
    expect(await outcome(tokens, await signed(privateKey, { alg, kid: "nobody's" }))).toBe("invalid");
  }
  const rs512 = await importPKCS8(await exportPKCS8((pairs.get("RS256") as GenerateKeyPairResult).privateKey), "RS512");
  expect(await outcome(tokens, await signed(rs512, { alg: "RS512", kid: "key of RS256" }))).toBe("invalid");
  expect(await outcome(tokens, hmac({ sub: "u2" }, { alg: "HS256", kid: "key of RS256" }))).toBe("u2");
  expect(issuer.paths).toEqual(["/jwks.json"]);
});

test("a token that does not name its key is tried with each of its algorithm, and no more than a few", async () => {
  using identities = await Identities.open();
  const pairs = await Promise.all(
    ["ES256", "ES256", "RS256"].map((alg) => generateKeyPair(alg, { extractable: true })),
  );
  const [first, second, rsa] = pairs as [GenerateKeyPairResult, GenerateKeyPairResult, GenerateKeyPairResult];
  const jwks = await Promise.all(
    pairs.map(async ({ publicKey }, index) => ({ ...(await exportJWK(publicKey)), kid: `k${index}` })),
  );
  let keys: object[] = jwks;
  await using issuer = site(() => Response.json({ keys }));
  const open = () => identities.tokens({ jwksUrl: `${issuer.url}/jwks.json` });
  const tokens = await open();
  for (const { privateKey } of [first, second]) {
    expect(await outcome(tokens, await signed(privateKey, { alg: "ES256" }))).toBe("u1");
    expect(await outcome(tokens, await signed(privateKey, { alg: "ES256" }, { ...U1, exp: 1 }))).toBe("expired");
    expect(await outcome(tokens, await signed(privateKey, { alg: "ES256", kid: "k2" }))).toBe("invalid");
  }
  expect(await outcome(tokens, await signed(rsa.privateKey, { alg: "RS256" }))).toBe("u1");
  const stranger = await generateKeyPair("ES256");
  expect(await outcome(tokens, await signed(stranger.privateKey, { alg: "ES256" }))).toBe("invalid");
  // One of very many keys is not looked for.
  const others = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const { publicKey } = await generateKeyPair("ES256", { extractable: true });
      return { ...(await exportJWK(publicKey)), kid: `other ${index}` };
    }),
  );
  keys = [...others, ...jwks];
  const many = await open();
  expect(await outcome(many, await signed(first.privateKey, { alg: "ES256" }))).toBe("invalid");
  expect(await outcome(many, await signed(first.privateKey, { alg: "ES256", kid: "k0" }))).toBe("u1");
});

test.each<[string, (path: string) => Response]>([
  ["answers an error", () => new Response("no", { status: 500 })],
  ["answers a page", () => new Response("<html>")],
  ["answers another JSON", () => Response.json({ error: "maintenance" })],
  ["sends elsewhere", () => Response.redirect("http://127.0.0.1:1/")],
])("an issuer that %s is told as unavailable; our own tokens do not need it", async (_what, answer) => {
  using identities = await Identities.open();
  const { privateKey } = await generateKeyPair("ES256");
  await using issuer = site(answer);
  const tokens = await identities.tokens({ jwksUrl: `${issuer.url}/jwks.json` });
  expect(await outcome(tokens, await signed(privateKey, { alg: "ES256", kid: "k1" }))).toBe("unavailable");
  expect(await outcome(tokens, hmac(U1))).toBe("u1");
  expect(await identities.accounts.list()).toHaveLength(1);
});

test("an issuer that is down is told as unavailable, and asked again when it is back", async () => {
  using identities = await Identities.open();
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  let isUp = false;
  await using issuer = site(() => (isUp ? Response.json({ keys: [jwk] }) : new Response("", { status: 503 })));
  const tokens = await identities.tokens({ jwksUrl: `${issuer.url}/jwks.json` });
  const token = await signed(privateKey, { alg: "ES256" });
  expect(await outcome(tokens, token)).toBe("unavailable");
  isUp = true;
  expect(await outcome(tokens, token)).toBe("u1");
  // What has been fetched is enough from then on.
  await issuer.close();
  expect(await outcome(tokens, token)).toBe("u1");
  const later = await identities.tokens({ jwksUrl: `${issuer.url}/jwks.json` });
  expect(await outcome(later, token)).toBe("unavailable");
  expect(await outcome(later, hmac(U1, { alg: "none" }))).toBe("invalid");
});

const rsaPair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });

test.each<[what: string, setting: (folder: string) => string | Promise<string>, wanted: string]>([
  ["a file that is not there", (folder) => join(folder, "nowhere.pem"), "neither an SPKI PEM nor an existing file"],
  ["a folder", (folder) => folder, "neither an SPKI PEM nor"],
  ["a file without a key", (folder) => join(folder, "headend.db"), "not a public key in SPKI PEM form"],
  [
    "a damaged key",
    () => "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----",
    "not a public key in SPKI PEM form",
  ],
  ["a private key", () => rsaPair().privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "SPKI PEM"],
  ["an older form of a key", () => rsaPair().publicKey.export({ type: "pkcs1", format: "pem" }).toString(), "SPKI PEM"],
  ["a P-384 key", async () => exportSPKI((await generateKeyPair("ES384")).publicKey), "RSA, P-256 or Ed25519"],
])("%s for a public key keeps the server from starting, told in one line", async (_what, setting, wanted) => {
  using identities = await Identities.open();
  const publicKey = await setting(identities.folder.path);
  const error = await identities.tokens({ publicKey }).catch((caught) => caught);
  expect(error).toBeInstanceOf(Fault);
  expect(error.message).toStartWith("HEADEND_JWT_PUBLIC_KEY: ");
  expect(error.message).toContain(wanted);
  expect(error.message).not.toContain("\n");
});
