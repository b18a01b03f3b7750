import { api } from "../../realtime/api";
import type { ClientData } from "./clients";
import { playbackContract } from "./contract";
import { playbackDialect } from "./dialect";
import { playbackHandlers } from "./handlers";
import { playbackHttp } from "./http";

/** Playback progress and remote control, as Oblecto documents them. */
export const playback = api({
  name: "playback",
  contract: playbackContract,
  // Only the event signs in.
  carriers: [],
  origins: "any",
  hasAuthDeadline: true,
  maxConnectionsPerAddress: 2_000,
  newData: (): ClientData => ({ activity: null }),
  dialect: playbackDialect,
  open(house, line) {
    const app = playbackHttp(house, line);
    return {
      handlers: { "/": playbackHandlers(house, line) },
      fetch: (request, peer, path) => app.fetch(request, { peer, path }),
      left(session) {
        session.data.activity = null;
        house.progress.flushSoon();
      },
    };
  },
});
