import type { House } from "../../house";
import type { Handlers, Line } from "../../realtime/api";
import type { ClientData } from "./clients";
import type { PlaybackContract } from "./contract";

/** Wire to domain: who signs in, and who is where in what. */
export function playbackHandlers(
  { progress }: House,
  { sessions }: Line<PlaybackContract, ClientData>,
): Handlers<PlaybackContract, "/", ClientData> {
  return {
    authenticate: (session, { token }) => sessions.signIn(session, token),
    playing(session, payload) {
      session.data.activity = payload;
      const itemId = payload.type === "tv" ? payload.episodeId : payload.movieId;
      progress.record(session.identity.userId, payload.type, itemId, payload.time, payload.progress);
    },
  };
}
