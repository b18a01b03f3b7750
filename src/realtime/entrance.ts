import type { Namespace, Socket } from "socket.io";
import type { Identity } from "../domain/tokens/identity";
import { cookieOf } from "../http/cookies";
import type { Peer } from "../http/peer";
import { Refusal } from "../refusal";
import type { Clock } from "../runtime/clock";
import type { Log } from "../runtime/log";
import { guestRefusal, roleRefusal } from "./access";
import type { Api, TokenCarrier } from "./api";
import { type Connection, type EngineSocket, forget } from "./connection";
import type { Access } from "./contract";
import type { Dialect } from "./dialect";
import type { Dispatcher } from "./dispatch";
import { type Ear, lend } from "./ear";
import { Session } from "./session";
import { type Sessions, tooManyConnections } from "./sessions";

interface EntranceOptions<Data> {
  readonly api: Pick<Api<never, Data>, "name" | "carriers" | "cookies" | "newData">;
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: Sessions<Data>;
  readonly dialect: Dialect<Data>;
  /** What is kept of a connection while it lives. */
  connectionOf(connection: EngineSocket): Connection | undefined;
  /** A socket has opened, and been greeted. */
  opened(session: Session<Data>): void;
}

/** What the token of a handshake came to; a guest where there was none. */
interface Handshake {
  readonly identity: Identity | null;
  readonly failure?: Refusal;
}

/** The way of a socket into a namespace: who it is by its handshake, whether it may come in, and who hears it then. */
export class Entrance<Data> {
  readonly #options: EntranceOptions<Data>;

  constructor(options: EntranceOptions<Data>) {
    this.#options = options;
  }

  /** Whoever may come into the namespace is heard by the dispatcher from now on. */
  open(namespace: Namespace, access: Access, dispatcher: Dispatcher<Data>): void {
    const { connectionOf, sessions, dialect } = this.#options;
    const { name } = namespace;
    const ear = this.#earOf(dispatcher);
    const handshakes = new WeakMap<Socket, Handshake>();
    namespace.use((socket, next) => {
      const connection = connectionOf(socket.conn);
      // Whatever becomes of the socket, Socket.IO must hear of it, or it keeps it for ever.
      if (!connection) return next();
      // A client that calls `connect` twice within a round trip asks twice. The first one is answered; an answer to the
      // second would be taken for it.
      const isOpen = connection.sessions.some(({ namespace }) => namespace === name);
      if (isOpen || connection.opening.includes(name)) return forget(socket);
      connection.opening = [...connection.opening, name];
      void this.#shake(socket, connection).then((handshake) => {
        handshakes.set(socket, handshake);
        const { identity } = handshake;
        const refusal = connection.isOverLimit ? tooManyConnections() : this.#entryRefusal(access, handshake);
        if (!refusal) return next();
        connection.opening = without(connection.opening, name);
        if (identity) sessions.release(identity.userId, socket.conn);
        const { message, data } = dialect.connectError(refusal);
        next(Object.assign(new Error(message), { data }));
      });
    });
    namespace.on("connection", (socket) => {
      const handshake = handshakes.get(socket);
      handshakes.delete(socket);
      const connection = connectionOf(socket.conn);
      if (handshake && connection) this.#opened(socket, connection, handshake, ear);
    });
  }

  #earOf(dispatcher: Dispatcher<Data>): Ear<Data> {
    const { api, log, connectionOf, sessions } = this.#options;
    return {
      heard: (session, packet) => dispatcher.receive(session, packet),
      gone: (session) => {
        const connection = connectionOf(session.socket.conn);
        if (connection) connection.sessions = without(connection.sessions, session as Session);
        sessions.leave(session);
      },
      failed: (error) => log.debug({ err: error, api: api.name }, "a transport failed"),
    };
  }

  /** Why a namespace is not opened, or nothing. */
  #entryRefusal(access: Access, { identity, failure }: Handshake): Refusal | undefined {
    if (failure && (failure.reason === "connection_limit" || access !== "anyone")) {
      return this.#options.dialect.opensToTell?.(failure) ? undefined : failure;
    }
    return guestRefusal(access, identity) ?? roleRefusal(access, identity);
  }

  /** Who comes, by the token of the handshake where there is one. Never throws. */
  async #shake(socket: Socket, connection: Connection): Promise<Handshake> {
    const { api, connectionOf, sessions } = this.#options;
    const { peer } = connection;
    const token = tokenOf(socket, api, peer);
    if (token === undefined) return { identity: null };
    try {
      const identity = await sessions.verify(token, peer, socket.handshake.auth);
      // It may have gone meanwhile; then nobody would give the place back.
      if (!connectionOf(socket.conn)) return { identity: null };
      sessions.reserve(identity.userId, socket.conn);
      if (!connection.users.includes(identity.userId)) connection.users = [...connection.users, identity.userId];
      return { identity };
    } catch (error) {
      return { identity: null, failure: Refusal.from(error) };
    }
  }

  #opened(socket: Socket, connection: Connection, { identity, failure }: Handshake, ear: Ear<Data>): void {
    const { api, clock, sessions, dialect, opened } = this.#options;
    const session = new Session<Data>(socket, connection.peer, clock.now(), api.newData());
    connection.opening = without(connection.opening, session.namespace);
    connection.sessions = [...connection.sessions, session as Session];
    lend(ear, socket, session);
    sessions.enter(session);
    dialect.connected?.(session);
    opened(session);
    if (identity) sessions.signInAs(session, identity);
    if (failure) sessions.failSignIn(session, failure);
  }
}

function without<T>(list: readonly T[], item: T): readonly T[] {
  return list.filter((each) => each !== item);
}

function tokenOf(socket: Socket, { carriers, cookies = [] }: Pick<Api, "carriers" | "cookies">, peer: Peer) {
  const { auth, query, headers } = socket.handshake;
  const given: Record<TokenCarrier, unknown> = {
    auth: auth.token,
    query: query.token,
    cookie: cookieOf(headers.cookie, cookies, peer),
    bearer: /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1],
  };
  for (const carrier of carriers) {
    const token = given[carrier];
    if (typeof token === "string" && token !== "") return token;
  }
  return undefined;
}
