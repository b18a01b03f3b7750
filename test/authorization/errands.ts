import type { FakeClock } from "../clock";
import type { TestApp } from "../harness";
import { type Cast, idOf, PEOPLE, type Person } from "./people";
import { KEY } from "./world";

/** Who calls: a person, or another server with a key. */
export type Caller = Person | "api key" | "other key";

export const CALLERS: readonly Caller[] = [...PEOPLE, "api key", "other key"];

/** What a call is about, where the example of its route does not say it all. */
interface Errand {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  /** Instead of the example. */
  readonly body?: unknown;
}

/** A server with everything that there is on it, and somebody about to call. */
export interface Scene {
  readonly app: TestApp;
  readonly cast: Cast;
  readonly clock: FakeClock;
  readonly caller: Caller;
  /** No other scene has this number. */
  readonly number: number;
}

type Prepare = (scene: Scene) => Errand | Promise<Errand>;

export const PASSWORD = "correct horse battery";
const STREAM = { stream_id: "stream_qwe456" };
const COURSE = { course_id: "course123" };
const isServer = (caller: Caller) => caller === "api key" || caller === "other key";

/** A call that sets the scene, and must work. @returns what it answered */
async function set(
  { app, cast }: Scene,
  api: string,
  as: Person | "key",
  call: string,
  json?: unknown,
): Promise<Record<string, unknown>> {
  const [method = "", path = ""] = call.split(" ");
  const headers: Record<string, string> =
    as === "key" ? { "x-api-key": KEY } : { authorization: `Bearer ${await cast.token(as)}` };
  const { status, body } = await app.call(api, path, { method, headers, json });
  if (status >= 300) throw new Error(`${call} as ${as}: ${status} ${JSON.stringify(body)}`);
  return ((body as { data?: unknown })?.data ?? body ?? {}) as Record<string, unknown>;
}

/** A request of the owner's, and what has become of it so far. */
function wish(...steps: string[]): Prepare {
  return async (scene) => {
    const json = { mediaType: "movie", tmdbId: `t${scene.number}`, title: "Inception" };
    const { id } = await set(scene, "requests", "owner", "POST /api/v1/media/requests", json);
    for (const step of steps) await set(scene, "requests", "admin", `POST /api/v1/admin/requests/${id}/${step}`, {});
    return { params: { id: String(id) } };
  };
}

/** A job of the owner's, claimed by a worker or not. */
function job(isClaimed: boolean): Prepare {
  return async (scene) => {
    const made = await set(scene, "studio", "owner", "POST /api/v1/media", {
      kind: `k${scene.number}`,
      prompt: "A cat",
    });
    if (isClaimed) {
      await set(scene, "studio", "key", "POST /api/v1/media/claim", { worker: "w", kinds: [`k${scene.number}`] });
    }
    return { params: { mediaId: String(made.mediaId) } };
  };
}

/** A notification of the owner's. */
function news(api: string): Prepare {
  return async (scene) => {
    const json = { userId: idOf("owner"), type: "info", title: "News", message: "Something happened" };
    const { id } = await set(scene, api, "key", "POST /api/v1/notifications", json);
    return { params: { id: String(id) } };
  };
}

const notify: Prepare = () => ({
  body: { userId: idOf("owner"), type: "info", title: "News", message: "Something happened" },
});
const login: Prepare = () => ({ body: { email: "login@example.com", password: PASSWORD } });
const register: Prepare = ({ number }) => ({ body: { email: `new${number}@example.com`, password: PASSWORD } });

const stream: Prepare = () => ({ params: STREAM });
const course: Prepare = () => ({ params: COURSE });
const quiz: Prepare = () => ({ params: { quiz_id: "quiz123" } });

/**
 * By API and by the name of the route; those whose example is all they need are left out. Some routes are called in a
 * second way, for which others are let in: it stands after the name.
 */
export const ERRANDS: Readonly<Record<string, Readonly<Record<string, Prepare>>>> = {
  playback: {
    login,
    async play({ app, cast }) {
      const client = await app.connect("playback");
      await client.ask("authenticate", { token: await cast.token("owner") });
      return { params: { clientId: client.id } };
    },
    getProgress({ app }) {
      app.app.house.progress.record(idOf("owner"), "movie", "m1", 60, 0.5);
      return { params: { kind: "movie", id: "m1" } };
    },
  },
  requests: {
    login,
    requestMedia: ({ number }) => ({ body: { mediaType: "movie", tmdbId: `n${number}`, title: "Inception" } }),
    "listRequests ?all=true": () => ({ query: "?all=true" }),
    getRequest: wish(),
    withdrawRequest: wish(),
    approveRequest: wish(),
    declineRequest: wish(),
    completeRequest: wish("approve"),
    failRequest: wish("approve"),
    reportDownload: wish("approve"),
    notify,
    markNotification: news("requests"),
    searchMedia: () => ({ query: "?query=incep" }),
  },
  studio: {
    register,
    login,
    getMedia: job(false),
    cancelMedia: job(false),
    reportMedia: job(true),
    completeMedia: job(true),
    failMedia: job(true),
    claimMedia: job(false),
    declareRoom: () => ({ params: { room: "another" } }),
    emitToRoom: () => ({ params: { room: "another" } }),
    notify,
    markNotification: news("studio"),
  },
  live: {
    login,
    createApp: ({ number }) => ({ body: { app_id: `app${number}`, name: "An app" } }),
    createToken: () => ({ params: { app_id: "acme" } }),
    "createToken for the app default": () => ({ params: { app_id: "default" } }),
    createStream: ({ number }) => ({ body: { stream_id: `stream${number}`, title: "A stream" } }),
    getStream: stream,
    startStream: stream,
    endStream: stream,
    failStream: stream,
    listMessages: stream,
    listBans: stream,
    listModeration: stream,
    addModerator: () => ({ params: { ...STREAM, user_id: "somebody" } }),
    removeModerator: () => ({ params: { ...STREAM, user_id: "somebody" } }),
    nginxRtmp: ({ caller }) => ({
      query: caller === "api key" ? `?api_key=${KEY}` : "",
      body: new URLSearchParams({ call: "publish", name: "stream_qwe456" }),
    }),
  },
  learning: {
    register,
    login,
    addCourse: ({ caller }) => ({
      body: { title: "A course", ...(isServer(caller) && { instructor_id: "instructor" }) },
    }),
    "addCourse for another": () => ({ body: { title: "A course", instructor_id: idOf("same rank elsewhere") } }),
    getCourse: course,
    changeCourse: course,
    addVideo: course,
    async enroll(scene) {
      const id = `course${scene.number}`;
      await set(scene, "learning", "key", "POST /api/v1/courses", { id, title: "A", instructor_id: "instructor" });
      return { params: { course_id: id }, body: isServer(scene.caller) ? { user_id: idOf("owner") } : {} };
    },
    async "enroll another"(scene) {
      const id = `course${scene.number}`;
      await set(scene, "learning", "key", "POST /api/v1/courses", { id, title: "A", instructor_id: "instructor" });
      return { params: { course_id: id }, body: { user_id: idOf("same rank elsewhere") } };
    },
    listStudents: course,
    listReviews: course,
    review: course,
    listProgress: course,
    getProgress: () => ({ params: { video_id: "video123" } }),
    addQuiz: course,
    getQuiz: quiz,
    submitQuiz: quiz,
    listSubmissions: quiz,
  },
};
