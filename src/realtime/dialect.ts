import type { Refusal } from "../refusal";
import type { Session } from "./session";

/** What an API has words of its own for: hello, welcome and no. Everything else about refusals is shared. */
export interface Dialect<Data> {
  /** A socket has opened, before anything else is sent to it. */
  connected?(session: Session<Data>): void;
  /** It now speaks for `session.identity`. */
  signedIn?(session: Session<Data>): void;
  /** Signing in did not work, at the handshake or by event. @returns whether the socket is disconnected */
  signInFailed(session: Session<Data>, refusal: Refusal): boolean;
  /** The token ran out, or was taken back: the last word before the socket is disconnected. */
  ended(session: Session<Data>, refusal: Refusal): void;
  /** Whether a socket whose token ended stays, as a guest's: only its namespaces for users are closed then. */
  staysAsGuest?(session: Session<Data>): boolean;
  /** The token runs out in a minute; epoch ms. */
  expiring?(session: Session<Data>, expiresAt: number): void;
  /** An event was refused that asked for no acknowledgement. */
  refused(session: Session<Data>, refusal: Refusal): void;
  /** What an acknowledgement is called with when its event was refused. */
  answer(refusal: Refusal): Record<string, unknown>;
  /** Whether a socket whose handshake failed like this is opened all the same, to be told by event and disconnected. */
  opensToTell?(refusal: Refusal): boolean;
  /** A namespace is not opened: the message and data of the client's `connect_error`. */
  connectError(refusal: Refusal): { message: string; data: Record<string, unknown> };
}
