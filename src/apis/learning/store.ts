import { and, asc, desc, eq, lt, sql } from "drizzle-orm";
import { writeRows } from "../../store/batch";
import type { Store } from "../../store/database";
import { holds } from "../../store/holds";
import {
  learningCourses as courses,
  learningEnrollments as enrollments,
  learningQuizzes as quizzes,
  learningReviews as reviews,
  learningSubmissions as submissions,
  learningVideos as videos,
  learningWatched as watched,
} from "./tables";

export type Course = Readonly<typeof courses.$inferSelect>;
export type Video = Readonly<typeof videos.$inferSelect>;
export type Enrollment = Readonly<typeof enrollments.$inferSelect>;
export type Review = Readonly<typeof reviews.$inferSelect>;
export type Quiz = Readonly<typeof quizzes.$inferSelect>;
export type Submission = Readonly<Omit<typeof submissions.$inferSelect, "sequence">>;
export type Watched = Readonly<typeof watched.$inferSelect>;

/** Part of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** What came of adding something to a course. */
export type Addition = "added" | "taken" | "full";

/** How many tries of a student at one quiz are kept. */
const MAX_TRIES = 100;

/** Courses and who belongs to them. */
export class CourseStore {
  readonly #db: Store["db"];

  constructor({ db }: Store) {
    this.#db = db;
  }

  async list({ limit, offset }: Page): Promise<Course[]> {
    return this.#db.select().from(courses).orderBy(asc(courses.createdAt), asc(courses.id)).limit(limit).offset(offset);
  }

  /** Courses whose id, title or instructor holds `text`, the newest first, with how many are in them. */
  async search(text: string, limit: number): Promise<{ course: Course; students: number; videos: number }[]> {
    const { id, title, instructorId, createdAt } = courses;
    return this.#db
      .select({
        course: courses,
        students: this.#db.$count(enrollments, eq(enrollments.courseId, id)),
        videos: this.#db.$count(videos, eq(videos.courseId, id)),
      })
      .from(courses)
      .where(holds(text, courses, id, title, instructorId))
      .orderBy(desc(createdAt), desc(id))
      .limit(limit);
  }

  /** Answers at once: the hot path waits for it, once per course. */
  find(id: string): Course | undefined {
    return this.#db.select().from(courses).where(eq(courses.id, id)).get();
  }

  /** @returns whether there was none with that id */
  async add(course: Course): Promise<boolean> {
    return this.#db.insert(courses).values(course).onConflictDoNothing().returning().get() !== undefined;
  }

  async change(id: string, changes: Partial<Course>): Promise<void> {
    this.#db.update(courses).set(changes).where(eq(courses.id, id)).run();
  }

  /** The ids of a course's students; at once, as `find`. */
  studentIds(courseId: string): string[] {
    const rows = this.#db
      .select({ userId: enrollments.userId })
      .from(enrollments)
      .where(eq(enrollments.courseId, courseId))
      .all();
    return rows.map(({ userId }) => userId);
  }

  async students(courseId: string, { limit, offset }: Page): Promise<Enrollment[]> {
    return this.#db
      .select()
      .from(enrollments)
      .where(eq(enrollments.courseId, courseId))
      .orderBy(asc(enrollments.createdAt), asc(enrollments.userId))
      .limit(limit)
      .offset(offset);
  }

  /** @returns the enrollment that holds, and whether it is this one */
  async enroll(enrollment: Enrollment): Promise<{ enrollment: Enrollment; isNew: boolean }> {
    return this.#db.transaction(
      (tx) => {
        const { courseId, userId } = enrollment;
        const earlier = tx
          .select()
          .from(enrollments)
          .where(and(eq(enrollments.courseId, courseId), eq(enrollments.userId, userId)))
          .get();
        if (earlier) return { enrollment: earlier, isNew: false };
        tx.insert(enrollments).values(enrollment).run();
        return { enrollment, isNew: true };
      },
      { behavior: "immediate" },
    );
  }

  /** One review per student: a later one takes the place of the first. @returns the review that holds */
  async review(review: Review): Promise<{ review: Review; isNew: boolean }> {
    const { email, rating, comment, updatedAt } = review;
    const stored = this.#db
      .insert(reviews)
      .values(review)
      .onConflictDoUpdate({ target: [reviews.courseId, reviews.userId], set: { email, rating, comment, updatedAt } })
      .returning()
      .get();
    return { review: stored, isNew: stored.id === review.id };
  }

  async reviews(courseId: string, { limit, offset }: Page): Promise<Review[]> {
    return this.#db
      .select()
      .from(reviews)
      .where(eq(reviews.courseId, courseId))
      .orderBy(desc(reviews.updatedAt), asc(reviews.userId))
      .limit(limit)
      .offset(offset);
  }

  /** At once, as `find`. */
  findVideo(id: string): Video | undefined {
    return this.#db.select().from(videos).where(eq(videos.id, id)).get();
  }

  async videos(courseId: string): Promise<Video[]> {
    return this.#db.select().from(videos).where(eq(videos.courseId, courseId)).orderBy(asc(videos.createdAt));
  }

  /** @param max how many a course takes */
  async addVideo(video: Video, max: number): Promise<Addition> {
    return this.#db.transaction(
      (tx) => {
        const [{ count = 0 } = {}] = tx
          .select({ count: sql<number>`count(*)` })
          .from(videos)
          .where(eq(videos.courseId, video.courseId))
          .all();
        if (count >= max) return "full";
        return tx.insert(videos).values(video).onConflictDoNothing().returning().get() ? "added" : "taken";
      },
      { behavior: "immediate" },
    );
  }

  /** Everything that is kept of a person as a student. */
  async forget(userId: string): Promise<void> {
    this.#db.transaction(
      (tx) => {
        tx.delete(enrollments).where(eq(enrollments.userId, userId)).run();
        tx.delete(reviews).where(eq(reviews.userId, userId)).run();
        tx.delete(submissions).where(eq(submissions.userId, userId)).run();
        tx.delete(watched).where(eq(watched.userId, userId)).run();
      },
      { behavior: "immediate" },
    );
  }
}

