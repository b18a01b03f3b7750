import type { Context, Hono } from "hono";
import * as v from "valibot";
import type { Identity } from "../../domain/tokens/identity";
import type { House } from "../../house";
import { anyObject, digits, readJson, readOptionalJson, readQuery } from "../../http/body";
import { credentials, registration } from "../../http/credentials";
import { hasKey } from "../../http/keys";
import { type RestEnv, restApp, signedIn } from "../../http/rest";
import { limitWrites } from "../../http/writes";
import { parse } from "../../parse";
import type { Line } from "../../realtime/api";
import { amount, id, line, text } from "../../realtime/fields";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import { type Catalogue, demandAdded } from "./catalogue";
import type { LearningContract } from "./contract";
import { mark } from "./quizzes";
import { messageOf } from "./refusals";
import type { LearningData } from "./session";
import type { CourseStore, QuizStore } from "./store";
import type { WatchedVideos } from "./watched";
import {
  courseRoom,
  emailOf,
  instructorRoom,
  showCourse,
  showEnrollment,
  showProgress,
  showQuiz,
  showReview,
  showSubmission,
  showVideo,
} from "./wire";

interface Parts {
  readonly house: House;
  readonly line: Line<LearningContract, LearningData>;
  readonly courses: CourseStore;
  readonly quizzes: QuizStore;
  readonly catalogue: Catalogue;
  readonly watched: WatchedVideos;
}

/** Of one course; more are a mistake of a program. */
const MAX_QUIZZES = 1_000;

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
const enrollment = v.object({ user_id: v.optional(id()), user_email: v.optional(line(1, 254)) });
const newReview = v.object({ rating: v.pipe(amount(1, 5), v.safeInteger()), comment: text(1, 5_000) });
const question = v.pipe(
  v.object({
    id: v.pipe(
      id(),
      // As names of members these mean something to JavaScript; an answer to them would be lost.
      v.check((text) => !["__proto__", "constructor", "prototype"].includes(text), "is a reserved word"),
    ),
    prompt: text(1, 2_000),
    choices: v.pipe(v.array(text(1, 500)), v.minLength(2), v.maxLength(20)),
    answer: text(1, 500),
  }),
  v.check(({ choices }) => new Set(choices).size === choices.length, "has the same choice twice"),
  v.check(({ choices, answer }) => choices.includes(answer), "has an answer that is none of its choices"),
);
const newQuiz = v.object({
  id: v.optional(id()),
  title,
  pass_score: amount(0, 100),
  questions: v.pipe(
    v.array(question),
    v.minLength(1),
    v.maxLength(200),
    v.check((all) => new Set(all.map(({ id }) => id)).size === all.length, "have the same id twice"),
  ),
});
const submission = v.object({ answers: v.pipe(anyObject(), v.record(line(1, 128), text(1, 500))) });
const page = { limit: v.optional(digits(1, 1000), "1000"), offset: v.optional(digits(0, 999_999_999), "0") };
const listed = v.object(page);
const listedProgress = v.object({ ...page, user_id: v.optional(id()), video_id: v.optional(id()) });

/** Who calls with an API key: another server, which may do what an admin may. */
const SERVER: Identity = {
  userId: "server",
  email: null,
  username: "server",
  roles: ["admin"],
  token: { id: "", expiresAt: null, issuedAt: null, accountVersion: null, isOurs: false, claimedRoles: [] },
};

