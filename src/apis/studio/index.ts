import { api } from "../../realtime/api";
import { studioContract } from "./contract";
import { studioDialect } from "./dialect";
import { commonHandlers, mediaHandlers } from "./handlers";
import { studioHttp, studioRest } from "./http";
import { attend, openInbox } from "./inbox";
import { Jobs } from "./jobs";
import { Media } from "./media";
import { userRoom } from "./names";
import { jobsPanel, roomsPanel } from "./panels";
import { ClientRooms } from "./rooms";
import { newStudioData } from "./session";
import { studioSettings } from "./settings";
import { JobStore, RoomStore } from "./store";

/** Media generation jobs, rooms and notifications, as Slop Studios 3 documents them. */
export const studio = api({
  name: "studio",
  contract: studioContract,
  rest: studioRest,
  carriers: ["auth", "bearer"],
  origins: "listed",
  hasAuthDeadline: false,
  maxConnectionsPerAddress: 2_000,
  newData: newStudioData,
  dialect: studioDialect,
  open(house, line) {
    const { workerTimeoutMs } = house.settings(studioSettings.rows);
    const rooms = new ClientRooms(new RoomStore(house.store), line, house.clock);
    const jobs = new Jobs({
      house,
      store: new JobStore(house.store),
      workerTimeoutMs,
      changed: (job) => media.changed(job),
    });
    const media = new Media(line, rooms, jobs);
    const inbox = openInbox(house, line);
    const parts = { house, line, rooms, media, jobs, inbox };
    const common = commonHandlers(parts);
    return {
      handlers: { "/": common, "/media": mediaHandlers(parts), "/notifications": common },
      fetch: studioHttp(parts),
      signedIn(session) {
        const userId = session.identity?.userId;
        if (userId === undefined || session.data.attendedAs === userId) return;
        session.data.attendedAs = userId;
        if (session.namespace !== "/notifications") return line.rooms.join(session, userRoom(userId));
        void attend(inbox, session, userId, line);
      },
      left(session) {
        session.data.attendedAs = null;
        rooms.left(session);
        media.left(session);
      },
      reviewed: (session) => media.review(session),
      panels: [jobsPanel(jobs), roomsPanel(rooms)],
      async forget(userId) {
        await jobs.forget(userId);
        await rooms.forget(userId);
      },
      prune: (beforeMs) => jobs.prune(beforeMs),
      unwritten: () => jobs.unwritten,
      flush: () => jobs.flush(),
    };
  },
});
