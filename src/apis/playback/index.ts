import { api } from "../../realtime/api";
import type { ClientData } from "./clients";
import { playbackContract } from "./contract";
import { playbackDialect } from "./dialect";
import { playbackHandlers } from "./handlers";
import { playbackHttp, playbackRest } from "./http";
import { clientsPanel } from "./panels";

/** Playback progress and remote control, as Oblecto documents them. */
export const playback = api({
  name: "playback",
  contract: playbackContract,
  rest: playbackRest,
  // Only the event signs in.
  carriers: [],
  origins: "any",
  hasAuthDeadline: true,
  maxConnectionsPerAddress: 2_000,
  newData: (): ClientData => ({ activity: null }),
  dialect: playbackDialect,
  open(house, line) {
    return {
      handlers: { "/": playbackHandlers(house, line) },
      fetch: playbackHttp(house, line),
      panels: [clientsPanel(line)],
      left(session) {
        session.data.activity = null;
        house.progress.flushSoon();
      },
    };
  },
});
