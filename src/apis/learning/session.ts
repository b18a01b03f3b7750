import type { Session } from "../../realtime/session";

/** What learning keeps of a socket: where it is. */
export interface LearningData {
  readonly courses: Set<string>;
  /** Video id to the id of its course. */
  readonly videos: Map<string, string>;
}

export type LearningSession = Session<LearningData>;

export function newLearningData(): LearningData {
  return { courses: new Set(), videos: new Map() };
}
