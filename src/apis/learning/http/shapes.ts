import * as v from "valibot";
import { digits } from "../../../http/body";
import { listOf, shape } from "../../../http/route";
import { id } from "../../../realtime/fields";

const AT = "2026-01-01T00:00:00.000Z";
const text = v.string();
const number = v.number();

/** Part of a list, as a query says which. */
const page = {
  limit: v.pipe(v.optional(digits(1, 1000), "1000"), v.description("How many at most.")),
  offset: v.pipe(v.optional(digits(0, 999_999_999), "0"), v.description("How many to leave out at the beginning.")),
};
export const listed = v.object(page);
export const listedProgress = v.object({
  ...page,
  user_id: v.pipe(v.optional(id()), v.description("Only of this student.")),
  video_id: v.pipe(v.optional(id()), v.description("Only in this video.")),
});

const course = v.object({
  id: text,
  title: text,
  description: text,
  instructor_id: text,
  created_at: text,
  updated_at: text,
});
export const COURSE = shape("Course", course, {
  id: "course123",
  title: "Baking bread",
  description: "From flour to loaf.",
  instructor_id: "instructor456",
  created_at: AT,
  updated_at: AT,
});

const video = v.object({ id: text, course_id: text, title: text, duration_seconds: number, created_at: text });
export const VIDEO = shape("Video", video, {
  id: "video123",
  course_id: "course123",
  title: "Kneading",
  duration_seconds: 600,
  created_at: AT,
});

export const COURSE_WHOLE = shape(
  "CourseDetails",
  v.object({
    ...course.entries,
    videos: v.array(video),
    quizzes: v.array(v.object({ id: text, title: text, pass_score: number })),
  }),
  { ...COURSE.example, videos: [VIDEO.example], quizzes: [{ id: "quiz123", title: "Flour", pass_score: 70 }] },
);

export const ENROLLMENT = shape(
  "Enrollment",
  v.object({ id: text, course_id: text, user_id: text, user_email: text, enrolled_at: text }),
  {
    id: "0198c0de-0000-7000-8000-000000000001",
    course_id: "course123",
    user_id: "user123",
    user_email: "student@example.com",
    enrolled_at: AT,
  },
);

export const REVIEW = shape(
  "Review",
  v.object({
    id: text,
    course_id: text,
    user_id: text,
    user_email: text,
    rating: number,
    comment: text,
    created_at: text,
    updated_at: text,
  }),
  {
    id: "0198c0de-0000-7000-8000-000000000002",
    course_id: "course123",
    user_id: "user123",
    user_email: "student@example.com",
    rating: 5,
    comment: "Great course!",
    created_at: AT,
    updated_at: AT,
  },
);

const progress = { user_id: text, video_id: text, watched_seconds: number, percent_complete: number };
export const OWN_PROGRESS = shape("Progress", v.object(progress), {
  user_id: "user123",
  video_id: "video123",
  watched_seconds: 270,
  percent_complete: 45,
});
export const CLASS_PROGRESS = listOf(
  shape("ClassProgress", v.object({ ...progress, updated_at: text }), { ...OWN_PROGRESS.example, updated_at: AT }),
);

export const QUIZ = shape(
  "Quiz",
  v.object({
    id: text,
    course_id: text,
    title: text,
    pass_score: number,
    questions: v.array(v.object({ id: text, prompt: text, choices: v.array(text), answer: v.optional(text) })),
    created_at: text,
  }),
  {
    id: "quiz123",
    course_id: "course123",
    title: "Flour",
    pass_score: 70,
    questions: [{ id: "q1", prompt: "What makes bread rise?", choices: ["yeast", "salt"] }],
    created_at: AT,
  },
);

export const SUBMISSION = shape(
  "Submission",
  v.object({ id: text, quiz_id: text, user_id: text, score: number, passed: v.boolean(), submitted_at: text }),
  {
    id: "0198c0de-0000-7000-8000-000000000003",
    quiz_id: "quiz123",
    user_id: "user123",
    score: 100,
    passed: true,
    submitted_at: AT,
  },
);

const user = { id: text, email: v.nullable(text), name: text, roles: v.array(text) };
export const SIGNED_IN = shape("SignedIn", v.object({ access_token: text, user: v.object(user) }), {
  access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln",
  user: { id: "user123", email: "student@example.com", name: "student", roles: [] },
});
