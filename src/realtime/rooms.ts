import type { Server } from "socket.io";
import type { FanoutAdapter } from "./fanout";
import type { Session } from "./session";

/** The rooms of an API: sessions join and leave them, and events are published to them. */
export class Rooms {
  readonly #io: Server;
  readonly #adapters = new Map<string, FanoutAdapter>();

  /** @param io whose adapter is a `FanoutAdapter` */
  constructor(io: Server) {
    this.#io = io;
  }

  join(session: Session, room: string): void {
    if (!session.isClosing) void session.socket.join(room);
  }

  leave(session: Session, room: string): void {
    void session.socket.leave(room);
  }

  /** Leaves all rooms but the socket's own, which it has as long as it is open. */
  leaveAll({ socket }: Session): void {
    for (const room of socket.rooms) if (room !== socket.id) void socket.leave(room);
  }

  /** Whether nobody would hear what is published, so that it need not be made. */
  isEmpty(namespace: string, room: string): boolean {
    return this.#adapter(namespace).isEmpty(room);
  }

  /**
   * Sends an event to everybody in a room of a namespace.
   *
   * @param except the sessions that do not hear it
   */
  publish(namespace: string, room: string, event: string, payload: unknown, except?: Iterable<Session>): void {
    // An event in Socket.IO's terms. No API has binary, so that is all there is to its encoding.
    const encoded = `2${namespace === "/" ? "" : `${namespace},`}${JSON.stringify([event, payload])}`;
    const excluded = except && Array.from(except, ({ socket }) => socket);
    const adapter = this.#adapter(namespace);
    adapter.countPublished(room, excluded);
    adapter.publish(room, encoded, excluded);
  }

  #adapter(namespace: string): FanoutAdapter {
    let adapter = this.#adapters.get(namespace);
    if (!adapter) {
      adapter = this.#io.of(namespace).adapter as FanoutAdapter;
      this.#adapters.set(namespace, adapter);
    }
    return adapter;
  }
}
