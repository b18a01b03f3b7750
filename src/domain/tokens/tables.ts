import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Tokens that are refused although their signature and dates are right. */
export const revocations = sqliteTable("revocations", {
  /** The token's `jti`, or the hash of a token that has none. */
  tokenId: text("token_id").primaryKey(),
  /** Epoch ms after which the row is pointless; null when the token never expires. */
  expiresAt: integer("expires_at"),
});
