import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const accounts = sqliteTable(
  "accounts",
  {
    id: text().primaryKey(),
    email: text(),
    /** The email as it is compared: lower case. Null when another account holds it. */
    emailKey: text("email_key").unique(),
    name: text().notNull(),
    /** Comma list, lower case. */
    roles: text().notNull(),
    /** The operator said so, so a token's claim no longer counts. */
    rolesFixed: integer("roles_fixed", { mode: "boolean" }).notNull().default(false),
    /** argon2id in PHC form; null for users that another system signs in. */
    passwordHash: text("password_hash"),
    /** Grows with every change of password; a token of ours carries the one it was made under. */
    version: integer().notNull().default(0),
    /** When the password last changed, epoch ms: another issuer's tokens from before are refused. */
    credentialsAt: integer("credentials_at"),
    /** A deleted account stays as a bare id, so that a token that is still valid does not bring it back. */
    status: text({ enum: ["active", "disabled", "deleted"] })
      .notNull()
      .default("active"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("accounts_name").on(table.name)],
);

/** Tells a running server which accounts a command has changed. */
export const accountChanges = sqliteTable("account_changes", {
  sequence: integer().primaryKey({ autoIncrement: true }),
  userId: text("user_id").notNull(),
});
