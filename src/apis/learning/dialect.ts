import type { Dialect } from "../../realtime/dialect";
import type { Refusal } from "../../refusal";
import { refusalAnswer, refusalBody } from "./refusals";
import type { LearningData, LearningSession } from "./session";

/**
 * How learning says welcome and no (Connection Errors): an invalid token is refused, an expired one is accepted, told
 * by event, and disconnected.
 */
export function learningDialect(): Dialect<LearningData> {
  const tell = (session: LearningSession, refusal: Refusal) => session.emit("error", refusalBody(refusal));
  return {
    signedIn: (session) => session.emit("connected", { status: "Connected successfully" }),
    signInFailed(session, refusal) {
      tell(session, refusal);
      return true;
    },
    ended: tell,
    refused: tell,
    answer: refusalAnswer,
    opensToTell: ({ reason }) => reason === "expired",
    connectError(refusal) {
      const isToken = refusal.code === "authentication_failed";
      const { message: _, ...data } = refusalBody(refusal);
      return { message: isToken ? "Invalid token" : refusal.message, data };
    },
  };
}
