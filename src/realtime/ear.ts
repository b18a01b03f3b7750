import type { Socket } from "socket.io";
import { LeanSocket } from "./lean/socket";
import type { Session } from "./session";

/** What becomes of what the sockets of a namespace hear: one for all of them, and nothing of it per socket. */
export interface Ear<Data = unknown> {
  /** A packet as Socket.IO gives it: event name, payload, and the acknowledgement where the client wants one. */
  heard(session: Session<Data>, packet: unknown[]): void;
  gone(session: Session<Data>): void;
  /** The transport failed, or a packet was none. */
  failed(error: unknown): void;
}

/** Has the ear hear of all that comes to a socket. */
export function lend<Data>(ear: Ear<Data>, socket: Socket, session: Session<Data>): void {
  const either: unknown = socket;
  if (either instanceof LeanSocket) {
    either.heardBy(ear as Ear, session as Session);
    return;
  }
  socket.on("disconnect", () => ear.gone(session));
  // Socket.IO would print errors of the transport that nobody listens to.
  socket.on("error", (error) => ear.failed(error));
  // Never calls `next`: the ear is the whole way of a packet, unknown events included.
  socket.use((packet) => ear.heard(session, packet));
}
