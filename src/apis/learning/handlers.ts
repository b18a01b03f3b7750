import type { Handlers, Line } from "../../realtime/api";
import { Later } from "../../realtime/dispatch";
import { Refusal } from "../../refusal";
import type { Catalogue } from "./catalogue";
import type { Classroom } from "./classroom";
import type { LearningContract } from "./contract";
import type { LearningData } from "./session";
import type { WatchedVideos } from "./watched";

/** Wire to domain. Identity comes from the session, never from a payload. */
export function learningHandlers(
  catalogue: Catalogue,
  classroom: Classroom,
  watched: WatchedVideos,
  { publisher }: Line<LearningContract, LearningData>,
): Handlers<LearningContract, "/", LearningData> {
  return {
    join_course: (session, { course_id }) => classroom.joinCourse(session, course_id, watched),
    leave_course(session, { course_id }) {
      classroom.leaveCourse(session, course_id);
      publisher.send(session, "left_course", { course_id, status: "Left successfully" });
    },
    join_video: (session, { video_id }) => classroom.joinVideo(session, video_id),
    leave_video(session, { video_id }) {
      classroom.leaveVideo(session, video_id);
      publisher.send(session, "left_video", { video_id, status: "Left successfully" });
    },
    video_progress({ identity }, { video_id, course_id, progress, timestamp }) {
      const video = catalogue.videoFor(identity, video_id);
      if (video.courseId !== course_id) {
        throw new Refusal("invalid_request", "course_id is not the course of this video", { field: "course_id" });
      }
      watched.record({ userId: identity.userId, video, progress, timestamp });
    },
    // Storing takes a moment, which the socket's next message does not wait for.
    send_chat_message: (session, { video_id, message, client_id }) =>
      new Later(classroom.say(session, video_id, message, client_id)),
    delete_chat_message: (session, { video_id, message_id }) => classroom.deleteMessage(session, video_id, message_id),
  };
}
