import * as v from "valibot";
import type { Identity } from "../../../domain/tokens/identity";
import { listOf, Reply, type RouteHandlers, route } from "../../../http/route";
import { amount, id, line, text } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { iso } from "../../../runtime/clock";
import { courseRoom, emailOf, showEnrollment, showProgress, showReview } from "../wire";
import { type LearningCallers, type Parts, SERVER } from "./parts";
import { CLASS_PROGRESS, ENROLLMENT, listed, listedProgress, OWN_PROGRESS, REVIEW } from "./shapes";

const enrollment = v.object({ user_id: v.optional(id()), user_email: v.optional(line(1, 254)) });
const newReview = v.object({ rating: v.pipe(amount(1, 5), v.safeInteger()), comment: text(1, 5_000) });

export const studentRoutes = {
  enroll: route("POST /api/v1/courses/:course_id/enroll", {
    summary: "Enrolls the caller, or whom a server names; the course hears `new_enrollment`, the first time.",
    access: "user or key",
    only: "oneself; a server names anybody",
    body: enrollment,
    bodyIs: "optional",
    example: {},
    answer: ENROLLMENT,
    status: 201,
    also: { 200: "Was enrolled already." },
    refuses: ["not_found"],
  }),
  listStudents: route("GET /api/v1/courses/:course_id/students", {
    summary: "Who is enrolled.",
    access: "user or key",
    only: "the course's instructor or an admin",
    query: listed,
    answer: listOf(ENROLLMENT),
    refuses: ["not_found"],
  }),
  listReviews: route("GET /api/v1/courses/:course_id/reviews", {
    summary: "The reviews of a course, newest first.",
    access: "user or key",
    only: "the course's students and instructor, or an admin",
    query: listed,
    answer: listOf(REVIEW),
    refuses: ["not_found"],
  }),
  review: route("POST /api/v1/courses/:course_id/reviews", {
    summary: "Reviews a course, 1 to 5; the course hears `new_review`. Another one replaces the first.",
    access: "user or key",
    only: "a student of the course",
    body: newReview,
    example: { rating: 5, comment: "Great course!" },
    answer: REVIEW,
    status: 201,
    also: { 200: "Replaces an earlier review." },
    refuses: ["not_found"],
  }),
  listProgress: route("GET /api/v1/courses/:course_id/progress", {
    summary: "How far the students of a course are, last changed first.",
    access: "user or key",
    only: "the course's instructor or an admin",
    query: listedProgress,
    answer: CLASS_PROGRESS,
    refuses: ["not_found"],
  }),
  getProgress: route("GET /api/v1/videos/:video_id/progress", {
    summary: "How far the caller is in a video.",
    access: "user",
    only: "the course's students and instructor, or an admin",
    answer: OWN_PROGRESS,
    refuses: ["not_found"],
  }),
};

/** What students do, and what those who teach them see of it. */
export function studentHandlers({
  house: { accounts, clock },
  line: { publisher },
  courses,
  catalogue,
  watched,
}: Parts): RouteHandlers<typeof studentRoutes, LearningCallers> {
  return {
    async enroll({ identity, params, body }) {
      const course = catalogue.course(params.course_id);
      const student = await studentOf(identity, await body());
      const { enrollment: holds, isNew } = await catalogue.enroll({
        id: Bun.randomUUIDv7(),
        courseId: course.id,
        ...student,
        createdAt: clock.now(),
      });
      if (isNew) {
        // Instructors are in this room too, so everybody hears it once.
        publisher.toRoom("/", courseRoom(course.id), "new_enrollment", {
          user_id: student.userId,
          user_email: student.email,
          message: `${student.email} enrolled in the course`,
        });
      }
      return new Reply(isNew ? 201 : 200, showEnrollment(holds));
    },

    async listStudents(call) {
      const { id } = catalogue.courseOf(call.identity, call.params.course_id);
      return (await courses.students(id, call.query)).map(showEnrollment);
    },

    async listReviews(call) {
      const { id } = catalogue.courseFor(call.identity, call.params.course_id);
      return (await courses.reviews(id, call.query)).map(showReview);
    },

    async review({ identity, params, body }) {
      const course = catalogue.course(params.course_id);
      const { rating, comment } = await body();
      const now = clock.now();
      const { review, isNew } = await catalogue.review({
        id: Bun.randomUUIDv7(),
        courseId: course.id,
        userId: identity.userId,
        email: emailOf(identity),
        rating,
        comment,
        createdAt: now,
        updatedAt: now,
      });
      publisher.toRoom("/", courseRoom(course.id), "new_review", { user_email: review.email, rating, comment });
      return new Reply(isNew ? 201 : 200, showReview(review));
    },

    async listProgress(call) {
      const course = catalogue.courseOf(call.identity, call.params.course_id);
      const { user_id, video_id, limit, offset } = call.query;
      const rows = await watched.list(course.id, { userId: user_id, videoId: video_id }, { limit, offset });
      return rows.map((row) => ({ ...showProgress(row), updated_at: iso(row.updatedAt) }));
    },

    async getProgress({ identity, params }) {
      const video = catalogue.videoFor(identity, params.video_id);
      const row = await watched.of(identity.userId, video);
      const nothing = { userId: identity.userId, videoId: video.id, watchedSeconds: 0, percentComplete: 0 };
      return showProgress({ courseId: video.courseId, updatedAt: 0, ...nothing, ...row });
    },
  };

  /** Whom an enrollment is for: oneself, or anybody where a server asks. */
  async function studentOf(identity: Identity, given: v.InferOutput<typeof enrollment>) {
    if (identity !== SERVER) {
      if (given.user_id !== undefined && given.user_id !== identity.userId) {
        throw new Refusal("permission_denied", "user_id is not yours", { field: "user_id" });
      }
      return { userId: identity.userId, email: emailOf(identity) };
    }
    if (given.user_id === undefined) throw new Refusal("invalid_request", "user_id is required", { field: "user_id" });
    const account = await accounts.find(given.user_id);
    return { userId: given.user_id, email: given.user_email ?? account?.email ?? account?.name ?? given.user_id };
  }
}
