import type { Place } from "../contracts/fixtures";
import type { TestApp } from "../harness";
import { idOf, type Person } from "./people";

/** A key with every scope. */
export const KEY = "a-key-of-the-matrix-longer-than-32-characters";

/** What there is on an API for people to be allowed or forbidden. */
export interface World {
  /** Puts everything as it was before anybody did anything. */
  reset(app: TestApp): Promise<void>;
  /** What a client does before an event, where the event makes no sense without it; it may well be refused. */
  readonly steps?: Readonly<Record<Place, readonly [event: string, payload: unknown][]>>;
  /** What of an example names its sender. */
  readonly own?: readonly string[];
  /** Who would see it if a refused event did something, where they stand, and what others do to them all the time. */
  readonly witness?: {
    readonly person: Person;
    readonly namespace: string;
    readonly steps: readonly [event: string, payload: unknown][];
    readonly ignores?: readonly string[];
  };
}

const server = { headers: { "x-api-key": KEY } };

export const WORLDS: Readonly<Record<string, World>> = {
  playback: { reset: async () => undefined },
  requests: { reset: async () => undefined },
  studio: {
    witness: {
      person: "owner",
      namespace: "/media",
      steps: [
        ["joinRoom", "project-123"],
        ["subscribeMedia", "0198c0de-0000-7000-8000-000000000001"],
      ],
    },
    async reset(app) {
      await app.call("studio", "/api/v1/rooms/project-123", {
        ...server,
        method: "PUT",
        json: { members: [idOf("owner")] },
      });
      for (const [id, owner] of Object.entries(JOBS)) {
        app.app.house.store.db.$client.run(
          `INSERT INTO studio_jobs (id, user_id, kind, status, progress, stage, created_at, updated_at)
           VALUES (?, ?, 'image', 'queued', 0, 'queued', 0, 0) ON CONFLICT DO NOTHING`,
          [id, owner],
        );
      }
    },
  },
  live: {
    async reset(app) {
      const { moderation, store } = app.app.house;
      const { $client } = store.db;
      await app.call("live", "/v1/streams", { ...server, json: { stream_id: STREAM, title: "A", owner_id: "owner" } });
      const elsewhere = { stream_id: "another", title: "B", owner_id: idOf("same rank elsewhere") };
      await app.call("live", "/v1/streams", { ...server, json: elsewhere });
      await moderation.setModerator("default\0another", idOf("same rank elsewhere"), true, BY);
      await moderation.setSlowMode(PLACE, null, BY);
      await moderation.restrict(PLACE, "ban", "user_xyz789", null, BY);
      await moderation.restrict(PLACE, "mute", "user_xyz789", null, BY);
      $client.run(
        `INSERT INTO chat_messages (id, room, user_id, username, text, created_at)
         VALUES ('msg_123', ?, 'user_xyz789', 'X', 'Hello', 0) ON CONFLICT (id) DO UPDATE SET deleted_at = NULL`,
        [PLACE],
      );
    },
    steps: {
      "/ chat:leave": [["chat:join", { stream_id: "stream_qwe456" }]],
      "/ chat:message": [["chat:join", { stream_id: "stream_qwe456" }]],
      "/ chat:typing": [["chat:join", { stream_id: "stream_qwe456" }]],
      "/ reaction:send": [["chat:join", { stream_id: "stream_qwe456" }]],
    },
    own: ["user_id", "username"],
    witness: {
      person: "admin",
      namespace: "/",
      steps: [["chat:join", { stream_id: "stream_qwe456" }]],
      ignores: ["viewer.count.update", "viewer.joined", "viewer.left"],
    },
  },
  learning: {
    async reset(app) {
      const courses = { course123: idOf("instructor"), another: idOf("same rank elsewhere") };
      for (const [id, instructor_id] of Object.entries(courses)) {
        await app.call("learning", "/api/v1/courses", { ...server, json: { id, title: "A", instructor_id } });
      }
      const video = { id: "video123", title: "A", duration_seconds: 600 };
      await app.call("learning", "/api/v1/courses/course123/videos", { ...server, json: video });
      const student = { user_id: idOf("owner") };
      await app.call("learning", "/api/v1/courses/course123/enroll", { ...server, json: student });
      const questions = [{ id: "q1", prompt: "What?", choices: ["yeast", "salt"], answer: "yeast" }];
      const quiz = { id: "quiz123", title: "A", pass_score: 70, questions };
      await app.call("learning", "/api/v1/courses/course123/quizzes", { ...server, json: quiz });
      app.app.house.store.db.$client.run(
        `INSERT INTO chat_messages (id, room, user_id, username, text, created_at)
         VALUES ('msg_0198', ?, 'owner', 'X', 'Hello', 0) ON CONFLICT (id) DO UPDATE SET deleted_at = NULL`,
        ["\0learning\0video123"],
      );
    },
    witness: {
      person: "instructor",
      namespace: "/",
      steps: [
        ["join_course", { course_id: "course123" }],
        ["join_video", { video_id: "video123" }],
      ],
      ignores: ["user_joined_video"],
    },
    steps: { "/ send_chat_message": [["join_video", { video_id: "video123" }]] },
  },
};

/** The stream of live's examples, and what it is filed under. */
const STREAM = "stream_qwe456";
const PLACE = `default\0${STREAM}`;
const BY = { moderatorId: "test" };

/** The job of studio's examples, and another one. */
const JOBS = {
  "0198c0de-0000-7000-8000-000000000001": idOf("owner"),
  "0198c0de-0000-7000-8000-000000000002": idOf("same rank elsewhere"),
};
