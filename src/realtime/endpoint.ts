import { Server as Engine } from "@socket.io/bun-engine";
import { type Socket, Server as SocketServer } from "socket.io";
import { type Rate, rate } from "../domain/limits";
import type { Identity } from "../domain/tokens/identity";
import type { House } from "../house";
import { cookieOf } from "../http/cookies";
import type { Peer } from "../http/peer";
import { Refusal, type RefusalCode } from "../refusal";
import { guestRefusal, roleRefusal } from "./access";
import type { Api, Behaviour, TokenCarrier } from "./api";
import { type Connection, cut, type EngineSocket, excessBacklog, forget, prepare } from "./connection";
import type { Access, Contract } from "./contract";
import type { Dialect } from "./dialect";
import { Dispatcher, type EventCount, type Handler } from "./dispatch";
import { Fanout } from "./fanout";
import { Publisher } from "./publisher";
import { Rooms } from "./rooms";
import { Session } from "./session";
import { Sessions, tooManyConnections } from "./sessions";

export interface EndpointSettings {
  readonly maxPayloadBytes: number;
  readonly maxConnectionsPerUser: number;
  readonly maxConnectionsPerAddress: number;
  readonly authDeadlineMs: number;
  /** Other times than the protocol's usual ones, for tests that cannot wait for those. */
  readonly timing?: { readonly pingIntervalMs: number; readonly pingTimeoutMs: number; readonly connectMs: number };
  /** Compare every payload that is sent with its schema: tests and development. */
  readonly isChecked: boolean;
}

/** What the token of a handshake came to; a guest where there was none. */
interface Handshake {
  readonly identity: Identity | null;
  readonly failure?: Refusal;
}

/** A connection that opens no namespace in this time is closed. */
const CONNECT_TIMEOUT_MS = 10_000;
/** One API's Socket.IO server, without a port: a listener hands it requests. */
export class Endpoint<C extends Contract = Contract, Data = unknown> {
  readonly api: Api<C, Data>;
  readonly engine: Engine;
  readonly sessions: Sessions<Data>;
  readonly behaviour: Behaviour<C, Data>;
  /**
   * Handshakes of one address: twice its connections at once (all of them, as after a restart, and who is too many must
   * get in to hear so), and a tenth of its connections every second, so that a flood holds no more than that.
   */
  readonly handshakeRate: Rate;
  readonly #io: SocketServer;
  readonly #house: House;
  readonly #settings: EndpointSettings;
  readonly #dialect: Dialect<Data>;
  readonly #dispatchers: Dispatcher<Data>[] = [];
  readonly #fanout: Fanout;
  readonly #rooms: Rooms;
  readonly #peers = new WeakMap<Request, Peer>();
  /** The engine's own table, by session id. */
  readonly #clients: Map<string, EngineSocket>;
  readonly #connections = new Map<EngineSocket, Connection>();
  readonly #perNetwork = new Map<string, number>();