/** Quizzes and what came of them. */
export class QuizStore {
  readonly #db: Store["db"];

  constructor({ db }: Store) {
    this.#db = db;
  }

  async find(id: string): Promise<Quiz | undefined> {
    return this.#db.select().from(quizzes).where(eq(quizzes.id, id)).get();
  }

  async of(courseId: string): Promise<Quiz[]> {
    return this.#db.select().from(quizzes).where(eq(quizzes.courseId, courseId)).orderBy(asc(quizzes.createdAt));
  }

  /** @param max how many a course takes */
  async add(quiz: Quiz, max: number): Promise<Addition> {
    return this.#db.transaction(
      (tx) => {
        const [{ count = 0 } = {}] = tx
          .select({ count: sql<number>`count(*)` })
          .from(quizzes)
          .where(eq(quizzes.courseId, quiz.courseId))
          .all();
        if (count >= max) return "full";
        return tx.insert(quizzes).values(quiz).onConflictDoNothing().returning().get() ? "added" : "taken";
      },
      { behavior: "immediate" },
    );
  }

  /** Stores a try; the oldest go when there are very many. */
  async submit(submission: Submission): Promise<void> {
    const mine = and(eq(submissions.quizId, submission.quizId), eq(submissions.userId, submission.userId));
    this.#db.transaction(
      (tx) => {
        tx.insert(submissions).values(submission).run();
        const tooOld = tx
          .select({ sequence: submissions.sequence })
          .from(submissions)
          .where(mine)
          .orderBy(desc(submissions.sequence))
          .limit(1)
          .offset(MAX_TRIES - 1)
          .get();
        if (tooOld)
          tx.delete(submissions)
            .where(and(mine, lt(submissions.sequence, tooOld.sequence)))
            .run();
      },
      { behavior: "immediate" },
    );
  }

  /** The tries at a quiz, newest first. @param userId only this student's */
  async submissions(quizId: string, userId: string | undefined, { limit, offset }: Page): Promise<Submission[]> {
    return this.#db
      .select()
      .from(submissions)
      .where(and(eq(submissions.quizId, quizId), userId === undefined ? undefined : eq(submissions.userId, userId)))
      .orderBy(desc(submissions.sequence))
      .limit(limit)
      .offset(offset);
  }
}

/** How far everybody got. */
export class WatchedStore {
  readonly #db: Store["db"];
  readonly #upsert;

  constructor({ db }: Store) {
    this.#db = db;
    this.#upsert = db
      .insert(watched)
      .values({
        userId: sql.placeholder("userId"),
        videoId: sql.placeholder("videoId"),
        courseId: sql.placeholder("courseId"),
        watchedSeconds: sql.placeholder("watchedSeconds"),
        percentComplete: sql.placeholder("percentComplete"),
        updatedAt: sql.placeholder("updatedAt"),
      })
      .onConflictDoUpdate({
        target: [watched.userId, watched.videoId],
        set: {
          watchedSeconds: sql`max(${watched.watchedSeconds}, excluded.watched_seconds)`,
          percentComplete: sql`max(${watched.percentComplete}, excluded.percent_complete)`,
          updatedAt: sql`excluded.updated_at`,
        },
      })
      .returning()
      .prepare();
  }

  /** Writes all rows in one transaction. @returns those that can never be written, and the others as they are now */
  write(rows: readonly Watched[]) {
    let stored: Watched[] = [];
    const { bad } = writeRows(
      rows,
      (work) => {
        stored = [];
        this.#db.transaction(work, { behavior: "immediate" });
      },
      (row) => {
        const [now] = this.#upsert.all({ ...row });
        if (now) stored.push(now);
      },
    );
    return { bad, stored };
  }

  /** At once, as `newest`. */
  get(userId: string, videoId: string): Watched | undefined {
    return this.#db
      .select()
      .from(watched)
      .where(and(eq(watched.userId, userId), eq(watched.videoId, videoId)))
      .get();
  }

  /** What changed last in a course; at once, so that a snapshot and what follows it are in order. */
  newest(courseId: string, limit: number): Watched[] {
    return this.#db
      .select()
      .from(watched)
      .where(eq(watched.courseId, courseId))
      .orderBy(desc(watched.updatedAt))
      .limit(limit)
      .all();
  }

  /** The class, by student and video; only one of them where that is asked for. */
  async of(
    courseId: string,
    only: { userId?: string | undefined; videoId?: string | undefined },
    { limit, offset }: Page,
  ): Promise<Watched[]> {
    const { userId, videoId } = only;
    return this.#db
      .select()
      .from(watched)
      .where(
        and(
          eq(watched.courseId, courseId),
          userId === undefined ? undefined : eq(watched.userId, userId),
          videoId === undefined ? undefined : eq(watched.videoId, videoId),
        ),
      )
      .orderBy(asc(watched.userId), asc(watched.videoId))
      .limit(limit)
      .offset(offset);
  }
}
