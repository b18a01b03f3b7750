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
  /** The roles that the token itself claims. */
  readonly claimedRoles: readonly string[];
}
