import type { Session } from "../../realtime/session";

/** Who may follow a job: enough to look again when rights change. */
export interface FollowedJob {
  readonly userId: string;
  readonly projectId: string | null;
}

/** What studio keeps of a socket. */
export interface StudioData {
  /** The rooms it has joined, as the client knows them. */
  readonly rooms: Set<string>;
  /** The jobs that it follows, by id. */
  readonly media: Map<string, FollowedJob>;
  /** The user who is in the user's own room with it, and has been shown what is unread. */
  attendedAs: string | null;
}

export type StudioSession = Session<StudioData>;

export function newStudioData(): StudioData {
  return { rooms: new Set(), media: new Map(), attendedAs: null };
}