  constructor(api: Api<C, Data>, house: House, settings: EndpointSettings) {
    this.api = api;
    this.#fanout = new Fanout(api.name, house.clock);
    this.#house = house;
    this.#settings = settings;
    const { maxConnectionsPerAddress, timing } = settings;
    this.handshakeRate = rate(
      Math.max(20, maxConnectionsPerAddress / 10),
      1_000,
      Math.max(100, 2 * maxConnectionsPerAddress),
    );
    const log = house.log.child({ api: api.name });
    this.#dialect = api.dialect(log, house.clock);
    this.sessions = new Sessions({
      api: api.name,
      clock: house.clock,
      log,
      limits: house.limits,
      tokens: house.tokens,
      verify: (token, claims) => this.behaviour.verify?.(token, claims) ?? house.tokens.verify(token),
      dialect: this.#dialect,
      signedIn: (session) => {
        this.#dialect.signedIn?.(session);
        this.behaviour.signedIn?.(session);
      },
      left: (session) => {
        this.behaviour.left?.(session);
        this.#rooms.leaveAll(session);
      },
      reviewed: (session) => this.behaviour.reviewed?.(session),
      refusal: ({ namespace, identity }) => roleRefusal(this.#accessOf(namespace), identity),
      maxConnectionsPerUser: settings.maxConnectionsPerUser,
      authDeadlineMs: api.hasAuthDeadline ? settings.authDeadlineMs : undefined,
    });
    this.#io = new SocketServer({
      serveClient: false,
      connectTimeout: timing?.connectMs ?? CONNECT_TIMEOUT_MS,
      adapter: this.#fanout.adapter,
    });
    this.#rooms = new Rooms(this.#io);
    const publisher = new Publisher<C, Data>(api.contract, this.#rooms, settings.isChecked);
    const { isChecked } = settings;
    const line = { publisher, sessions: this.sessions, rooms: this.#rooms, isChecked };
    this.behaviour = api.open({ ...house, log }, line);
    this.engine = new Engine({
      path: "/socket.io/",
      maxHttpBufferSize: settings.maxPayloadBytes,
      ...(api.pingTimeoutMs !== undefined && { pingTimeout: api.pingTimeoutMs }),
      ...(timing && { pingInterval: timing.pingIntervalMs, pingTimeout: timing.pingTimeoutMs }),
    });
    // Ours before Socket.IO's: the peer must be known when it builds the handshake.
    this.#clients = (this.engine as unknown as { clients: Map<string, EngineSocket> }).clients;
    this.engine.on("connection", (connection, request, server) => {
      this.#fanout.server = server;
      this.#connected(connection as unknown as EngineSocket, request);
    });
    this.#io.bind(this.engine);
    for (const [name, namespace] of Object.entries(api.contract.namespaces)) {
      const handlers = this.behaviour.handlers[name] as unknown as Record<string, Handler<Data>>;
      const options = {
        api: api.name,
        clock: house.clock,
        log,
        limits: house.limits,
        sessions: this.sessions,
        dialect: this.#dialect,
      };
      const dispatcher = new Dispatcher<Data>(namespace, handlers, options);
      this.#dispatchers.push(dispatcher);
      this.#openNamespace(name, dispatcher);
    }
  }

  get connections(): number {
    return this.#connections.size;
  }

  get counts(): EventCount[] {
    return this.#dispatchers.flatMap((dispatcher) => dispatcher.counts);
  }

  /** Refusals of events so far, by code. */
  get refusals(): ReadonlyMap<RefusalCode, number> {
    const sum = new Map<RefusalCode, number>();
    for (const { refusals } of this.#dispatchers) {
      for (const [code, count] of refusals) sum.set(code, (sum.get(code) ?? 0) + count);
    }
    return sum;
  }

  /** Messages to clients so far: one that goes to a room counts for each who is in it. */
  get deliveries(): number {
    return this.#fanout.deliveries;
  }

  /** The open connections, the newest first, each with its open sockets; those that opened no namespace are left out. */
  *visits(): Generator<readonly Session[]> {
    for (const { namespaces } of [...this.#connections.values()].reverse()) {
      const open = [...namespaces.values()].filter((session) => session !== undefined);
      if (open.length > 0) yield open;
    }
  }

  get maxConnectionsPerAddress(): number {
    return this.#settings.maxConnectionsPerAddress;
  }

  connectionsOf(network: string): number {
    return this.#perNetwork.get(network) ?? 0;
  }

  /** Remembers whose request this is: the engine passes it on, and nothing else would tell. */
  expect(request: Request, peer: Peer): void {
    this.#peers.set(request, peer);
  }

  /**
   * Closes connections whose client does not fetch what was sent to it, before they hold much memory. Websockets are
   * closed by Bun at the same size; this finds clients that poll.
   */
  sweep(): void {
    for (const connection of this.#connections.keys()) {
      const backlog = excessBacklog(connection);
      if (!backlog) continue;
      this.#house.log.info({ api: this.api.name, ...backlog }, "a client that does not keep up is closed");
      cut(connection, "backlog");
    }
  }

  /** Closes the connection with an Engine.IO session id, where there is one. */
  cut(sid: string, reason: string): void {
    const connection = this.#clients.get(sid);
    if (connection) cut(connection, reason);
  }

  /** Closes every transport without a word of goodbye in Socket.IO's terms, so that clients come back by themselves. */
  async close(): Promise<void> {
    await this.#io.close();
  }

  #connected(connection: EngineSocket, request: Request): void {
    const peer = this.#peers.get(request);
    if (!peer) throw new Error("a connection that no listener announced");
    const count = this.connectionsOf(peer.network) + 1;
    this.#perNetwork.set(peer.network, count);
    const isOverLimit = count > this.#settings.maxConnectionsPerAddress;
    this.#connections.set(connection, { peer, isOverLimit, namespaces: new Map(), users: new Set() });
    const id = prepare(connection, peer, this.#house.clock);
    this.#fanout.keepOrder(connection);
    connection.on("close", () => {
      this.#clients.delete(id);
      // The places of sockets that did not come to open.
      for (const userId of this.#connections.get(connection)?.users ?? []) this.sessions.release(userId, connection);
      this.#connections.delete(connection);
      const left = this.connectionsOf(peer.network) - 1;
      if (left > 0) this.#perNetwork.set(peer.network, left);
      else this.#perNetwork.delete(peer.network);
    });
  }

  #accessOf(namespace: string): Access {
    return this.api.contract.namespaces[namespace]?.access ?? "anyone";
  }

  #openNamespace(name: string, dispatcher: Dispatcher<Data>): void {
    const access = this.#accessOf(name);
    const namespace = this.#io.of(name);
    const handshakes = new WeakMap<Socket, Handshake>();
    namespace.use((socket, next) => {
      const connection = this.#connections.get(socket.conn);
      // Whatever becomes of the socket, Socket.IO must hear of it, or it keeps it for ever.
      if (!connection) return next();
      // A client that calls `connect` twice within a round trip asks twice. The first one is answered; an answer to the
      // second would be taken for it.
      if (connection.namespaces.has(name)) return forget(socket);
      connection.namespaces.set(name, undefined);
      void this.#shake(socket, connection).then((handshake) => {
        handshakes.set(socket, handshake);
        const { identity } = handshake;
        const refusal = connection.isOverLimit ? tooManyConnections() : this.#entryRefusal(access, handshake);
        if (!refusal) return next();
        connection.namespaces.delete(name);
        if (identity) this.sessions.release(identity.userId, socket.conn);
        const { message, data } = this.#dialect.connectError(refusal);
        next(Object.assign(new Error(message), { data }));
      });
    });
    namespace.on("connection", (socket) => {
      const handshake = handshakes.get(socket);
      const connection = this.#connections.get(socket.conn);
      if (handshake && connection) this.#opened(socket, connection, handshake, dispatcher);
    });
  }

  /** Why a namespace is not opened, or nothing. */
  #entryRefusal(access: Access, { identity, failure }: Handshake): Refusal | undefined {
    if (failure && (failure.reason === "connection_limit" || access !== "anyone")) {
      return this.#dialect.opensToTell?.(failure) ? undefined : failure;
    }
    return guestRefusal(access, identity) ?? roleRefusal(access, identity);
  }

  /** Who comes, by the token of the handshake where there is one. Never throws. */
  async #shake(socket: Socket, { peer, users }: Connection): Promise<Handshake> {
    const token = tokenOf(socket, this.api, peer);
    if (token === undefined) return { identity: null };
    try {
      const identity = await this.sessions.verify(token, peer, socket.handshake.auth);
      // It may have gone meanwhile; then nobody would give the place back.
      if (!this.#connections.has(socket.conn)) return { identity: null };
      this.sessions.reserve(identity.userId, socket.conn);
      users.add(identity.userId);
      return { identity };
    } catch (error) {
      return { identity: null, failure: Refusal.from(error) };
    }
  }

  #opened(
    socket: Socket,
    { peer, namespaces }: Connection,
    { identity, failure }: Handshake,
    dispatcher: Dispatcher<Data>,
  ): void {
    const session = new Session<Data>(socket, peer, this.#house.clock.now(), this.api.newData());
    namespaces.set(session.namespace, session as Session);
    socket.on("disconnect", () => {
      namespaces.delete(session.namespace);
      this.sessions.leave(session);
    });
    // Socket.IO would print errors of the transport that nobody listens to.
    socket.on("error", (error) => this.#house.log.debug({ err: error, api: this.api.name }, "a transport failed"));
    // Never calls `next`: the dispatcher is the whole way of a packet, unknown events included.
    socket.use((packet) => dispatcher.receive(session, packet));
    this.sessions.enter(session);
    this.#dialect.connected?.(session);
    this.behaviour.opened?.(session);
    if (identity) {
      this.sessions.signInAs(session, identity);
    }
    if (failure) this.sessions.failSignIn(session, failure);
  }
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
