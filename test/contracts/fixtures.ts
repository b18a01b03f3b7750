import type { RefusalCode } from "../../src/refusal";
import type { Client } from "../client";
import { type TestApp, token } from "../harness";

/** Whom a socket speaks for. */
export type Who = "guest" | "user" | "admin";

/** Where an event is: its namespace and name, `/ playing`. */
export type Place = string;

/** What the generated tests must know of an API that its contract does not say. A new API adds one of these. */
export interface Fixture {
  /** Settings besides those of every test. */
  readonly env?: Record<string, string>;
  /** Opens a socket that speaks for somebody, and takes out what it hears as a greeting. */
  open(app: TestApp, namespace: string, who: Who): Promise<Client>;
  /** How the wire spells a refusal. */
  code(code: RefusalCode): string;
  /** The field that says when to try again, in seconds. */
  readonly retryAfter: string;
  /** The event that tells a refusal where no callback was given; absent where an API has none. */
  readonly refusal?: { readonly event: string; readonly code: string };
  /** Puts things so that the example of an event is accepted. */
  readonly before?: Readonly<Record<Place, (client: Client, app: TestApp) => Promise<void>>>;
  /** Events whose answers come when they come, without the clock. */
  readonly unclocked?: readonly Place[];
  /** What the client itself hears because of the example of an event, in order. */
  readonly echoes?: Readonly<Record<Place, readonly string[]>>;
  /** Of the events that sign in. */
  readonly signIn?: {
    /** What is heard when it worked. */
    readonly succeeds: readonly string[];
    /** What is heard when it did not, and whether the socket ends then. */
    readonly fails: {
      readonly events: readonly string[];
      readonly ends: boolean;
      /** Whether a payload without a token ends it too; as `ends` where nothing is said. */
      readonly endsWithoutToken?: boolean;
    };
  };
}

/** A valid token for somebody. */
export function tokenOf(who: "user" | "admin"): Promise<string> {
  return token(who === "admin" ? "boss" : "u1", who === "admin" ? { role: "admin" } : {});
}

export const FIXTURES: Readonly<Record<string, Fixture>> = {
  playback: {
    async open(app, namespace, who) {
      const client = await app.connect("playback", {}, namespace);
      if (who !== "guest") await client.ask("authenticate", { token: await tokenOf(who) });
      return client;
    },
    code: (code) => code,
    retryAfter: "retryAfter",
    signIn: { succeeds: [], fails: { events: [], ends: true } },
  },
  requests: {
    env: { HEADEND_HEALTH_MS: "86400000", HEADEND_METRICS_MS: "86400000" },
    async open(app, namespace, who) {
      const auth = who === "guest" ? {} : { auth: { token: await tokenOf(who) } };
      const client = await app.connect("requests", auth, namespace);
      if (namespace === "/") await client.next("system:health");
      if (namespace === "/admin") await client.next("admin:service:performance");
      if (namespace === "/system") await client.next("system:metrics");
      return client;
    },
    unclocked: ["/media media:search"],
    echoes: { "/media media:search": ["media:search:result"] },
    code: (code) => REQUESTS_CODES[code] ?? "INTERNAL",
    retryAfter: "retryAfter",
    refusal: { event: "error", code: "code" },
  },
  studio: {
    async open(app, namespace, who) {
      const auth = who === "guest" ? {} : { auth: { token: await tokenOf(who) } };
      const client = await app.connect("studio", auth, namespace);
      await client.next("welcome");
      if (who !== "guest") await client.next("authenticated");
      return client;
    },
    code: (code) => code,
    retryAfter: "retryAfter",
    refusal: { event: "error", code: "code" },
    before: { "/media subscribeMedia": queued, "/media unsubscribeMedia": queued },
    echoes: {
      ...Object.fromEntries(
        ["/", "/media", "/notifications"].flatMap((namespace) => [
          [`${namespace} logout`, ["loggedOut"]],
          [`${namespace} joinRoom`, ["roomJoined"]],
          [`${namespace} leaveRoom`, ["roomLeft"]],
          [`${namespace} ping`, ["pong"]],
          [`${namespace} heartbeat`, ["heartbeatAck"]],
        ]),
      ),
      "/media subscribeMedia": ["mediaProgress"],
    },
    signIn: { succeeds: ["authenticated"], fails: { events: ["authError"], ends: true, endsWithoutToken: false } },
  },
  live: {
    async open(app, namespace, who) {
      // The examples are of this user, who moderates the stream where that matters.
      const jwt = await token("user_abc123", who === "admin" ? { role: "admin" } : {});
      const client = await app.connect("live", who === "guest" ? {} : { auth: { token: jwt } }, namespace);
      if (who !== "guest") await client.next("authenticated");
      return client;
    },
    code: (code) => code,
    retryAfter: "retry_after",
    refusal: { event: "error", code: "type" },
    before: {
      "/ chat:leave": joined,
      "/ chat:message": joined,
      "/ chat:typing": joined,
      "/ reaction:send": joined,
      "/ analytics:subscribe": joined,
      "/ moderation:ban": moderating,
      "/ moderation:unban": restricted("ban"),
      "/ moderation:mute": moderating,
      "/ moderation:unmute": restricted("mute"),
      "/ moderation:slow-mode": moderating,
      async "/ moderation:delete-message"(client, app) {
        await moderating(client, app);
        app.app.house.store.db.$client.run(
          `INSERT INTO chat_messages (id, room, user_id, username, text, created_at)
           VALUES ('msg_123', ?, 'user_xyz789', 'X', 'Hello', 0) ON CONFLICT (id) DO UPDATE SET deleted_at = NULL`,
          [PLACE],
        );
      },
    },
    echoes: {
      "/ chat:join": ["chat:joined", "viewer.count.update"],
      "/ chat:message": ["chat:message"],
      "/ stream:subscribe": ["stream:subscribed", "viewer.count.update"],
      "/ moderation:ban": ["user.banned"],
      "/ moderation:unban": ["user.unbanned"],
      "/ moderation:mute": ["user.muted"],
      "/ moderation:unmute": ["user.unmuted"],
      "/ moderation:delete-message": ["chat.message.deleted", "chat:message.deleted"],
      "/ moderation:slow-mode": ["chat.slow-mode", "chat:slow-mode"],
      "/ reaction:send": ["reaction.sent"],
      "/ analytics:subscribe": ["analytics:update"],
    },
    signIn: { succeeds: ["authenticated"], fails: { events: ["unauthorized", "error"], ends: true } },
  },
  learning: {
    async open(app, namespace, who) {
      const auth = who === "guest" ? {} : { token: await tokenOf(who) };
      const client = await app.connect("learning", { auth }, namespace);
      await client.next("connected");
      return client;
    },
    code: (code) => code,
    retryAfter: "retry_after",
    refusal: { event: "error", code: "code" },
    before: {
      "/ join_course": enrolled,
      "/ join_video": enrolled,
      "/ video_progress": enrolled,
      async "/ send_chat_message"(client, app) {
        await enrolled(client, app);
        await client.ask("join_video", { video_id: "video123" });
        await client.next("joined_video");
        await client.next("video_history");
      },
      async "/ delete_chat_message"(client, app) {
        await teaching("u1")(client, app);
        app.app.house.store.db.$client.run(
          `INSERT INTO chat_messages (id, room, user_id, username, text, created_at)
           VALUES ('msg_0198', ?, 'user_abc123', 'X', 'Hello', 0) ON CONFLICT (id) DO UPDATE SET deleted_at = NULL`,
          ["\0learning\0video123"],
        );
      },
    },
    echoes: {
      "/ join_course": ["joined_course"],
      "/ leave_course": ["left_course"],
      "/ join_video": ["joined_video", "video_history"],
      "/ leave_video": ["left_video"],
      "/ send_chat_message": ["new_chat_message"],
    },
  },
};

