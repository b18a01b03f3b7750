import type { Dialect } from "../../realtime/dialect";
import type { Session } from "../../realtime/session";
import type { Refusal } from "../../refusal";
import { memberOf } from "./apps";
import { refusalAnswer, refusalBody } from "./refusals";
import type { LiveData } from "./session";

/** How live says welcome and no: `unauthorized` and typed `error` events (Authentication; Error Handling). */
export function liveDialect(): Dialect<LiveData> {
  return {
    signedIn(session) {
      const { identity } = session;
      if (!identity) return;
      const { appId, userId } = memberOf(identity);
      session.emit("authenticated", { user_id: userId, username: identity.username, app_id: appId });
    },
    signInFailed(session, refusal) {
      goodbye(session, refusal);
      return true;
    },
    ended: goodbye,
    refused: (session, refusal) => session.emit("error", refusalBody(refusal)),
    answer: refusalAnswer,
    connectError: (refusal) => ({ message: refusal.message, data: { ...refusalBody(refusal) } }),
  };
}

function goodbye(session: Session<LiveData>, refusal: Refusal): void {
  session.emit("unauthorized", { message: refusal.message });
  session.emit("error", { ...refusalBody(refusal), type: "authentication_failed" });
}
