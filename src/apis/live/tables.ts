import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Tenants. The secret is kept as it is: HS256 needs it to verify. */
export const liveApps = sqliteTable("live_apps", {
  appId: text("app_id").primaryKey(),
  name: text().notNull(),
  secret: text().notNull(),
  createdAt: integer("created_at").notNull(),
});

/** Users whose token gives them a rank on every stream of their app. */
export const liveStaff = sqliteTable("live_staff", {
  /** As everything inside goes by: with the app. */
  userId: text("user_id").primaryKey(),
  rank: integer().notNull(),
});

/** Streams that were registered or have been live; those that only viewers made are in memory. */
export const liveStreams = sqliteTable(
  "live_streams",
  {
    appId: text("app_id").notNull(),
    streamId: text("stream_id").notNull(),
    title: text().notNull(),
    ownerId: text("owner_id"),
    status: text({ enum: ["offline", "live", "error"] }).notNull(),
    /** Of the present broadcast, or of the last one. */
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
    error: text(),
    /** Of the present broadcast, or of the last one. */
    peakViewers: integer("peak_viewers").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.appId, table.streamId] })],
);