/** The course and the video of learning's examples, taught by somebody. */
function teaching(instructor_id: string) {
  return async (_: Client, app: TestApp): Promise<void> => {
    const admin = { token: await tokenOf("admin") };
    await app.call("learning", "/api/v1/courses", { ...admin, json: { id: "course123", title: "A", instructor_id } });
    const video = { id: "video123", title: "A", duration_seconds: 600 };
    await app.call("learning", "/api/v1/courses/course123/videos", { ...admin, json: video });
  };
}

async function enrolled(client: Client, app: TestApp): Promise<void> {
  await teaching("teacher")(client, app);
  const student = { token: await tokenOf("user"), method: "POST" };
  await app.call("learning", "/api/v1/courses/course123/enroll", student);
}

/** The stream of live's examples, and what it is filed under. */
const STREAM = "stream_qwe456";
const PLACE = `default\0${STREAM}`;

async function joined(client: Client): Promise<void> {
  await client.ask("chat:join", { stream_id: STREAM });
  await client.next("chat:joined");
  await client.next("viewer.count.update");
}

async function moderating(client: Client, app: TestApp): Promise<void> {
  await app.app.house.moderation.setModerator(PLACE, "user_abc123", true, { moderatorId: "test" });
  await joined(client);
}

function restricted(kind: "ban" | "mute") {
  return async (client: Client, app: TestApp): Promise<void> => {
    await moderating(client, app);
    await app.app.house.moderation.restrict(PLACE, kind, "user_xyz789", null, { moderatorId: "test" });
  };
}

const REQUESTS_CODES: Partial<Record<RefusalCode, string>> = {
  authentication_failed: "UNAUTHORIZED",
  permission_denied: "FORBIDDEN",
  rate_limit_exceeded: "RATE_LIMITED",
  invalid_request: "INVALID_REQUEST",
};

/** The job of studio's examples. */
async function queued(_client: Client, app: TestApp): Promise<void> {
  app.app.house.store.db.$client.run(
    `INSERT INTO studio_jobs (id, user_id, kind, status, progress, stage, created_at, updated_at)
     VALUES ('0198c0de-0000-7000-8000-000000000001', 'u1', 'image', 'queued', 0, 'queued', 0, 0) ON CONFLICT DO NOTHING`,
  );
}
