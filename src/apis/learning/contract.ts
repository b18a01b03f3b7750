import * as v from "valibot";
import { type ClientToServer, defineContract, receives, type ServerToClient, sends } from "../../realtime/contract";
import { amount, id, line, text } from "../../realtime/fields";

const course = { course_id: id() };
const video = { video_id: id() };
const joinedCourse = v.object({ course_id: v.string(), status: v.string() });
const joinedVideo = v.object({ video_id: v.string(), status: v.string() });
const message = v.object({
  message_id: v.string(),
  user_id: v.string(),
  user_email: v.string(),
  message: v.string(),
  timestamp: v.string(),
});

/** Longer than any video: what is more is a time in milliseconds, and would count as watched for good. */
const MAX_SECONDS = 10_000_000;

const COURSE = "course123";
const VIDEO = "video123";
const AT = "2026-01-01T00:00:00.000Z";
const STUDENT = { user_id: "user_abc123", user_email: "student@example.com" };
const MESSAGE = { message_id: "msg_0198", ...STUDENT, message: "Question about the content", timestamp: AT };

export const learningContract = defineContract({
  title: "Headend learning API",
  description:
    "Course rooms, video rooms with chat, progress for instructors and quizzes, as a learning platform documents them.",
  document: "learning-platform.md",
  namespaces: {
    "/": {
      access: "user",
      receives: {
        join_course: receives({
          summary: "Joins a course's room; its instructor also joins the instructor's, and is shown the class.",
          source: "Client -> Server Events, join_course",
          access: "user",
          payload: v.object(course),
          example: { course_id: COURSE },
        }),
        leave_course: receives({
          summary: "Leaves the rooms of a course.",
          source: "Client -> Server Events, leave_course",
          access: "user",
          payload: v.object(course),
          example: { course_id: COURSE },
        }),
        join_video: receives({
          summary: "Joins a video's room and is shown its last 50 messages.",
          source: "Client -> Server Events, join_video",
          access: "user",
          payload: v.object(video),
          example: { video_id: VIDEO },
        }),
        leave_video: receives({
          summary: "Leaves a video's room.",
          source: "Best Practices, Performance",
          access: "user",
          payload: v.object(video),
          example: { video_id: VIDEO },
        }),
        video_progress: receives({
          summary:
            "Where the student is in a video: percent and seconds. The instructor sees it; kept in memory and stored every 10 seconds.",
          source: "Client -> Server Events, video_progress",
          access: "user",
          payload: v.object({ ...video, ...course, progress: amount(0, 100), timestamp: amount(0, MAX_SECONDS) }),
          example: { video_id: VIDEO, course_id: COURSE, progress: 75, timestamp: 450 },
        }),
        send_chat_message: receives({
          summary:
            "Says something to everybody in the video's room; client_id makes a resend harmless. The time is the server's.",
          source: "Client -> Server Events, send_chat_message",
          access: "user",
          limits: [{ count: 5, periodMs: 1_000 }],
          payload: v.object({
            ...video,
            message: text(1, 2000),
            client_id: v.optional(line(1, 64)),
            timestamp: v.optional(v.unknown()),
          }),
          ack: v.object({ message_id: v.string() }),
          example: { video_id: VIDEO, message: "Question about the content", timestamp: "2024-01-20T10:30:00Z" },
        }),
        delete_chat_message: receives({
          summary: "The course's instructor deletes a message for everybody.",
          source: "Best Practices, Security",
          access: "user",
          payload: v.object({ ...video, message_id: id() }),
          example: { video_id: VIDEO, message_id: "msg_0198" },
        }),
      },
      sends: {
        connected: sends({
          summary: "The connection is made and signed in.",
          source: "Server -> Client Events, connected",
          payload: v.object({ status: v.string() }),
          example: { status: "Connected successfully" },
        }),
        error: sends({
          summary:
            "An event was refused; the message begins with Forbidden or Not found, or names the field. retry_after is in seconds.",
          source: "Server -> Client Events, error; Error Handling",
          payload: v.object({
            message: v.string(),
            code: v.string(),
            details: v.optional(v.record(v.string(), v.unknown())),
            retry_after: v.optional(v.number()),
          }),
          example: { message: "video_id is required", code: "invalid_request", details: { field: "video_id" } },
        }),
        joined_course: sends({
          summary: "One is in the course's room.",
          source: "Server -> Client Events, joined_course",
          payload: joinedCourse,
          example: { course_id: COURSE, status: "Joined successfully" },
        }),
        left_course: sends({
          summary: "One is no longer in the course's rooms.",
          source: "Client -> Server Events, leave_course",
          payload: joinedCourse,
          example: { course_id: COURSE, status: "Left successfully" },
        }),
        joined_video: sends({
          summary: "One is in the video's room.",
          source: "Server -> Client Events, joined_video",
          payload: joinedVideo,
          example: { video_id: VIDEO, status: "Joined successfully" },
        }),
        left_video: sends({
          summary: "One is no longer in the video's room.",
          source: "Best Practices, Performance",
          payload: joinedVideo,
          example: { video_id: VIDEO, status: "Left successfully" },
        }),
        video_history: sends({
          summary: "The last 50 messages of the video, oldest first, after joined_video.",
          source: "Video Rooms",
          payload: v.object({ video_id: v.string(), messages: v.array(message) }),
          example: { video_id: VIDEO, messages: [MESSAGE] },
        }),
        user_joined_video: sends({
          summary: "Somebody else has come to the video.",
          source: "Server -> Client Events, user_joined_video",
          payload: v.object({ user_id: v.string(), user_email: v.string() }),
          example: STUDENT,
        }),
        new_enrollment: sends({
          summary: "A new student, to everybody in the course's room.",
          source: "Server -> Client Events, new_enrollment",
          payload: v.object({ user_id: v.string(), user_email: v.string(), message: v.string() }),
          example: { ...STUDENT, message: "student@example.com enrolled in the course" },
        }),
        progress_update: sends({
          summary:
            "A student's furthest second and highest percentage, to the instructor, when they are stored and on joining.",
          source: "Server -> Client Events, progress_update",
          payload: v.object({
            user_id: v.string(),
            video_id: v.string(),
            watched_seconds: v.number(),
            percent_complete: v.number(),
          }),
          example: { user_id: "user_abc123", video_id: VIDEO, watched_seconds: 300, percent_complete: 75.5 },
        }),
        student_progress: sends({
          summary: "Where a student is right now, to the instructor; at most one in 2 s per student and video.",
          source: "Server -> Client Events, student_progress",
          payload: v.object({ user_id: v.string(), video_id: v.string(), progress: v.number(), timestamp: v.number() }),
          example: { user_id: "user_abc123", video_id: VIDEO, progress: 45, timestamp: 270 },
        }),
        new_review: sends({
          summary: "A review, to everybody in the course's room.",
          source: "Server -> Client Events, new_review",
          payload: v.object({ user_email: v.string(), rating: v.number(), comment: v.string() }),
          example: { user_email: "reviewer@example.com", rating: 5, comment: "Excellent course..." },
        }),
        course_updated: sends({
          summary: "The course's title or description has changed, to everybody in its room.",
          source: "Room Structure, Course Rooms",
          payload: v.object({
            course_id: v.string(),
            changes: v.record(v.string(), v.unknown()),
            updated_at: v.string(),
          }),
          example: { course_id: COURSE, changes: { title: "Databases" }, updated_at: AT },
        }),
        new_chat_message: sends({
          summary: "Somebody said something in the video's room.",
          source: "Server -> Client Events, new_chat_message",
          payload: message,
          example: MESSAGE,
        }),
        chat_message_deleted: sends({
          summary: "A message was deleted.",
          source: "Video Rooms",
          payload: v.object({
            video_id: v.string(),
            message_id: v.string(),
            moderator_id: v.string(),
            timestamp: v.string(),
          }),
          example: { video_id: VIDEO, message_id: "msg_0198", moderator_id: "teacher", timestamp: AT },
        }),
        quiz_submission: sends({
          summary: "The result of a student's try at a quiz, to the instructor.",
          source: "Server -> Client Events, quiz_submission",
          payload: v.object({ user_id: v.string(), quiz_id: v.string(), score: v.number(), passed: v.boolean() }),
          example: { user_id: "user_abc123", quiz_id: "quiz123", score: 85, passed: true },
        }),
      },
    },
  },
});

export type LearningContract = typeof learningContract;
/** For `Socket<LearningEvents, LearningCommands>` of socket.io-client: what the server sends, and what it takes. */
export type LearningEvents = ServerToClient<LearningContract, "/">;
export type LearningCommands = ClientToServer<LearningContract, "/">;
