import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { CompactEncrypt, exportJWK, exportSPKI, type GenerateKeyPairResult, generateKeyPair, SignJWT } from "jose";
import { encoded, hmac } from "../domain/house";
import { SECRET, startTestApp, type TestApp, token as tokenOf } from "../harness";
import { Guest } from "./attempt";

// RFC 8725, JSON Web Token Best Current Practices: what its sections warn of, tried at every API of one server, by REST
// and by socket. The server knows its own secret and an issuer with a key of each kind.

const KEY = "a-key-of-the-tokens-longer-than-32-characters";
const U1 = { sub: "u1" };
const NOW_S = Date.UTC(2026, 0, 1) / 1000;
const ROUTES = {
  playback: "/progress",
  requests: "/api/v1/media/requests",
  studio: "/api/v1/media",
  live: "/v1/streams/s",
  learning: "/api/v1/courses",
};

type Pair = GenerateKeyPairResult;

/** What a token is made with. */
interface Makings {
  readonly rsa: Pair;
  readonly ec: Pair;
  readonly ed: Pair;
  readonly stranger: Pair;
  /** Of a web server that nobody may ask for keys. */
  readonly trap: string;
  /** Of the issuer's RSA key, as anybody can read it. */
  readonly pem: string;
  readonly tenantSecret: string;
  /** Signed with it. */
  readonly tenantToken: string;
}

/** Refused everywhere, or taken everywhere. */
type Verdict = "refused" | "taken";
type Case = [what: string, make: (makings: Makings) => string | Promise<string>, verdict: Verdict];

function signed({ privateKey }: Pair, header: { alg: string; [field: string]: unknown }, payload: object = U1) {
  return new SignJWT({ ...payload }).setProtectedHeader(header).sign(privateKey);
}

/** A good token of ours with its parts changed. */
function changed(change: (head: string, payload: string, signature: string) => string): string {
  const [head = "", payload = "", signature = ""] = hmac(U1).split(".");
  return change(head, payload, signature);
}

/** An encrypted token, with a key that the server has. */
function encrypted(content: string, header: object = {}): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(content))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", ...header })
    .encrypt(new TextEncoder().encode(SECRET.slice(0, 32)));
}

