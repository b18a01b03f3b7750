import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const notifications = sqliteTable(
  "notifications",
  {
    /** The order in which they were made, whatever the clock did meanwhile. */
    sequence: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    /** Whose inbox: an API's name. */
    inbox: text().notNull(),
    userId: text("user_id").notNull(),
    type: text().notNull(),
    title: text().notNull(),
    message: text().notNull(),
    data: text({ mode: "json" }).$type<Readonly<Record<string, unknown>>>(),
    createdAt: integer("created_at").notNull(),
    readAt: integer("read_at"),
  },
  (table) => [
    index("notifications_of").on(table.inbox, table.userId, table.sequence),
    index("notifications_unread").on(table.inbox, table.userId, table.sequence).where(sql`read_at IS NULL`),
    index("notifications_read").on(table.readAt).where(sql`read_at IS NOT NULL`),
  ],
);
