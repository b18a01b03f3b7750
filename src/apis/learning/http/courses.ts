import * as v from "valibot";
import type { Identity } from "../../../domain/tokens/identity";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { amount, id, line, text } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { iso } from "../../../runtime/clock";
import { courseRoom, showCourse, showVideo } from "../wire";
import { type LearningCallers, type Parts, SERVER } from "./parts";
import { COURSE, COURSE_WHOLE, listed, VIDEO } from "./shapes";

const title = line(1, 256);
const description = text(0, 10_000);
const newCourse = v.object({
  id: v.optional(id()),
  title,
  description: v.optional(description, ""),
  instructor_id: v.optional(id()),
});
const courseChange = v.object({ title: v.optional(title), description: v.optional(description) });
const newVideo = v.object({ id: v.optional(id()), title, duration_seconds: amount(0) });

export const courseRoutes = {
  listCourses: route("GET /api/v1/courses", {
    summary: "All courses, the oldest first.",
    access: "user or key",
    query: listed,
    answer: listOf(COURSE),
  }),
  addCourse: route("POST /api/v1/courses", {
    summary: "Makes a course; whoever makes it teaches it, unless an admin or a server names somebody else.",
    access: "user or key",
    only: "an instructor or an admin",
    body: newCourse,
    example: { title: "Baking bread", description: "From flour to loaf." },
    answer: COURSE,
    status: 201,
    refuses: ["conflict"],
  }),
  getCourse: route("GET /api/v1/courses/:course_id", {
    summary: "A course with its videos and quizzes.",
    access: "user or key",
    answer: COURSE_WHOLE,
    refuses: ["not_found"],
  }),
  changeCourse: route("PATCH /api/v1/courses/:course_id", {
    summary: "Changes a course; everybody in it hears `course_updated`.",
    access: "user or key",
    only: "the course's instructor or an admin",
    body: courseChange,
    example: { title: "Baking better bread" },
    answer: COURSE,
    refuses: ["not_found"],
  }),
  addVideo: route("POST /api/v1/courses/:course_id/videos", {
    summary: "Adds a video to a course.",
    access: "user or key",
    only: "the course's instructor or an admin",
    body: newVideo,
    example: { title: "Kneading", duration_seconds: 600 },
    answer: VIDEO,
    status: 201,
    refuses: ["not_found", "conflict"],
  }),
};

/** Courses and what is in them. */
export function courseHandlers({
  house: { clock },
  line: { publisher },
  courses,
  quizzes,
  catalogue,
}: Parts): RouteHandlers<typeof courseRoutes, LearningCallers> {
  return {
    listCourses: async ({ query }) => (await courses.list(query)).map(showCourse),

    async addCourse({ identity, body }) {
      if (!identity.roles.some((role) => role === "instructor" || role === "admin")) {
        throw new Refusal("permission_denied", "only instructors make courses");
      }
      const given = await body();
      const now = clock.now();
      const course = {
        id: given.id ?? Bun.randomUUIDv7(),
        title: given.title,
        description: given.description,
        instructorId: instructorOf(identity, given.instructor_id),
        createdAt: now,
        updatedAt: now,
      };
      await catalogue.addCourse(course);
      return showCourse(course);
    },

    async getCourse({ params }) {
      const course = catalogue.course(params.course_id);
      const videos = (await courses.videos(course.id)).map(showVideo);
      const listed = (await quizzes.of(course.id)).map(({ id, title, passScore }) => ({
        id,
        title,
        pass_score: passScore,
      }));
      return { ...showCourse(course), videos, quizzes: listed };
    },

    async changeCourse({ identity, params, body }) {
      const { id } = catalogue.courseOf(identity, params.course_id);
      const { course, changes } = await catalogue.changeCourse(id, await body());
      if (Object.keys(changes).length > 0) {
        const updated_at = iso(course.updatedAt);
        publisher.toRoom("/", courseRoom(id), "course_updated", { course_id: id, changes, updated_at });
      }
      return showCourse(course);
    },

    async addVideo({ identity, params, body }) {
      const course = catalogue.courseOf(identity, params.course_id);
      const { id = Bun.randomUUIDv7(), title, duration_seconds } = await body();
      const video = { id, courseId: course.id, title, durationSeconds: duration_seconds, createdAt: clock.now() };
      await catalogue.addVideo(video);
      return showVideo(video);
    },
  };
}

/** Who teaches a new course: whoever makes it; admins and servers may name somebody else. */
function instructorOf(identity: Identity, given: string | undefined): string {
  if (given === undefined && identity === SERVER) {
    throw new Refusal("invalid_request", "instructor_id is required", { field: "instructor_id" });
  }
  if (given === undefined || given === identity.userId) return identity.userId;
  if (identity.roles.includes("admin")) return given;
  throw new Refusal("permission_denied", "instructor_id is not yours", { field: "instructor_id" });
}
