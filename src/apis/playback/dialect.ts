import type { Dialect } from "../../realtime/dialect";
import type { Log } from "../../runtime/log";
import type { ClientData } from "./clients";

/**
 * The document knows no error events: what goes wrong is logged, and a failed sign-in disconnects (Error Handling).
 * A client that asks for an acknowledgement is told.
 */
export function playbackDialect(log: Log): Dialect<ClientData> {
  return {
    signInFailed({ peer }, { message }) {
      log.warn({ address: peer.address, reason: message }, "An unauthorized user attempted connection");
      return true;
    },
    ended({ identity, peer }, { message }) {
      log.info({ userId: identity?.userId, address: peer.address, reason: message }, "a signed-in socket is ended");
    },
    refused({ peer, identity }, { code, message }) {
      log.debug({ userId: identity?.userId, address: peer.address, code, reason: message }, "an event was refused");
    },
    answer({ code, message, retryAfterMs }) {
      // Seconds, rounded up to the millisecond: waiting that long is enough.
      const wait = retryAfterMs === undefined ? {} : { retryAfter: Math.ceil(retryAfterMs) / 1000 };
      return { success: false, error: message, code, ...wait };
    },
    connectError({ code, message }) {
      return { message, data: { code } };
    },
  };
}
