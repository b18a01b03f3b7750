import type { Session } from "./session";

type BunServer = Pick<Bun.Server<unknown>, "publish" | "subscriberCount">;

/**
 * Rooms as Bun topics: one native publish reaches every websocket in a room, whatever their number, and what is
 * published within one turn of the event loop goes to each of them in one write. Clients that poll have no topic; they
 * are few, and are served one by one.
 *
 * Between a publish and a direct emit to the same websocket the order of the calls is kept.
 */
export class Rooms {
  readonly #prefix: string;
  readonly #polling = new Map<string, Set<Session>>();
  /** Known with the first connection: a listener belongs to no API in single-port mode. */
  server: BunServer | undefined;

  /** @param prefix keeps the topics of APIs apart that share a listener */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  join(session: Session, room: string): void {
    if (session.isClosing || session.rooms.has(room)) return;
    session.rooms.add(room);
    this.#admit(session, room);
  }

  leave(session: Session, room: string): void {
    if (!session.rooms.delete(room)) return;
    this.#forget(session, room);
    // Bun has unsubscribed a closed socket already, and must not be asked again.
    if (!session.isClosing) session.webSocket?.unsubscribe(this.#topic(session.namespace, room));
  }

  leaveAll(session: Session): void {
    for (const room of session.rooms) this.leave(session, room);
  }

  /** The session has changed from polling to a websocket. */
  upgraded(session: Session): void {
    for (const room of session.rooms) {
      this.#forget(session, room);
      this.#admit(session, room);
    }
  }

  /** Whether nobody would hear what is published, so that it need not be made. */
  isEmpty(namespace: string, room: string): boolean {
    if (this.#polling.has(`${namespace}\0${room}`)) return false;
    return (this.server?.subscriberCount(this.#topic(namespace, room)) ?? 0) === 0;
  }

  /**
   * Sends an event to everybody in a room of a namespace.
   *
   * @param except a session that does not hear it
   */
  publish(namespace: string, room: string, event: string, payload: unknown, except?: Session): void {
    // An event in Engine.IO's and Socket.IO's terms: message (4), event (2). No API has binary, so that is all.
    const packet = `42${namespace === "/" ? "" : `${namespace},`}${JSON.stringify([event, payload])}`;
    const topic = this.#topic(namespace, room);
    const excepted = except?.rooms.has(room) ? except.webSocket : undefined;
    if (excepted) excepted.publish(topic, packet);
    else this.server?.publish(topic, packet);
    for (const session of this.#polling.get(`${namespace}\0${room}`) ?? []) {
      if (session !== except) session.emit(event, payload);
    }
  }

  #admit(session: Session, room: string): void {
    const { webSocket } = session;
    if (webSocket) {
      webSocket.subscribe(this.#topic(session.namespace, room));
      return;
    }
    const key = `${session.namespace}\0${room}`;
    const members = this.#polling.get(key) ?? new Set();
    this.#polling.set(key, members.add(session));
  }

  #forget(session: Session, room: string): void {
    const key = `${session.namespace}\0${room}`;
    const members = this.#polling.get(key);
    members?.delete(session);
    if (members?.size === 0) this.#polling.delete(key);
  }

  #topic(namespace: string, room: string): string {
    return `${this.#prefix}${namespace}\0${room}`;
  }
}
