/** How a socket of the load side behaves: what it signs in to, and what it says. */
export type Kind = "viewer" | "player" | "visitor";

/** The calls that the parent makes to a generator process. */
export interface Calls {
  /** Opens a socket for every token and signs it in; nobody waits longer than that takes. */
  open(order: OpenOrder): Promise<{ elapsedMs: number }>;
  /** Begins to say something `perSecond` times a second, in turn on the first `speakers` sockets, until `stop`. */
  start(order: { perSecond: number; speakers: number }): void;
  /** What happened since the last call. */
  mark(): Mark;
  /** Says nothing more. @returns how much was said in all */
  stop(): number;
  /** Waits until everybody has heard and been answered what they should, or `timeoutMs`. */
  settle(order: { heard: number; timeoutMs: number }): Promise<Settled>;
  close(): void;
}

export interface OpenOrder {
  readonly port: number;
  readonly kind: Kind;
  readonly tokens: readonly string[];
  readonly atOnce: number;
}

export interface Mark {
  readonly elapsedMs: number;
  readonly said: number;
  /** Fell due and was not said: the generator or a socket was too far behind. */
  readonly unsaid: number;
  /** Messages of others heard by all sockets together. */
  readonly heard: number;
  readonly answered: number;
  /** Counts of a `Histogram`: from saying to hearing, or to the answer. */
  readonly latencies: readonly number[];
  /** Counts of a `Histogram`: how much later than asked for the event loop came round. */
  readonly lags: readonly number[];
  /** The generator's own, all threads. */
  readonly cpuMs: number;
}

export interface Settled {
  /** Sockets that did not hear everything, or not everything once. */
  readonly incomplete: number;
  /** Events that were not answered. */
  readonly unanswered: number;
  /** Sampled sockets that heard things in another order than the first one. */
  readonly disordered: number;
  /** What the first sampled socket heard, in order. */
  readonly order: readonly number[];
  /** What should not have been: refusals and closed sockets, the first ones. */
  readonly faults: readonly string[];
}

/** A call and its answer, as they go between the processes. */
export interface CallMessage {
  readonly call: number;
  readonly name: keyof Calls;
  readonly order: unknown;
}

export interface AnswerMessage {
  readonly call: number;
  readonly answer?: unknown;
  readonly error?: string;
}
