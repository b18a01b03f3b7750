import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const JOB_STATUSES = ["queued", "processing", "completed", "failed", "cancelled"] as const;

/** The queue of media jobs, and what became of them. */
export const studioJobs = sqliteTable(
  "studio_jobs",
  {
    /** The order in which they came, whatever the clock did meanwhile: the oldest is claimed first. */
    sequence: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    userId: text("user_id").notNull(),
    kind: text().notNull(),
    prompt: text(),
    projectId: text("project_id"),
    status: text({ enum: JOB_STATUSES }).notNull(),
    /** As the worker that claimed it calls itself. */
    worker: text(),
    /** 0 to 100; while it is processed, at most one flush period behind. */
    progress: real().notNull(),
    stage: text().notNull(),
    message: text(),
    url: text(),
    thumbnailUrl: text("thumbnail_url"),
    metadata: text({ mode: "json" }).$type<Readonly<Record<string, unknown>>>(),
    error: text(),
    code: text(),
    createdAt: integer("created_at").notNull(),
    claimedAt: integer("claimed_at"),
    updatedAt: integer("updated_at").notNull(),
    finishedAt: integer("finished_at"),
  },
  (table) => [
    index("studio_jobs_queue").on(table.status, table.sequence),
    index("studio_jobs_queue_of_kind").on(table.status, table.kind, table.sequence),
    index("studio_jobs_of").on(table.userId, table.sequence),
    index("studio_jobs_open").on(table.userId, table.status),
    index("studio_jobs_finished").on(table.finishedAt),
  ],
);

/** Rooms whose members a server has declared; others are open to every user. */
export const studioRooms = sqliteTable("studio_rooms", {
  room: text().primaryKey(),
  createdAt: integer("created_at").notNull(),
});

export const studioRoomMembers = sqliteTable(
  "studio_room_members",
  {
    room: text()
      .notNull()
      .references(() => studioRooms.room, { onDelete: "cascade" }),
    userId: text("user_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.room, table.userId] }), index("studio_room_members_of").on(table.userId)],
);
