/** What a socket is on one stream. */
export interface StreamState {
  isChatting: boolean;
  /** By `stream:subscribe`, so that leaving the chat does not end it. */
  isSubscribed: boolean;
  isAnalyst: boolean;
  /** Has been in the chat, if only to leave it: what it says now is not too early any more. */
  hasChatted: boolean;
}

interface Held {
  run: () => void;
  refuse: (error: unknown) => void;
  /** Monotonic ms. */
  readonly until: number;
}

/** What live keeps of a socket. */
export interface LiveData {
  /** By stream id; some entries stay after leaving, so that one knows who has joined before. */
  readonly streams: Map<string, StreamState>;
  /** Messages that came before the join they belong to, by stream id. */
  readonly held: Map<string, Held[]>;
  heldCount: number;
}

export function newLiveData(): LiveData {
  return { streams: new Map(), held: new Map(), heldCount: 0 };
}
