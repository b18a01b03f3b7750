import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const progress = sqliteTable(
  "progress",
  {
    userId: text("user_id").notNull(),
    kind: text({ enum: ["tv", "movie"] }).notNull(),
    itemId: text("item_id").notNull(),
    /** Position, in the client's unit (seconds by the document). */
    time: real().notNull(),
    /** Share watched, 0 to 1. */
    progress: real().notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.kind, table.itemId] }),
    index("progress_recent").on(table.userId, table.updatedAt),
  ],
);
