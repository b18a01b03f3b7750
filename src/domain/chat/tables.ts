import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const chatMessages = sqliteTable(
  "chat_messages",
  {
    /** The order in which they were delivered, whatever the clock did meanwhile. */
    sequence: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    room: text().notNull(),
    userId: text("user_id").notNull(),
    username: text().notNull(),
    text: text().notNull(),
    /** The client's own name of the message: a resend has the same. */
    clientId: text("client_id"),
    createdAt: integer("created_at").notNull(),
    deletedAt: integer("deleted_at"),
  },
  (table) => [
    index("chat_messages_room").on(table.room, table.sequence),
    index("chat_messages_age").on(table.createdAt),
    index("chat_messages_author").on(table.userId),
    uniqueIndex("chat_messages_resend").on(table.room, table.userId, table.clientId).where(sql`client_id IS NOT NULL`),
  ],
);
