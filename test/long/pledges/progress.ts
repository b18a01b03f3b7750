import { tokenOf, Visitor } from "../place";
import { type Pledge, pairs } from "./pledge";

/** `HEADEND_PROGRESS_FLUSH_MS` of the runs that kill. */
export const FLUSH_MS = 300;
/** Beyond the period: a machine that is busy flushes late. */
const AIR_MS = 700;

/** Where users are in a film. */
export const progress: Pledge = {
  name: "progress",
  behindMs: FLUSH_MS + AIR_MS,
  async visit({ place, user, transport, random, ledger, isOver }) {
    const visitor = await Visitor.open(place, "playback", {}, { transport });
    await visitor?.ask("authenticate", { token: await tokenOf(user) });
    for (let time = 1; visitor?.isOpen && !isOver(); time++) {
      const movieId = `${user}-${random.whole(1, 3)}`;
      const answer = await visitor.ask("playing", { type: "movie", movieId, time, progress: 0.1 });
      if (answer?.success) ledger.note(`${user} ${movieId}`, time);
      await Bun.sleep(60);
    }
    visitor?.close();
  },
  stored: (db) => pairs(db, "SELECT user_id || ' ' || item_id, time FROM progress"),
};

/** How far students are in a video; the course is theirs. */
export const watched: Pledge = {
  name: "learning progress",
  // Its period is not a setting: 10 s.
  behindMs: 10_000 + AIR_MS,
  async visit({ place, user, transport, ledger, isOver }) {
    const [course_id, video_id] = [`watch-${user}`, `watch-video-${user}`];
    const token = await tokenOf(user, "instructor");
    await place.call("learning", "POST", "/api/v1/courses", token, { id: course_id, title: "A course" });
    const video = { id: video_id, title: "A video", duration_seconds: 100_000 };
    await place.call("learning", "POST", `/api/v1/courses/${course_id}/videos`, token, video);
    await place.call("learning", "POST", `/api/v1/courses/${course_id}/enroll`, token, {});
    const visitor = await Visitor.open(place, "learning", { token }, { transport });
    for (let timestamp = 1; visitor?.isOpen && !isOver(); timestamp++) {
      const answer = await visitor.ask("video_progress", { video_id, course_id, progress: 1, timestamp });
      if (answer?.success) ledger.note(`${user} ${video_id}`, timestamp);
      await Bun.sleep(60);
    }
    visitor?.close();
  },
  stored: (db) => pairs(db, "SELECT user_id || ' ' || video_id, watched_seconds FROM learning_watched"),
};
