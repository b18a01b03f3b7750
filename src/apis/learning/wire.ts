import type { Message } from "../../domain/chat/chat";
import type { Identity } from "../../domain/tokens/identity";
import { iso } from "../../runtime/clock";
import type { Course, Enrollment, Quiz, Review, Submission, Video, Watched } from "./store";

/** Where everybody of a course hears its news (Room Structure). */
export function courseRoom(courseId: string): string {
  return `course_${courseId}`;
}

export function videoRoom(videoId: string): string {
  return `video_${videoId}`;
}

export function instructorRoom(courseId: string): string {
  return `instructor_${courseId}`;
}

/** What a video's chat is filed under. Rooms of other APIs begin with something. */
export function chatOf(videoId: string): string {
  return `\0learning\0${videoId}`;
}

/** What others see of somebody; tokens of other issuers need not name an address. */
export function emailOf({ email, username }: Pick<Identity, "email" | "username">): string {
  return email ?? username;
}

export function showCourse({ id, title, description, instructorId, createdAt, updatedAt }: Course) {
  return {
    id,
    title,
    description,
    instructor_id: instructorId,
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  };
}

export function showVideo({ id, courseId, title, durationSeconds, createdAt }: Video) {
  return { id, course_id: courseId, title, duration_seconds: durationSeconds, created_at: iso(createdAt) };
}

export function showEnrollment({ id, courseId, userId, email, createdAt }: Enrollment) {
  return { id, course_id: courseId, user_id: userId, user_email: email, enrolled_at: iso(createdAt) };
}

export function showReview({ id, courseId, userId, email, rating, comment, createdAt, updatedAt }: Review) {
  return {
    id,
    course_id: courseId,
    user_id: userId,
    user_email: email,
    rating,
    comment,
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  };
}

/** @param withAnswers for those who teach the course only */
export function showQuiz({ id, courseId, title, passScore, questions, createdAt }: Quiz, withAnswers: boolean) {
  return {
    id,
    course_id: courseId,
    title,
    pass_score: passScore,
    questions: questions.map(({ answer, ...shown }) => (withAnswers ? { ...shown, answer } : shown)),
    created_at: iso(createdAt),
  };
}

export function showSubmission({ id, quizId, userId, score, passed, createdAt }: Submission) {
  return { id, quiz_id: quizId, user_id: userId, score, passed, submitted_at: iso(createdAt) };
}

export function showProgress({ userId, videoId, watchedSeconds, percentComplete }: Watched) {
  return { user_id: userId, video_id: videoId, watched_seconds: watchedSeconds, percent_complete: percentComplete };
}

export function showMessage({ id, userId, username, text, createdAt }: Message) {
  return { message_id: id, user_id: userId, user_email: username, message: text, timestamp: iso(createdAt) };
}
