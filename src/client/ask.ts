import type { Socket } from "socket.io-client";
import { errorOf, HeadendError } from "./error";

// biome-ignore lint/suspicious/noExplicitAny: socket.io-client's own bound for maps of events
type Events = Record<string, any>;
type Arguments<F> = F extends (...args: infer A) => void ? A : never;
type Callback = (...args: never) => void;
/** Of the ways to send an event those with a payload: where it may be left out the callback may stand in its place. */
type Payload<A> = A extends [payload?: infer P, ack?: unknown] ? ([P] extends [Callback] ? never : P) : never;
type Answers<A> = A extends [payload?: infer P, ack?: ((answer: infer R) => void) | undefined]
  ? [P] extends [Callback]
    ? never
    : R
  : never;

/** What `ask` takes after the name of the event: its payload, where it has one. */
export type Question<E, N extends keyof E> =
  undefined extends Payload<Arguments<E[N]>>
    ? [payload?: Payload<Arguments<E[N]>>, options?: AskOptions]
    : [payload: Payload<Arguments<E[N]>>, options?: AskOptions];

/** What a successful acknowledgement of the event holds. */
export type Reply<E, N extends keyof E> = Extract<Answers<Arguments<E[N]>>, { success: true }>;

export interface AskOptions {
  /** How long to wait for the answer, reconnecting included; 10 s when absent. */
  readonly timeoutMs?: number;
}

/**
 * Sends an event and waits for what the server says to it. While the socket is not connected the event waits for it.
 *
 * @throws HeadendError `timeout` and `disconnected` (both mean: perhaps it was done), else why the server refused
 */
export function ask<L extends Events, E extends Events, N extends keyof E & string>(
  socket: Socket<L, E>,
  event: N,
  ...[payload, { timeoutMs = 10_000 } = {}]: Question<E, N>
): Promise<Reply<E, N>> {
  return new Promise((resolve, reject) => {
    const answered = (failure: Error | null, answer?: { success?: unknown }) => {
      if (failure) reject(lost(event, failure));
      else if (answer?.success === true) resolve(answer as Reply<E, N>);
      else reject(errorOf(answer));
    };
    const waiting = (socket as unknown as Socket).timeout(timeoutMs);
    if (payload === undefined) waiting.emit(event, answered);
    else waiting.emit(event, payload, answered);
  });
}

/** Socket.IO has one kind of error for both, and tells them apart by their text alone. */
function lost(event: string, { message }: Error): HeadendError {
  if (message.includes("disconnected"))
    return new HeadendError("disconnected", `The connection was lost before ${event} was answered`);
  return new HeadendError("timeout", `${event} was not answered in time`);
}
