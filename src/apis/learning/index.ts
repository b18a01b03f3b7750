import { api } from "../../realtime/api";
import { Refusal } from "../../refusal";
import { Catalogue } from "./catalogue";
import { Classroom } from "./classroom";
import { learningContract } from "./contract";
import { learningDialect } from "./dialect";
import { learningHandlers } from "./handlers";
import { learningHttp, learningRest } from "./http";
import { classesPanel } from "./panels";
import { newLearningData } from "./session";
import { CourseStore, QuizStore, WatchedStore } from "./store";
import { WatchedVideos } from "./watched";
import { instructorRoom } from "./wire";

/** Course rooms, video rooms, progress for instructors and quizzes, as a learning platform documents them. */
export const learning = api({
  name: "learning",
  contract: learningContract,
  rest: learningRest,
  carriers: ["auth", "query", "bearer"],
  origins: "any",
  hasAuthDeadline: false,
  maxConnectionsPerAddress: 2_000,
  newData: newLearningData,
  dialect: learningDialect,
  open(house, line) {
    const { store, clock, ticker, progress } = house;
    const courses = new CourseStore(store);
    const catalogue = new Catalogue(courses, clock, ticker);
    const classroom = new Classroom({ house, line, catalogue });
    const watched = new WatchedVideos(new WatchedStore(store), house, progress.flushPeriodMs, {
      reported: ({ userId, video, progress, timestamp }) =>
        line.publisher.toRoom("/", instructorRoom(video.courseId), "student_progress", {
          user_id: userId,
          video_id: video.id,
          progress,
          timestamp,
        }),
      stored: (row) => classroom.stored(row),
    });
    return {
      handlers: { "/": learningHandlers(catalogue, classroom, watched, line) },
      fetch: learningHttp({ house, line, courses, quizzes: new QuizStore(store), catalogue, watched }),
      left(session) {
        classroom.left(session);
        watched.flushSoon();
      },
      reviewed: (session) => classroom.reviewed(session),
      async forget(userId) {
        // What is still in memory would come back otherwise; who asks tries again.
        if (!watched.flush()) throw new Refusal("unavailable", "The server cannot store this now");
        await catalogue.forget(userId);
      },
      panels: [classesPanel({ courses, catalogue, watched })],
      unwritten: () => watched.unwritten,
      flush: () => watched.flush(),
    };
  },
});