const SECTIONS: Readonly<Record<string, readonly Case[]>> = {
  "good tokens, or the rest would prove nothing": [
    ["ours", () => hmac(U1), "taken"],
    ["the issuer's, RS256", ({ rsa }) => signed(rsa, { alg: "RS256", kid: "rsa" }), "taken"],
    ["the issuer's, ES256", ({ ec }) => signed(ec, { alg: "ES256", kid: "ec" }), "taken"],
    ["the issuer's, EdDSA", ({ ed }) => signed(ed, { alg: "EdDSA", kid: "ed" }), "taken"],
  ],
  "2.1, 3.1 weak signatures, and the algorithm is the key's and not the token's": [
    ["alg none without a signature", () => `${encoded({ alg: "none" })}.${encoded(U1)}.`, "refused"],
    ["alg none, in other letters", () => `${encoded({ alg: "NoNe" })}.${encoded(U1)}.`, "refused"],
    ["alg none over a right signature", () => hmac(U1, { alg: "none" }), "refused"],
    ["no alg", () => hmac(U1, { typ: "JWT" }), "refused"],
    ["alg of a list", () => hmac(U1, { alg: ["HS256"] }), "refused"],
    ["the signature left out", () => changed((head, payload) => `${head}.${payload}.`), "refused"],
    [
      "HS256 with the issuer's public key as secret",
      ({ pem }) => hmac(U1, { alg: "HS256", kid: "rsa" }, pem),
      "refused",
    ],
    ["the same without its last line break", ({ pem }) => hmac(U1, { alg: "HS256" }, pem.trimEnd()), "refused"],
    ["RS256 over an HMAC with our secret", () => hmac(U1, { alg: "RS256", kid: "rsa" }), "refused"],
    [
      "HS256 with a symmetric key that the issuer publishes",
      () => hmac(U1, { alg: "HS256", kid: "oct" }, "published"),
      "refused",
    ],
    ["ES256 with the kid of another kind of key", ({ ec }) => signed(ec, { alg: "ES256", kid: "rsa" }), "refused"],
  ],
  "2.2, 3.5 weak keys": [
    ["an empty secret", () => hmac(U1, { alg: "HS256" }, ""), "refused"],
    ["a word for a secret", () => hmac(U1, { alg: "HS256" }, "secret"), "refused"],
    ["a secret of zeros", () => hmac(U1, { alg: "HS256" }, "\0".repeat(32)), "refused"],
    ["half of our secret", () => hmac(U1, { alg: "HS256" }, SECRET.slice(0, 20)), "refused"],
    ["our secret in capitals", () => hmac(U1, { alg: "HS256" }, SECRET.toUpperCase()), "refused"],
  ],
  "2.3, 3.3 encryption around or instead of a signature": [
    ["a JWE with our secret", () => encrypted(JSON.stringify(U1)), "refused"],
    ["a good token inside a JWE", () => encrypted(hmac(U1), { cty: "JWT" }), "refused"],
    ["a good token inside a good token", () => hmac(hmac(U1), { alg: "HS256", cty: "JWT" }), "refused"],
    ["the same as JSON text", () => hmac(JSON.stringify(hmac(U1)), { alg: "HS256", cty: "JWT" }), "refused"],
  ],
  "2.4, 3.6 compression": [
    ["a JWE that is compressed", () => encryptedHeader({ alg: "dir", enc: "A256GCM", zip: "DEF" }), "refused"],
    [
      "a payload that is compressed",
      () => hmac(Bun.deflateSync(JSON.stringify(U1)), { alg: "HS256", zip: "DEF" }),
      "refused",
    ],
  ],
  "2.5, 3.4 cryptographic input": [
    [
      "an ES256 signature of zeros",
      () => `${encoded({ alg: "ES256", kid: "ec" })}.${encoded(U1)}.${encoded(new Uint8Array(64))}`,
      "refused",
    ],
    [
      "an EdDSA signature of zeros",
      () => `${encoded({ alg: "EdDSA", kid: "ed" })}.${encoded(U1)}.${encoded(new Uint8Array(64))}`,
      "refused",
    ],
    [
      "an RS256 signature of nothing",
      () => `${encoded({ alg: "RS256", kid: "rsa" })}.${encoded(U1)}.${encoded(new Uint8Array(256))}`,
      "refused",
    ],
    ["half a signature", () => hmac(U1).slice(0, -20), "refused"],
    [
      "two signatures",
      () => changed((head, payload, signature) => `${head}.${payload}.${signature}${signature}`),
      "refused",
    ],
  ],
  "2.6, 3.7 several ways to write the same": [
    [
      "two sub: the last is what JSON means, and what is checked and used is the same one",
      () => hmac('{"sub":"u2","sub":"u1"}'),
      "taken",
    ],
    ["two alg, the last of which is none", () => hmac(U1, '{"alg":"HS256","alg":"none"}'), "refused"],
    ["UTF-16", () => hmac(Buffer.from(JSON.stringify(U1), "utf16le")), "refused"],
    ["a byte that is no UTF-8", () => hmac(Buffer.from('{"sub":"u\xff1"}', "latin1")), "refused"],
    ["a byte-order mark before a sub of somebody else", () => hmac(`\ufeff{"sub":1.5}`), "refused"],
    [
      "the digits of ordinary base64",
      () => hmac({ sub: "u1", pad: ">>>???" }).replaceAll("-", "+").replaceAll("_", "/"),
      "refused",
    ],
    [
      "letters that are no base64",
      () => changed((head, payload, signature) => `${head}.${payload}!.${signature}`),
      "refused",
    ],
    ["a dot too many", () => `${hmac(U1)}.`, "refused"],
    ["a dot too few", () => hmac(U1).replace(".", ""), "refused"],
    [
      "JSON instead of the compact form",
      () =>
        changed((head, payload, signature) =>
          Buffer.from(JSON.stringify({ protected: head, payload, signature })).toString("base64url"),
        ),
      "refused",
    ],
  ],
  "2.7, 3.8, 3.10 claims that name nobody, or not in time": [
    ["no sub", () => hmac({ email: "u1@example.com" }), "refused"],
    ["a sub that is null", () => hmac({ sub: null }), "refused"],
    ["a sub that is an object", () => hmac({ sub: { id: "u1" } }), "refused"],
    ["a sub that is a list", () => hmac({ sub: ["u1"] }), "refused"],
    ["a sub that hides a NUL", () => hmac({ sub: "acme\0u1" }), "refused"],
    ["a payload that is a list", () => hmac('[{"sub":"u1"}]'), "refused"],
    ["exp in the past", () => hmac({ ...U1, exp: NOW_S - 60 }), "refused"],
    ["exp as text", () => hmac({ ...U1, exp: `${NOW_S + 3600}` }), "refused"],
    ["exp that is null", () => hmac({ ...U1, exp: null }), "refused"],
    ["exp of infinity", () => hmac(`{"sub":"u1","exp":-1e999}`), "refused"],
    ["exp as a fraction of the future", () => hmac({ ...U1, exp: NOW_S + 0.5 + 60 }), "taken"],
    ["exp as a fraction of the past", () => hmac({ ...U1, exp: NOW_S - 60.5 }), "refused"],
    ["nbf in the future", () => hmac({ ...U1, nbf: NOW_S + 3600 }), "refused"],
    ["nbf as text", () => hmac({ ...U1, nbf: "0" }), "refused"],
    ["iat as text", () => hmac({ ...U1, iat: "0" }), "refused"],
    ["more than eight kilobytes", () => hmac({ ...U1, pad: "x".repeat(8_000) }), "refused"],
  ],
  "2.9, 3.10 keys and addresses that the token brings along": [
    [
      "jwk with its own key",
      async ({ stranger }) => signed(stranger, { alg: "ES256", jwk: await exportJWK(stranger.publicKey) }),
      "refused",
    ],
    [
      "jwk with its own key and the issuer's kid",
      async ({ stranger }) => signed(stranger, { alg: "ES256", kid: "ec", jwk: await exportJWK(stranger.publicKey) }),
      "refused",
    ],
    ["jku", ({ stranger, trap }) => signed(stranger, { alg: "ES256", kid: "trap", jku: `${trap}/jku` }), "refused"],
    ["x5u", ({ stranger, trap }) => signed(stranger, { alg: "ES256", x5u: `${trap}/x5u` }), "refused"],
    ["x5c", ({ stranger }) => signed(stranger, { alg: "ES256", x5c: ["AAAA"] }), "refused"],
    [
      "a kid that is a path",
      ({ stranger }) => signed(stranger, { alg: "ES256", kid: "../../../../dev/null" }),
      "refused",
    ],
    ["a kid that is a path, and an empty secret", () => hmac(U1, { alg: "HS256", kid: "/dev/null" }, ""), "refused"],
    ["a kid that is SQL", ({ stranger }) => signed(stranger, { alg: "ES256", kid: "x' UNION SELECT 'a" }), "refused"],
    ["a kid that is a prototype", ({ stranger }) => signed(stranger, { alg: "ES256", kid: "__proto__" }), "refused"],
    ["crit of something unknown", () => hmac(U1, { alg: "HS256", crit: ["x"], x: 1 }), "refused"],
    ["crit of nothing", () => hmac(U1, { alg: "HS256", crit: [] }), "refused"],
    ["b64 false", () => unencoded(), "refused"],
    ["iss that looks like an address", ({ trap }) => hmac({ ...U1, iss: `${trap}/iss` }), "taken"],
  ],
  "2.8, 3.11, 3.12 tokens of another kind, or for somebody else": [
    ["typ of a logout", () => hmac(U1, { alg: "HS256", typ: "logout+jwt" }), "refused"],
    ["typ of a security event", () => hmac(U1, { alg: "HS256", typ: "application/SecEvent+JWT" }), "refused"],
    [
      "typ of a proof of a key, by the issuer",
      ({ ed }) => signed(ed, { alg: "EdDSA", kid: "ed", typ: "dpop+jwt" }),
      "refused",
    ],
    ["typ that is no text", () => hmac(U1, { alg: "HS256", typ: 1 }), "refused"],
    ["typ of an access token", () => hmac(U1, { alg: "HS256", typ: "at+jwt" }), "taken"],
    ["typ JWT", () => hmac(U1, { alg: "HS256", typ: "JWT" }), "taken"],
    ["of a tenant of live, that names no app", ({ tenantToken }) => tenantToken, "refused"],
  ],
};

