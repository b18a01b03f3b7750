import { api } from "../../realtime/api";
import { Later } from "../../realtime/dispatch";
import { iso } from "../../runtime/clock";
import { Turns } from "../../runtime/turns";
import { ActivityLog } from "./activity";
import { requestsContract } from "./contract";
import { requestsDialect } from "./dialect";
import { Downloads } from "./downloads";
import { requestsHttp, requestsRest } from "./http";
import { COOKIES } from "./http/parts";
import { attend, openInbox } from "./inbox";
import { Library } from "./library/search";
import { Searches } from "./library/searches";
import { LibraryStore } from "./library/store";
import { Syncs } from "./library/syncs";
import { Media } from "./media";
import { alertsPanel, downloadsPanel, requestsPanel, servicesPanel } from "./panels";
import { requestsSettings } from "./settings";
import { ActivityStore, DownloadStore, RequestStore } from "./store";
import { LogStream } from "./system/logs";
import { Monitor } from "./system/monitor";
import { EVERYBODY, type RequestsSession, showFound } from "./wire";

/** The document's figure: a household behind one address. */
const MAX_PER_ADDRESS = 100;
/** Connection Limits & Performance */
const HEARTBEAT_TIMEOUT_MS = 60_000;

/** Media requests, downloads, notifications and the view of a household's media server, as MediaNest documents them. */
export const requests = api({
  name: "requests",
  contract: requestsContract,
  rest: requestsRest,
  // Whoever hands over a token means it; a cookie is sent along with anything.
  carriers: ["auth", "bearer", "query", "cookie"],
  cookies: COOKIES,
  origins: "listed",
  pingTimeoutMs: HEARTBEAT_TIMEOUT_MS,
  hasAuthDeadline: false,
  maxConnectionsPerAddress: MAX_PER_ADDRESS,
  newData: () => null,
  dialect: requestsDialect,
  open(house, line) {
    const { downloadMs, services = new Map(), ...periods } = house.settings(requestsSettings.rows);
    const turns = new Turns();
    const inbox = openInbox(house, line, turns);
    const store = new RequestStore(house.store);
    const activityStore = new ActivityStore(house.store);
    const activity = new ActivityLog(house, line, activityStore);
    const media = new Media({ house, line, store, inbox, turns, over: (requestId) => downloads.over(requestId) });
    const downloads = new Downloads({
      house,
      line,
      store: new DownloadStore(house.store),
      media,
      periodMs: downloadMs,
    });
    const monitor = new Monitor({ house, line, services, ...periods });
    const logs = new LogStream(house.log.tail, line);
    const unfollow = logs.follow();
    const library = new Library(new LibraryStore(house.store));
    const searches = new Searches(library);
    const syncs = new Syncs(house, line);
    const parts = { house, line, media, downloads, inbox, activity, activityStore, library, searches, syncs };
    return {
      handlers: {
        "/": {},
        "/authenticated": {},
        "/admin": {},
        "/media": {
          "media:search": (session, { query }) => new Later(search(session, query)),
        },
        "/system": {
          "system:logs:level"(session, { level }) {
            logs.setLevel(session, level);
            return { level };
          },
        },
      },
      fetch: requestsHttp(parts),
      opened(session) {
        line.rooms.join(session, EVERYBODY);
        monitor
          .attend(session)
          .catch((error) => house.log.error({ err: error }, "the state of the machine could not be shown"));
        if (session.namespace === "/system") logs.attend(session);
        if (session.namespace === "/media") syncs.attend(session);
      },
      signedIn(session) {
        const { identity, namespace } = session;
        if (!identity) return;
        if (namespace === "/" || namespace === "/authenticated") void attend(inbox, session, identity.userId, line);
        if (namespace !== "/media") return;
        media
          .attend(session)
          .catch((error) => house.log.error({ err: error }, "what was requested could not be shown"))
          .finally(() => downloads.attend(session));
      },
      reviewed(session) {
        if (session.namespace === "/media" && session.identity) media.place(session, session.identity);
      },
      async forget(userId) {
        await media.forget(userId);
        await activityStore.forget(userId);
      },
      panels: [requestsPanel(parts), downloadsPanel(parts), servicesPanel(monitor), alertsPanel(monitor)],
      complaints: () => monitor.complaints(),
      prune: (beforeMs) => activityStore.prune(beforeMs),
      unwritten: () => downloads.unwritten,
      flush: () => downloads.flush(),
      stop: () => unfollow(),
    };

    async function search(session: RequestsSession, query: string): Promise<object> {
      const found = await searches.run(session, query);
      if (found && !session.isClosing) {
        line.publisher.send<"/media", "media:search:result">(session, "media:search:result", {
          query,
          results: found.map(showFound),
          timestamp: iso(house.clock.now()),
        });
      }
      return { superseded: found === undefined };
    }
  },
});
