import type { Identity } from "../../domain/tokens/identity";
import { api } from "../../realtime/api";
import { Apps, DEFAULT_APP } from "./apps";
import { Broadcasts } from "./broadcasts";
import { liveContract } from "./contract";
import { liveDialect } from "./dialect";
import { Early } from "./early";
import { liveHandlers } from "./handlers";
import { liveHttp, liveRest } from "./http";
import { Live } from "./live";
import { streamsPanel } from "./panels";
import { newLiveData } from "./session";
import { liveSettings } from "./settings";
import { Staff } from "./staff";
import { AppStore, StaffStore, StreamStore } from "./store";
import { Streams } from "./streams";

/** Stream chat, moderation, reactions, viewer counts and analytics, as RealCast documents them. */
export const live = api({
  name: "live",
  contract: liveContract,
  rest: liveRest,
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
    const staff = new Staff(new StaffStore(store));
    // The token is right whether or not the disk is: the rank becomes known another time.
    const noteStaff = (identity: Identity) =>
      staff.seen(identity).catch((error) => house.log.warn({ err: error }, "a moderator's rank could not be stored"));
    const streams = new Streams(new StreamStore(store), clock, liveStreams === "open");
    const hub = new Live({ house, line, streams, staff, chat, moderation, viewerCountMs, analyticsMs });
    const early = new Early(clock, ticker);
    const { audience, authority } = hub;
    const broadcasts = new Broadcasts({ house, line, streams, audience });
    const verify = async (token: string, appId: unknown) => {
      const identity = await apps.verify(token, appId);
      await noteStaff(identity);
      return identity;
    };
    const { isChecked } = line;
    const parts = { house, isChecked, apps, verify, streams, audience, authority, broadcasts, chat, moderation };
    return {
      handlers: { "/": liveHandlers(hub, streams, early, line) },
      fetch: liveHttp(parts),
      verify: (token, claims) => verify(token, claims.app_id),
      reviewed: ({ identity }) => void (identity && noteStaff(identity)),
      forget: (userId) => staff.forget(userId),
      panels: [streamsPanel({ streams, audience, authority, chat, moderation })],
      // The users of that app are Headend's own.
      issueFor: (app, user, ttlMs) => (app === DEFAULT_APP ? undefined : apps.issue(app, user, ttlMs)),
      left(session) {
        early.forget(session);
        hub.left(session);
      },
      stop: () => streams.savePeaks(),
    };
  },
});