/** A JWE whose key and content do not matter: it must not come to that. */
function encryptedHeader(header: object): string {
  const part = encoded(new Uint8Array(16));
  return [encoded(header), "", part, part, part].join(".");
}

/** RFC 7797: a payload that is signed as it is. */
function unencoded(): string {
  const head = encoded({ alg: "HS256", b64: false, crit: ["b64"] });
  const payload = JSON.stringify(U1);
  return `${head}.${payload}.${createHmac("sha256", SECRET).update(`${head}.${payload}`).digest("base64url")}`;
}

describe("RFC 8725", () => {
  let app: TestApp;
  let makings: Makings;
  const asked: string[] = [];
  const trap = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      asked.push(request.url);
      return new Response("", { status: 404 });
    },
  });
  let issuer: Bun.Server<undefined>;

  beforeAll(async () => {
    const [rsa, ec, ed, stranger] = await Promise.all(
      ["RS256", "ES256", "EdDSA", "ES256"].map((alg) => generateKeyPair(alg, { extractable: true })),
    );
    if (!rsa || !ec || !ed || !stranger) throw new Error("no keys");
    const published = [
      { ...(await exportJWK(rsa.publicKey)), kid: "rsa" },
      { ...(await exportJWK(ec.publicKey)), kid: "ec" },
      { ...(await exportJWK(ed.publicKey)), kid: "ed" },
      { kty: "oct", k: encoded("published"), kid: "oct" },
    ];
    issuer = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ keys: published }) });
    app = await startTestApp({
      env: { HEADEND_JWT_JWKS_URL: `http://127.0.0.1:${issuer.port}/keys`, HEADEND_API_KEY: KEY },
    });
    const headers = { "x-api-key": KEY };
    const made = await app.call("live", "/v1/apps", { headers, json: { app_id: "acme", name: "Another app" } });
    const { app_secret } = made.body as { app_secret: string };
    await app.call("live", "/v1/streams", { headers, json: { stream_id: "s", title: "A stream" } });
    const tenantToken = await tokenOf("u1", {}, app_secret);
    const pem = await exportSPKI(rsa.publicKey);
    makings = {
      rsa,
      ec,
      ed,
      stranger,
      trap: `http://127.0.0.1:${trap.port}`,
      pem,
      tenantSecret: app_secret,
      tenantToken,
    };
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await Promise.all([trap.stop(true), issuer.stop(true)]);
  });

  /** What an API says to a token: to a call, and to a socket. */
  async function verdictsOf(api: string, path: string, token: string): Promise<Verdict[]> {
    const { status } = await app.call(api, path, { headers: { authorization: `Bearer ${token}` } });
    // Live's list is for moderators: a user who is known is told so.
    const isTaken = status === 200 || (api === "live" && status === 403);
    if (!isTaken && status !== 401) throw new Error(`${api} answers ${status}`);
    const guest = await Guest.open(app, api, "", token);
    const info = api === "requests" ? await Guest.open(app, api, "/media", token) : guest;
    const isSignedIn = info !== undefined;
    guest?.close();
    info?.close();
    return [isTaken ? "taken" : "refused", isSignedIn ? "taken" : "refused"];
  }

  for (const [section, cases] of Object.entries(SECTIONS)) {
    describe(section, () => {
      test.each([...cases])("%s", async (_, make, verdict) => {
        const token = await make(makings);
        for (const [api, path] of Object.entries(ROUTES)) {
          expect([api, ...(await verdictsOf(api, path, token))]).toEqual([api, verdict, verdict]);
        }
      });
    });
  }

  test("2.8, 3.12 a tenant's token opens that tenant and nothing else, and ours opens no tenant", async () => {
    const theirs = await tokenOf("u1", { app_id: "acme", role: "admin" }, makings.tenantSecret);
    const ours = hmac({ ...U1, app_id: "acme", role: "admin" });
    const statusOf = async (api: string, path: string, token: string) => (await app.call(api, path, { token })).status;
    for (const [api, path] of Object.entries(ROUTES)) {
      if (api !== "live") expect([api, await statusOf(api, path, theirs)]).toEqual([api, 401]);
    }
    // The stream of that name is another app's.
    expect(await statusOf("live", "/v1/streams/s", theirs)).toBe(404);
    expect(await statusOf("live", "/v1/streams/s?app_id=default", theirs)).toBe(401);
    expect(await statusOf("live", "/v1/streams", ours)).toBe(401);
    expect(await statusOf("live", "/v1/streams?app_id=acme", hmac({ ...U1, role: "admin" }))).toBe(401);
  });

  test("2.9 nobody was asked for the keys that a token names", () => {
    expect(asked).toEqual([]);
    expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("3.5 weak keys keep the server from starting, with a line that names the setting", async () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" });
    const starting = (env: Record<string, string>) => async () => (await startTestApp({ env }))[Symbol.asyncDispose]();
    expect(starting({ HEADEND_JWT_PUBLIC_KEY: String(weak) })()).rejects.toThrow("HEADEND_JWT_PUBLIC_KEY");
    for (const secret of ["short", "x".repeat(31)]) {
      expect(starting({ HEADEND_JWT_SECRET: secret })()).rejects.toThrow("HEADEND_JWT_SECRET");
      expect(starting({ HEADEND_JWT_SECRET_PREVIOUS: secret })()).rejects.toThrow("HEADEND_JWT_SECRET_PREVIOUS");
    }
  });

  test("3.8, 3.9 an issuer and an audience that are demanded are compared whole", async () => {
    const env = { HEADEND_JWT_ISSUER: "https://id.example.com", HEADEND_JWT_AUDIENCE: "headend" };
    await using app = await startTestApp({ env });
    const [iss, aud] = ["https://id.example.com", "headend"];
    const statusOf = async (claims: object) =>
      (await app.call("learning", ROUTES.learning, { token: hmac({ ...U1, ...claims }) })).status;
    expect(await statusOf({ iss, aud })).toBe(200);
    expect(await statusOf({ iss, aud: ["other", aud] })).toBe(200);
    const wrong = [
      {},
      { iss },
      { aud },
      { iss, aud: "other" },
      { iss, aud: [] },
      { iss, aud: ["other"] },
      { iss, aud: "headend2" },
      { iss, aud: "HEADEND" },
      { iss, aud: { headend: true } },
      { iss: "https://id.example.com/", aud },
      { iss: "https://id.example.com.evil.example", aud },
      { iss: [iss, "x"], aud },
      { iss: null, aud },
    ];
    for (const claims of wrong) expect([claims, await statusOf(claims)]).toEqual([claims, 401]);
  });
});
