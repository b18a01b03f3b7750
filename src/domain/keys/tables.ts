import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const apiKeys = sqliteTable("api_keys", {
  name: text().primaryKey(),
  /** SHA-256 of the key, hex. Keys are 256 random bits, so a slow hash would add nothing. */
  hash: text().notNull().unique(),
  /** Comma list. */
  scopes: text().notNull(),
  createdAt: integer("created_at").notNull(),
});