/** Answers are `{data}`, refusals `{message}` (CONTRACT §2). */
export function learningHttp({ house, line, courses, quizzes, catalogue, watched }: Parts): Hono<RestEnv> {
  const { accounts, registration: registrations, tokens, apiKeys, limits, clock } = house;
  const { publisher } = line;
  const app = restApp(house.log, (refusal) => ({ message: messageOf(refusal) }));

  app.post("/api/v1/auth/register", async (c) => {
    const account = await registrations.register(await readJson(c, registration), c.env.peer.network);
    return c.json({ data: await issued(account) }, 201);
  });

  app.post("/api/v1/auth/login", async (c) => {
    const { login, password } = await readJson(c, credentials);
    return c.json({ data: await issued(await accounts.signIn(login, password, c.env.peer.network)) });
  });

  const user = signedIn(tokens);
  /** A user, or another server. */
  const caller = async (c: Context<RestEnv>, next: () => Promise<void>) => {
    if (!hasKey(c, apiKeys, "learning")) return user(c, next);
    c.set("identity", SERVER);
    return next();
  };
  const limited = limitWrites(limits);
  const writing = async (c: Context<RestEnv>, next: () => Promise<void>) =>
    caller(c, () => (c.var.identity === SERVER ? next() : limited(c, next)));

  app.get("/api/v1/courses", caller, async (c) => {
    return c.json({ data: (await courses.list(readQuery(c, listed))).map(showCourse) });
  });

  app.post("/api/v1/courses", writing, async (c) => {
    const { identity } = c.var;
    if (!identity.roles.some((role) => role === "instructor" || role === "admin")) {
      throw new Refusal("permission_denied", "only instructors make courses");
    }
    const given = await readJson(c, newCourse);
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
    return c.json({ data: showCourse(course) }, 201);
  });

  app.get("/api/v1/courses/:id", caller, async (c) => {
    const course = catalogue.course(courseId(c));
    const videos = (await courses.videos(course.id)).map(showVideo);
    const listed = (await quizzes.of(course.id)).map(({ id, title, passScore }) => ({
      id,
      title,
      pass_score: passScore,
    }));
    return c.json({ data: { ...showCourse(course), videos, quizzes: listed } });
  });

  app.patch("/api/v1/courses/:id", writing, async (c) => {
    const { id } = catalogue.courseOf(c.var.identity, courseId(c));
    const { course, changes } = await catalogue.changeCourse(id, await readJson(c, courseChange));
    if (Object.keys(changes).length > 0) {
      const updated_at = iso(course.updatedAt);
      publisher.toRoom("/", courseRoom(id), "course_updated", { course_id: id, changes, updated_at });
    }
    return c.json({ data: showCourse(course) });
  });

  app.post("/api/v1/courses/:id/enroll", writing, async (c) => {
    const course = catalogue.course(courseId(c));
    const student = await studentOf(c.var.identity, await readOptionalJson(c, enrollment));
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
    return c.json({ data: showEnrollment(holds) }, isNew ? 201 : 200);
  });

  app.get("/api/v1/courses/:id/students", caller, async (c) => {
    const { id } = catalogue.courseOf(c.var.identity, courseId(c));
    return c.json({ data: (await courses.students(id, readQuery(c, listed))).map(showEnrollment) });
  });

  app.get("/api/v1/courses/:id/reviews", caller, async (c) => {
    const { id } = catalogue.courseFor(c.var.identity, courseId(c));
    return c.json({ data: (await courses.reviews(id, readQuery(c, listed))).map(showReview) });
  });

  app.post("/api/v1/courses/:id/reviews", writing, async (c) => {
    const { identity } = c.var;
    const course = catalogue.course(courseId(c));
    const { rating, comment } = await readJson(c, newReview);
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
    return c.json({ data: showReview(review) }, isNew ? 201 : 200);
  });

  app.post("/api/v1/courses/:id/videos", writing, async (c) => {
    const course = catalogue.courseOf(c.var.identity, courseId(c));
    const { id = Bun.randomUUIDv7(), title, duration_seconds } = await readJson(c, newVideo);
    const video = { id, courseId: course.id, title, durationSeconds: duration_seconds, createdAt: clock.now() };
    await catalogue.addVideo(video);
    return c.json({ data: showVideo(video) }, 201);
  });

  app.get("/api/v1/courses/:id/progress", caller, async (c) => {
    const course = catalogue.courseOf(c.var.identity, courseId(c));
    const { user_id, video_id, limit, offset } = readQuery(c, listedProgress);
    const rows = await watched.list(course.id, { userId: user_id, videoId: video_id }, { limit, offset });
    return c.json({ data: rows.map((row) => ({ ...showProgress(row), updated_at: iso(row.updatedAt) })) });
  });

  app.get("/api/v1/videos/:id/progress", user, async (c) => {
    const { identity } = c.var;
    const video = catalogue.videoFor(identity, parse(id(), c.req.param("id"), "video_id"));
    const row = await watched.of(identity.userId, video);
    const nothing = { userId: identity.userId, videoId: video.id, watchedSeconds: 0, percentComplete: 0 };
    return c.json({ data: showProgress({ courseId: video.courseId, updatedAt: 0, ...nothing, ...row }) });
  });

  app.post("/api/v1/courses/:id/quizzes", writing, async (c) => {
    const course = catalogue.courseOf(c.var.identity, courseId(c));
    const { id = Bun.randomUUIDv7(), title, pass_score, questions } = await readJson(c, newQuiz);
    const quiz = { id, courseId: course.id, title, passScore: pass_score, questions, createdAt: clock.now() };
    demandAdded(await quizzes.add(quiz, MAX_QUIZZES), MAX_QUIZZES);
    return c.json({ data: showQuiz(quiz, true) }, 201);
  });

  app.get("/api/v1/quizzes/:id", caller, async (c) => {
    const { quiz, course } = await quizOf(c);
    return c.json({ data: showQuiz(quiz, catalogue.teaches(c.var.identity, course)) });
  });

  app.post("/api/v1/quizzes/:id/submissions", user, limited, async (c) => {
    const { quiz } = await quizOf(c);
    const { answers } = await readJson(c, submission);
    const { score, passed } = mark(quiz.questions, quiz.passScore, answers);
    const { userId } = c.var.identity;
    const submitted = { id: Bun.randomUUIDv7(), quizId: quiz.id, userId, score, passed, createdAt: clock.now() };
    await quizzes.submit(submitted);
    publisher.toRoom("/", instructorRoom(quiz.courseId), "quiz_submission", {
      user_id: userId,
      quiz_id: quiz.id,
      score,
      passed,
    });
    return c.json({ data: showSubmission(submitted) }, 201);
  });

  app.get("/api/v1/quizzes/:id/submissions", caller, async (c) => {
    const { quiz, course } = await quizOf(c);
    const own = catalogue.teaches(c.var.identity, course) ? undefined : c.var.identity.userId;
    return c.json({ data: (await quizzes.submissions(quiz.id, own, readQuery(c, listed))).map(showSubmission) });
  });

  return app;

  async function issued(account: Awaited<ReturnType<typeof accounts.signIn>>) {
    const { token } = await tokens.issue(account);
    const { id, email, name, roles } = account;
    return { access_token: token, user: { id, email, name, roles } };
  }

  /** The quiz of the path and its course, for somebody who may take part in it. */
  async function quizOf(c: Context<RestEnv>) {
    const quiz = await quizzes.find(parse(id(), c.req.param("id"), "quiz_id"));
    if (!quiz) throw new Refusal("not_found", "there is no such quiz", { field: "quiz_id" });
    return { quiz, course: catalogue.courseFor(c.var.identity, quiz.courseId) };
  }

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

/** Who teaches a new course: whoever makes it; admins and servers may name somebody else. */
function instructorOf(identity: Identity, given: string | undefined): string {
  if (given === undefined && identity === SERVER) {
    throw new Refusal("invalid_request", "instructor_id is required", { field: "instructor_id" });
  }
  if (given === undefined || given === identity.userId) return identity.userId;
  if (identity.roles.includes("admin")) return given;
  throw new Refusal("permission_denied", "instructor_id is not yours", { field: "instructor_id" });
}

function courseId(c: Context<RestEnv>): string {
  return parse(id(), c.req.param("id"), "course_id");
}
