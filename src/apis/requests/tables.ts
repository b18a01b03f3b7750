import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const STATUSES = ["pending", "approved", "declined", "downloading", "available", "failed"] as const;
export const MEDIA_TYPES = ["movie", "tv"] as const;

export const mediaRequests = sqliteTable(
  "media_requests",
  {
    id: text().primaryKey(),
    userId: text("user_id").notNull(),
    mediaType: text("media_type", { enum: MEDIA_TYPES }).notNull(),
    tmdbId: text("tmdb_id").notNull(),
    title: text().notNull(),
    seasons: text({ mode: "json" }).$type<readonly number[]>(),
    status: text({ enum: STATUSES }).notNull(),
    /** Null while it is what it was made as. */
    previousStatus: text("previous_status", { enum: STATUSES }),
    approvedBy: text("approved_by"),
    /** Epoch ms. */
    estimatedCompletion: integer("estimated_completion"),
    /** Of the last change. */
    reason: text(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("media_requests_of").on(table.userId, table.updatedAt),
    index("media_requests_changed").on(table.updatedAt),
    index("media_requests_media").on(table.mediaType, table.tmdbId),
    // Nobody waits twice for the same.
    uniqueIndex("media_requests_open")
      .on(table.userId, table.mediaType, table.tmdbId)
      .where(sql`status IN ('pending', 'approved', 'downloading')`),
  ],
);

/** What became of each request: who moved it from where to where, and why. */
export const mediaRequestHistory = sqliteTable(
  "media_request_history",
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    requestId: text("request_id").notNull(),
    from: text({ enum: STATUSES }),
    to: text({ enum: STATUSES }).notNull(),
    by: text().notNull(),
    reason: text(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("media_request_history_of").on(table.requestId, table.sequence)],
);

/** The last report of each download. */
export const mediaDownloads = sqliteTable(
  "media_downloads",
  {
    requestId: text("request_id").notNull(),
    downloadId: text("download_id").notNull(),
    downloadedBytes: integer("downloaded_bytes").notNull(),
    totalBytes: integer("total_bytes").notNull(),
    /** Null where it follows from the bytes. */
    percentage: real(),
    currentFile: text("current_file"),
    speed: text().notNull(),
    eta: text().notNull(),
    /** Epoch ms. */
    reportedAt: integer("reported_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.requestId, table.downloadId] })],
);

/** What users did that changed something. */
export const userActivity = sqliteTable(
  "user_activity",
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    userId: text("user_id").notNull(),
    username: text().notNull(),
    action: text().notNull(),
    details: text({ mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    ipAddress: text("ip_address").notNull(),
    userAgent: text("user_agent").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("user_activity_age").on(table.createdAt), index("user_activity_of").on(table.userId)],
);
