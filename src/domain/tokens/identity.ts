import type { JWTPayload } from "jose";

/** Who a verified token speaks for. Never built from a payload. */
export interface Identity {
  readonly userId: string;
  readonly email: string | null;
  /** The display name. */
  readonly username: string;
  /** Lower case. */
  readonly roles: readonly string[];
  readonly token: TokenFacts;
}

/** What must be remembered of a token to see later whether it still counts. */
export interface TokenFacts {
  /** The `jti`, or the token's hash where it has none. */
  readonly id: string;
  /** Epoch ms; null when it never expires. */
  readonly expiresAt: number | null;
  readonly issuedAt: number | null;
  /** The version of the account's password that one of our own tokens was made under; null for other issuers'. */
  readonly accountVersion: number | null;
  /** Signed with our own secret, by us or by a system that shares it. */
  readonly isOurs: boolean;
  /** The roles that the token itself claims. */
  readonly claimedRoles: readonly string[];
}

/** The facts of a token whose signature has been verified. */
export function factsOf(
  token: string,
  { jti, exp, iat }: JWTPayload,
  claimedRoles: readonly string[],
  accountVersion: number | null,
  isOurs: boolean,
): TokenFacts {
  return {
    // A signature can be written in several ways; what it signs cannot.
    id: typeof jti === "string" && jti !== "" ? jti : hash(token.slice(0, token.lastIndexOf("."))),
    expiresAt: exp === undefined ? null : exp * 1000,
    issuedAt: iat === undefined ? null : iat * 1000,
    accountVersion,
    isOurs,
    claimedRoles,
  };
}

function hash(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("base64url");
}
