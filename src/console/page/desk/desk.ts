import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Calls } from "./calls";
import { Clock } from "./clock";
import { SignedIn } from "./session";
import { Stream } from "./stream";
import { Toasts } from "./toasts";

/** What every part of the page may need: the server's calls, its stream, the session, and a voice. */
export interface Desk {
  readonly calls: Calls;
  readonly signedIn: SignedIn;
  readonly stream: Stream;
  readonly toasts: Toasts;
  readonly clock: Clock;
}

export function openDesk(): Desk {
  const signedIn = new SignedIn();
  return { signedIn, calls: signedIn.calls, stream: new Stream(), toasts: new Toasts(), clock: new Clock() };
}

export const DeskContext = createContext<Desk | undefined>(undefined);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("a part of the page stands outside of it");
  return desk;
}
