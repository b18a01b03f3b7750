import { APP, FRIEND, GAMER, INCEPTION, INSTRUCTOR, MODERATOR, MOVIE, ROOM, STREAM, STREAMER } from "./cast";
import { COURSES, QUIZZES, VIDEOS } from "./script/school";
import { TITLES } from "./script/titles";
import { ask, type Stage } from "./stage";

/** What is there before anybody comes, made by the calls that any server with a key or any client can make. */
export async function layOut(stage: Stage): Promise<void> {
  const isServed = (api: string) => stage.place.url(api) !== undefined;
  for (const [api, lay] of Object.entries(FIXTURES)) if (isServed(api)) await lay(stage);
}

const FIXTURES: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  playback: layPlayback,
  requests: layRequests,
  studio: layStudio,
  live: layLive,
  learning: layLearning,
};

/** Somebody has begun to watch, on an evening before. */
async function layPlayback(stage: Stage): Promise<void> {
  await stage.with("playback", { name: "Kitchen tablet" }, "", async (socket) => {
    await ask(socket, "authenticate", { token: await stage.place.sign(GAMER.id) });
    await ask(socket, "playing", { type: "movie", movieId: MOVIE, time: 1234, progress: 0.23 });
    await ask(socket, "playing", { type: "tv", episodeId: "tv-1396-s01e01", time: 3300, progress: 0.95 });
  });
}

/** A library, one request that waits for a decision, and one that is decided. */
async function layRequests(stage: Stage): Promise<void> {
  const { sign } = stage.place;
  const items = TITLES.map(({ type, tmdbId, ...rest }) => ({ id: `${type}-${tmdbId}`, type, tmdbId, ...rest }));
  await stage.rest("requests").put("/api/v1/library/items", { items });
  await stage.rest("requests", await sign(GAMER.id)).post("/api/v1/media/requests", INCEPTION);
  const friend = stage.rest("requests", await sign(FRIEND.id));
  const { data } = await friend.post<{ data: { id: string } }>("/api/v1/media/requests", INCEPTION);
  const admin = stage.rest("requests", await sign("admin"));
  await admin.post(`/api/v1/admin/requests/${data.id}/approve`, { reason: "Movie night" });
}

/** The project and its members. */
async function layStudio(stage: Stage): Promise<void> {
  const server = stage.rest("studio");
  await server.put(`/api/v1/rooms/${ROOM}`, { members: [GAMER.id, FRIEND.id, "admin"] });
  await server.post("/api/v1/notifications", {
    userId: GAMER.id,
    type: "info",
    title: "Welcome to the studio",
    message: "Order something: the workers are awake.",
    data: { projectId: ROOM },
  });
}

/** The tenant of the document, and its stream; the same stream in the app that needs no set-up. */
async function layLive(stage: Stage): Promise<void> {
  const server = stage.rest("live");
  await server.post("/v1/apps", { app_id: APP, name: "The document's app" });
  for (const app_id of ["default", APP]) {
    const stream = { app_id, stream_id: STREAM, title: "Turnip Tycoon", owner_id: STREAMER.id };
    await server.post("/v1/streams", stream);
    for (const { id } of [MODERATOR, FRIEND]) {
      await server.put(`/v1/streams/${STREAM}/moderators/${id}`, { app_id });
    }
  }
}

/** Two courses with videos and quizzes, and the documents' users in them. */
async function layLearning(stage: Stage): Promise<void> {
  const server = stage.rest("learning");
  for (const course of COURSES) {
    await server.post("/api/v1/courses", { ...course, instructor_id: INSTRUCTOR.id });
    for (const { id: user_id, email: user_email } of [GAMER, FRIEND]) {
      await server.post(`/api/v1/courses/${course.id}/enroll`, { user_id, user_email });
    }
  }
  for (const { course, id, title, seconds } of VIDEOS) {
    await server.post(`/api/v1/courses/${course}/videos`, { id, title, duration_seconds: seconds });
  }
  for (const { course, ...quiz } of QUIZZES) {
    await server.post(`/api/v1/courses/${course}/quizzes`, { ...quiz, pass_score: 60 });
  }
}
