import { Presence } from "../../domain/presence/presence";
import type { House } from "../../house";
import type { Line } from "../../realtime/api";
import type { SignedInSession } from "../../realtime/session";
import { fitting } from "../../realtime/snapshot";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import type { Catalogue } from "./catalogue";
import type { LearningContract } from "./contract";
import type { LearningData, LearningSession } from "./session";
import type { Watched } from "./store";
import type { WatchedVideos } from "./watched";
import { chatOf, courseRoom, emailOf, instructorRoom, showMessage, showProgress, videoRoom } from "./wire";

export type Caller = SignedInSession<LearningData>;

interface ClassroomParts {
  readonly house: House;
  readonly line: Line<LearningContract, LearningData>;
  readonly catalogue: Catalogue;
}

/** Courses and videos that one socket may be in. */
const MAX_JOINED = 100;

/** Who is where, what they say to each other, and what instructors see of it. */
export class Classroom {
  readonly #parts: ClassroomParts;
  readonly #present: Presence;

  constructor(parts: ClassroomParts) {
    this.#parts = parts;
    // Nobody counts here, so nobody is waited for: who leaves has left.
    this.#present = new Presence(parts.house.clock, parts.house.ticker, 0);
  }

  /** @throws Refusal `not_found`, `permission_denied`, or `conflict` past a socket's share */
  joinCourse(session: Caller, courseId: string, watched: WatchedVideos): void {
    const { catalogue, line } = this.#parts;
    const course = catalogue.courseFor(session.identity, courseId);
    demandPlace(session, session.data.courses.has(courseId));
    session.data.courses.add(courseId);
    line.rooms.join(session, courseRoom(courseId));
    line.publisher.send(session, "joined_course", { course_id: courseId, status: "Joined successfully" });
    if (!catalogue.teaches(session.identity, course)) return;
    line.rooms.join(session, instructorRoom(courseId));
    for (const row of fitting(watched.newest(courseId).map(showProgress))) {
      line.publisher.send(session, "progress_update", row);
    }
  }

  leaveCourse(session: LearningSession, courseId: string): void {
    const { rooms } = this.#parts.line;
    session.data.courses.delete(courseId);
    rooms.leave(session, courseRoom(courseId));
    rooms.leave(session, instructorRoom(courseId));
  }

  /** @throws Refusal `not_found`, `permission_denied`, or `conflict` past a socket's share */
  joinVideo(session: Caller, videoId: string): void {
    const { catalogue, line, house } = this.#parts;
    const { identity } = session;
    const { courseId } = catalogue.videoFor(identity, videoId);
    demandPlace(session, session.data.videos.has(videoId));
    session.data.videos.set(videoId, courseId);
    const room = videoRoom(videoId);
    line.rooms.join(session, room);
    line.publisher.send(session, "joined_video", { video_id: videoId, status: "Joined successfully" });
    const messages = house.chat.recent(chatOf(videoId)).map(showMessage);
    line.publisher.send(session, "video_history", { video_id: videoId, messages: [...fitting(messages)] });
    // Only who was not here with another socket has come.
    const isNew = !this.#present.isHere(videoId, identity.userId);
    this.#present.enter(videoId, identity.userId, session);
    if (!isNew) return;
    const comer = { user_id: identity.userId, user_email: emailOf(identity) };
    line.publisher.toRoom("/", room, "user_joined_video", comer, [session]);
  }

  leaveVideo(session: LearningSession, videoId: string): void {
    session.data.videos.delete(videoId);
    this.#parts.line.rooms.leave(session, videoRoom(videoId));
    if (session.identity) this.#present.leave(videoId, session.identity.userId, session);
  }

  /**
   * Says something in a video's chat.
   *
   * @returns the message's id, once it is stored
   */
  say(session: Caller, videoId: string, text: string, clientId: string | undefined): Promise<{ message_id: string }> {
    const { catalogue, line, house } = this.#parts;
    const { identity } = session;
    catalogue.videoFor(identity, videoId);
    if (!session.data.videos.has(videoId)) throw new Refusal("permission_denied", "join the video first");
    const scope = chatOf(videoId);
    const refusal = house.moderation.speechRefusal(scope, identity.userId);
    if (refusal) throw refusal;
    const author = { userId: identity.userId, username: emailOf(identity) };
    const { message, isNew, stored } = house.chat.post(scope, author, text, clientId);
    if (isNew) line.publisher.toRoom("/", videoRoom(videoId), "new_chat_message", showMessage(message));
    return stored.then(() => ({ message_id: message.id }));
  }

  /** @throws Refusal `not_found`, or `permission_denied` for those who do not teach the course */
  async deleteMessage({ identity }: Caller, videoId: string, messageId: string): Promise<void> {
    const { catalogue, line, house } = this.#parts;
    const { chat, moderation, clock } = house;
    catalogue.courseOf(identity, catalogue.video(videoId).courseId);
    const scope = chatOf(videoId);
    const entry = moderation.entry(scope, "delete_message", messageId, { moderatorId: identity.userId });
    if (!(await chat.remove(scope, messageId, entry))) {
      throw new Refusal("not_found", "there is no such message", { field: "message_id" });
    }
    line.publisher.toRoom("/", videoRoom(videoId), "chat_message_deleted", {
      video_id: videoId,
      message_id: messageId,
      moderator_id: identity.userId,
      timestamp: iso(clock.now()),
    });
  }

  /** A student's figures are stored: whoever teaches the course sees them. */
  stored(row: Watched): void {
    const { publisher, rooms } = this.#parts.line;
    const room = instructorRoom(row.courseId);
    if (rooms.isEmpty("/", room)) return;
    publisher.toRoom("/", room, "progress_update", showProgress(row));
  }

  /** The session's user has other roles: leaves the rooms that they no longer open. */
  reviewed(session: LearningSession): void {
    const { identity } = session;
    if (!identity) return;
    const { catalogue, line } = this.#parts;
    for (const courseId of [...session.data.courses]) {
      if (!catalogue.takesPart(identity, courseId)) this.leaveCourse(session, courseId);
      else if (!catalogue.teaches(identity, catalogue.course(courseId))) {
        line.rooms.leave(session, instructorRoom(courseId));
      }
    }
    for (const [videoId, courseId] of [...session.data.videos]) {
      if (!catalogue.takesPart(identity, courseId)) this.leaveVideo(session, videoId);
    }
  }

  /** The socket no longer speaks for its user. */
  left(session: LearningSession): void {
    for (const videoId of [...session.data.videos.keys()]) this.leaveVideo(session, videoId);
    session.data.courses.clear();
  }
}

/** @throws Refusal `conflict` */
function demandPlace({ data }: LearningSession, isThere: boolean): void {
  if (isThere || data.courses.size + data.videos.size < MAX_JOINED) return;
  throw new Refusal("conflict", `a socket may be in at most ${MAX_JOINED} courses and videos`);
}
