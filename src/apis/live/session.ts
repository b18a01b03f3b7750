/** What a socket is on one stream. */
export interface StreamState {
  isChatting: boolean;
  /** By `stream:subscribe`, so that leaving the chat does not end it. */
  isSubscribed: boolean;
}

interface Held {
  run: () => void;
  refuse: (error: unknown) => void;
}

/** What live keeps of a socket. */
export interface LiveData {
  /** By stream id; entries stay after leaving, so that one knows who has joined before. */
  readonly streams: Map<string, StreamState>;
  /** Messages that came before the join they belong to, by stream id. */
  readonly held: Map<string, Held[]>;
  heldCount: number;
  /** Monotonic ms: until when they are held. */
  heldUntil: number;
}

export function newLiveData(): LiveData {
  return { streams: new Map(), held: new Map(), heldCount: 0, heldUntil: 0 };
}
