import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Who is banned or muted where. Past its `until` a row says nothing any more. */
export const restrictions = sqliteTable(
  "restrictions",
  {
    scope: text().notNull(),
    userId: text("user_id").notNull(),
    kind: text({ enum: ["ban", "mute"] }).notNull(),
    /** Epoch ms; null = for good. */
    until: integer(),
    moderatorId: text("moderator_id").notNull(),
    reason: text(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.userId, table.kind] })],
);

export const moderators = sqliteTable(
  "moderators",
  { scope: text().notNull(), userId: text("user_id").notNull() },
  (table) => [primaryKey({ columns: [table.scope, table.userId] })],
);

export const slowModes = sqliteTable("slow_modes", {
  scope: text().primaryKey(),
  intervalMs: integer("interval_ms").notNull(),
});

/** Who did what to whom, why and when. */
export const moderationLog = sqliteTable(
  "moderation_log",
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    scope: text().notNull(),
    moderatorId: text("moderator_id").notNull(),
    action: text().notNull(),
    /** A user or a message. */
    target: text(),
    reason: text(),
    until: integer(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("moderation_log_scope").on(table.scope, table.sequence),
    index("moderation_log_age").on(table.createdAt),
  ],
);
