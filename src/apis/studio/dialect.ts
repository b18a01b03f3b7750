import type { Dialect } from "../../realtime/dialect";
import type { RefusalCode } from "../../refusal";
import { type Clock, iso } from "../../runtime/clock";
import type { Log } from "../../runtime/log";
import { refusalAnswer, refusalEvent } from "./refusals";
import type { StudioData } from "./session";

/** A token that is missing, and one that the server cannot judge now, leave the guest where it is. */
const STAYS = new Set<RefusalCode>(["invalid_request", "unavailable", "internal"]);

/** How studio says welcome and no (Server-to-Client Events, welcome to authError). */
export function studioDialect(_log: Log, clock: Clock): Dialect<StudioData> {
  return {
    connected(session) {
      const serverTime = iso(clock.now());
      session.emit("welcome", { message: "Welcome to Slop Studios", socketId: session.id, serverTime });
    },
    signedIn(session) {
      if (!session.identity) return;
      const { userId, email } = session.identity;
      session.emit("authenticated", { userId, ...(email && { email }), authenticatedAt: iso(clock.now()) });
    },
    signInFailed(session, { code, message }) {
      session.emit("authError", { message });
      return !STAYS.has(code);
    },
    ended: (session, { message }) => session.emit("authError", { message }),
    refused: (session, refusal) => session.emit("error", refusalEvent(refusal)),
    answer: refusalAnswer,
    connectError: (refusal) => ({ message: refusal.message, data: refusalEvent(refusal) }),
  };
}
