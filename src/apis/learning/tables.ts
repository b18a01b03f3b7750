import { index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const learningCourses = sqliteTable("learning_courses", {
  id: text().primaryKey(),
  title: text().notNull(),
  description: text().notNull(),
  instructorId: text("instructor_id").notNull(),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

export const learningVideos = sqliteTable(
  "learning_videos",
  {
    id: text().primaryKey(),
    courseId: text("course_id").notNull(),
    title: text().notNull(),
    durationSeconds: real("duration_seconds").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("learning_videos_course").on(table.courseId, table.createdAt)],
);

export const learningEnrollments = sqliteTable(
  "learning_enrollments",
  {
    courseId: text("course_id").notNull(),
    userId: text("user_id").notNull(),
    id: text().notNull().unique(),
    /** As it was when the student came: what the instructor's list shows. */
    email: text().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.courseId, table.userId] }),
    index("learning_enrollments_user").on(table.userId),
  ],
);

export const learningReviews = sqliteTable(
  "learning_reviews",
  {
    courseId: text("course_id").notNull(),
    userId: text("user_id").notNull(),
    id: text().notNull().unique(),
    email: text().notNull(),
    rating: integer().notNull(),
    comment: text().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.courseId, table.userId] }), index("learning_reviews_user").on(table.userId)],
);

export interface Question {
  readonly id: string;
  readonly prompt: string;
  readonly choices: readonly string[];
  /** One of `choices`; never shown to students. */
  readonly answer: string;
}

export const learningQuizzes = sqliteTable(
  "learning_quizzes",
  {
    id: text().primaryKey(),
    courseId: text("course_id").notNull(),
    title: text().notNull(),
    /** 0 to 100. */
    passScore: real("pass_score").notNull(),
    questions: text({ mode: "json" }).$type<readonly Question[]>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("learning_quizzes_course").on(table.courseId, table.createdAt)],
);

export const learningSubmissions = sqliteTable(
  "learning_submissions",
  {
    sequence: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    quizId: text("quiz_id").notNull(),
    userId: text("user_id").notNull(),
    /** 0 to 100, one decimal. */
    score: real().notNull(),
    passed: integer({ mode: "boolean" }).notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("learning_submissions_quiz").on(table.quizId, table.userId, table.sequence),
    index("learning_submissions_user").on(table.userId),
  ],
);

/** How far a student got in a video; neither figure ever goes back. */
export const learningWatched = sqliteTable(
  "learning_watched",
  {
    userId: text("user_id").notNull(),
    videoId: text("video_id").notNull(),
    courseId: text("course_id").notNull(),
    watchedSeconds: real("watched_seconds").notNull(),
    percentComplete: real("percent_complete").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.videoId] }),
    index("learning_watched_course").on(table.courseId, table.updatedAt),
  ],
);
