import { createPublicKey } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import {
  createRemoteJWKSet,
  errors,
  importSPKI,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { Refusal } from "../../refusal";
import { Fault } from "../../runtime/fault";

/** Whose signatures count. */
export interface KeySettings {
  readonly secret: string;
  /** Secrets of before a rotation: verified, never signed with. */
  readonly previousSecrets: readonly string[];
  readonly jwksUrl?: string | undefined;
  /** An SPKI PEM, or the path of a file that holds one. */
  readonly publicKey?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

export interface Verified {
  readonly payload: JWTPayload;
  /** Signed with our own secret, so that our private claims in it are ours. */
  readonly ours: boolean;
}

const CLOCK_SKEW_S = 5;
/** What a JWKS may sign with; the key's type picks the one of these that fits. */
const ISSUER_ALGORITHMS = ["RS256", "ES256", "EdDSA"];
/** As RS256 demands (RFC 7518 §3.3). */
const MIN_RSA_BITS = 2048;
const JWKS_TIMEOUT_MS = 5_000;
/** An issuer has a key or two in use, and some of before; each that is tried costs a verification. */
const MAX_TRIED = 8;

type Check = (token: string, options: JWTVerifyOptions) => Promise<JWTVerifyResult>;

/**
 * Verifies signatures and dates. The algorithm is fixed by the key: a token's header picks between our secret and the
 * configured issuer, never how either is used.
 */
export class Keys {
  readonly #secrets: readonly CryptoKey[];
  readonly #issuer: Check | undefined;
  readonly #demands: JWTVerifyOptions;

  private constructor(settings: KeySettings, secrets: readonly CryptoKey[], issuer: Check | undefined) {
    this.#secrets = secrets;
    this.#issuer = issuer;
    this.#demands = {
      clockTolerance: CLOCK_SKEW_S,
      ...(settings.issuer && { issuer: settings.issuer }),
      ...(settings.audience && { audience: settings.audience }),
    };
  }

  /** @throws Fault when the public key is none that can be used */
  static async load(settings: KeySettings): Promise<Keys> {
    const secrets = [settings.secret, ...settings.previousSecrets].map(importSecret);
    return new Keys(settings, await Promise.all(secrets), await issuerCheck(settings));
  }

  /**
   * @param nowMs wall time that `exp` and `nbf` are compared with
   * @throws Refusal `authentication_failed` (`reason` `expired` or `invalid`), or `unavailable` when the issuer's keys
   *   cannot be fetched
   */
  async verify(token: string, nowMs: number): Promise<Verified> {
    const options = { ...this.#demands, currentDate: new Date(nowMs) };
    try {
      const ours = this.#issuer === undefined || headerAlgorithm(token) === "HS256";
      const check = ours || !this.#issuer ? this.#verifyOurs : this.#issuer;
      const { payload, protectedHeader } = await check(token, options);
      if (isOfAnotherKind(protectedHeader.typ))
        throw new errors.JWTInvalid(`a token of the type ${protectedHeader.typ}`);
      return { payload, ours };
    } catch (error) {
      throw asRefusal(error);
    }
  }

  readonly #verifyOurs: Check = async (token, options) => {
    let mismatch: unknown;
    for (const secret of this.#secrets) {
      try {
        return await jwtVerify(token, secret, { ...options, algorithms: ["HS256"] });
      } catch (error) {
        // Dates are looked at only once a signature fits, so an expired token of a previous secret is told as expired.
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        mismatch = error;
      }
    }
    throw mismatch;
  };
}

/** Once: jose would import the bytes for every token, which takes a third of its time. */
function importSecret(secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["verify"]);
}

async function issuerCheck({ jwksUrl, publicKey }: KeySettings): Promise<Check | undefined> {
  if (jwksUrl) {
    const fetched = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
    const keys = (...token: Parameters<typeof fetched>) => fetched(...token).catch(tellOutage);
    return async (token, options) => {
      const demands = { ...options, algorithms: ISSUER_ALGORITHMS };
      try {
        return await jwtVerify(token, keys, demands);
      } catch (error) {
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
        return tryEach(error, token, demands);
      }
    };
  }
  if (publicKey) {
    const { pem, algorithm } = readPublicKey(publicKey);
    const key = await importSPKI(pem, algorithm);
    return (token, options) => jwtVerify(token, key, { ...options, algorithms: [algorithm] });
  }
  return undefined;
}

/** The token does not say which key it is signed with, and several are of its algorithm. */
async function tryEach(
  keys: errors.JWKSMultipleMatchingKeys,
  token: string,
  demands: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  let mismatch: unknown = keys;
  let tried = 0;
  for await (const key of keys) {
    if (++tried > MAX_TRIED) break;
    try {
      return await jwtVerify(token, key, demands);
    } catch (error) {
      // As with our own secrets: dates are looked at only once a signature fits.
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      mismatch = error;
    }
  }
  throw mismatch;
}

function readPublicKey(setting: string): { pem: string; algorithm: string } {
  const inline = setting.includes("-----BEGIN");
  if (!inline && !statSync(setting, { throwIfNoEntry: false })?.isFile())
    throw new Fault("HEADEND_JWT_PUBLIC_KEY: neither an SPKI PEM nor an existing file");
  let pem: string;
  let key: ReturnType<typeof createPublicKey>;
  try {
    pem = inline ? setting.replaceAll("\\n", "\n") : readFileSync(setting, "utf8");
    // Node makes a public key of private ones and of older forms too; those are not what is asked for.
    if (!pem.includes("-----BEGIN PUBLIC KEY-----")) throw new Error("another kind of key");
    key = createPublicKey(pem);
  } catch {
    throw new Fault("HEADEND_JWT_PUBLIC_KEY: not a public key in SPKI PEM form");
  }
  if (key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
    throw new Fault(`HEADEND_JWT_PUBLIC_KEY: an RSA key needs at least ${MIN_RSA_BITS} bits`);
  }
  if (key.asymmetricKeyType === "rsa") return { pem, algorithm: "RS256" };
  if (key.asymmetricKeyType === "ed25519") return { pem, algorithm: "EdDSA" };
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") {
    return { pem, algorithm: "ES256" };
  }
  throw new Fault("HEADEND_JWT_PUBLIC_KEY: an RSA, P-256 or Ed25519 key is needed");
}

/**
 * An issuer that says what its tokens are for (RFC 8725 §3.11) makes others with the same key: to say that somebody
 * has logged out, or has proven a key. Access tokens are `JWT`, `at+jwt`, or say nothing.
 */
function isOfAnotherKind(typ: unknown): boolean {
  if (typ === undefined) return false;
  const name = typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : "";
  return name === "" || (name.endsWith("+jwt") && name !== "at+jwt");
}

/** Only chooses which of our keys is tried; the verification itself demands that key's algorithm. */
function headerAlgorithm(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.slice(0, token.indexOf(".")), "base64url").toString()).alg;
  } catch {
    return undefined;
  }
}

/** A key that is not in the issuer's set is the token's fault; anything else is the issuer's. */
function tellOutage(error: unknown): never {
  const { JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported } = errors;
  if ([JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JOSENotSupported].some((kind) => error instanceof kind))
    throw error;
  throw new Refusal("unavailable", "Tokens cannot be verified now", { cause: error });
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof errors.JWTExpired) {
    return new Refusal("authentication_failed", "Token has expired", { reason: "expired" });
  }
  return new Refusal("authentication_failed", "Invalid token", { reason: "invalid", cause: error });
}
