import { api } from "../../realtime/api";
import { Apps } from "./apps";
import { Broadcasts } from "./broadcasts";
import { liveContract } from "./contract";
import { liveDialect } from "./dialect";
import { Early } from "./early";
import { liveHandlers } from "./handlers";
import { liveHttp } from "./http";
import { Live } from "./live";
import { newLiveData } from "./session";
import { liveSettings } from "./settings";
import { AppStore, StreamStore } from "./store";
import { Streams } from "./streams";

/** Stream chat, moderation, reactions, viewer counts and analytics, as RealCast documents them. */
export const live = api({
  name: "live",
  contract: liveContract,
  carriers: ["auth"],
  origins: "any",
  hasAuthDeadline: true,
  maxConnectionsPerAddress: 2_000,
  newData: newLiveData,
  dialect: liveDialect,
  open(house, line) {
    const { store, clock, ticker, tokens, chat, moderation } = house;
    const apps = new Apps(new AppStore(store), clock, tokens);
    const { liveStreams, viewerCountMs, analyticsMs } = house.settings(liveSettings.rows);
    const streams = new Streams(new StreamStore(store), clock, liveStreams === "open");
    const hub = new Live({ house, line, streams, chat, moderation, viewerCountMs, analyticsMs });
    const early = new Early(clock, ticker);
    const { audience, authority } = hub;
    const broadcasts = new Broadcasts({ house, line, streams, audience });
    const app = liveHttp({ house, apps, streams, audience, authority, broadcasts, chat, moderation });
    return {
      handlers: { "/": liveHandlers(hub, streams, early, line) },
      fetch: (request, peer, path) => app.fetch(request, { peer, path }),
      verify: (token, claims) => apps.verify(token, claims.app_id),
      left(session) {
        early.forget(session);
        hub.left(session);
      },
      stop: () => streams.savePeaks(),
    };
  },
});
