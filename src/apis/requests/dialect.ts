import type { Dialect } from "../../realtime/dialect";
import { type Clock, iso } from "../../runtime/clock";
import type { Log } from "../../runtime/log";
import { codeOf, refusalAnswer, refusalEvent } from "./refusals";
import { sessionEvent } from "./wire";

/** How requests says welcome and no (Connection Errors; Event Errors): all of it is in the refusals. */
export function requestsDialect(_log: Log, clock: Clock): Dialect<null> {
  return {
    // Only the handshake signs in, and what fails there is a `connect_error`, or on the public namespace nothing.
    signInFailed: () => false,
    ended: (session, refusal) => session.emit("error", refusalEvent(refusal)),
    staysAsGuest: ({ namespace }) => namespace === "/",
    expiring(session, expiresAt) {
      if (session.namespace !== "/" && session.namespace !== "/authenticated") return;
      session.emit("user:session", sessionEvent("token_expiring", expiresAt, iso(clock.now())));
    },
    refused: (session, refusal) => session.emit("error", refusalEvent(refusal)),
    answer: refusalAnswer,
    connectError(refusal) {
      const { code, reason, message } = refusal;
      if (reason === "connection_limit") return { message, data: { code: "CONNECTION_LIMIT" } };
      // What was wrong with the token is nobody's business; that it is not the token's fault is.
      const isToken = code === "authentication_failed";
      const { message: _, ...data } = refusalEvent(refusal);
      return { message: isToken ? "Authentication failed" : message, data: { ...data, code: codeOf(refusal) } };
    },
  };
}
