import { Server as Engine, type WebSocketData } from "@socket.io/bun-engine";
import { type Socket, Server as SocketServer } from "socket.io";
import { type Rate, rate } from "../domain/limits";
import type { Identity } from "../domain/tokens/identity";
import type { House } from "../house";
import { cookieOf } from "../http/cookies";
import type { Peer } from "../http/peer";
import { Refusal, type RefusalCode } from "../refusal";
import { systemClock } from "../runtime/clock";
import { Histogram } from "../runtime/histogram";
import { guestRefusal, roleRefusal } from "./access";
import type { Api, Behaviour, TokenCarrier } from "./api";
import {
  attemptNamespace,
  type Connection,
  cut,
  type EngineSocket,
  excessBacklog,
  forget,
  prepare,
} from "./connection";
import type { Access, Contract } from "./contract";
import { Crowd } from "./crowd";
import type { Dialect } from "./dialect";
import { Dispatcher, type EventCount, type Handler } from "./dispatch";
import { type Ear, lend } from "./ear";
import { Fanout } from "./fanout";
import { LeanConnection } from "./lean/connection";
import { Door } from "./lean/door";
import { Heartbeats } from "./lean/heartbeats";
import { keeperOf } from "./lean/kept";
import { Publisher } from "./publisher";
import { Rooms } from "./rooms";
import { Session } from "./session";
import { Sessions, tooManyConnections } from "./sessions";

export interface EndpointSettings {
  readonly maxPayloadBytes: number;
  readonly maxConnectionsPerUser: number;
  readonly maxConnectionsPerAddress: number;
  readonly authDeadlineMs: number;
  /** Whether plain websockets take the lean path, `lean/`, or all connections that of the engine and Socket.IO. */
  readonly isLean: boolean;
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

/** Upper bounds of what is told of durations: from a map write to a disk that hesitates. */
const DURATIONS_MS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000];
/** A connection that opens no namespace in this time is closed. */
const CONNECT_TIMEOUT_MS = 10_000;
/** As the engine's own. */
const PING_INTERVAL_MS = 25_000;
const PING_TIMEOUT_MS = 20_000;

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
  /** What is kept of the connections of the engine; those of the lean path keep it themselves. */
  readonly #connections = new Map<EngineSocket, Connection>();
  /** How long events took, ms; of a sample of them. */
  readonly durations = new Histogram(DURATIONS_MS);
  readonly #crowd = new Crowd();
  readonly #door: Door | undefined;

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
    const times = timing ?? {
      pingIntervalMs: PING_INTERVAL_MS,
      pingTimeoutMs: api.pingTimeoutMs ?? PING_TIMEOUT_MS,
      connectMs: CONNECT_TIMEOUT_MS,
    };
    this.#io = new SocketServer({
      serveClient: false,
      connectTimeout: times.connectMs,
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
      pingInterval: times.pingIntervalMs,
      pingTimeout: times.pingTimeoutMs,
    });
    // Ours before Socket.IO's: the peer must be known when it builds the handshake.
    this.#clients = (this.engine as unknown as { clients: Map<string, EngineSocket> }).clients;
    this.engine.on("connection", (connection, request, server) => {
      this.#fanout.server = server;
      this.#connected(connection as unknown as EngineSocket, request);
    });
    this.#io.bind(this.engine);
    this.#door = settings.isLean ? this.#openDoor(times) : undefined;
    this.#door?.furnish(this.#io.of("/"));
    for (const [name, namespace] of Object.entries(api.contract.namespaces)) {
      const handlers = this.behaviour.handlers[name] as unknown as Record<string, Handler<Data>>;
      const options = {
        api: api.name,
        clock: house.clock,
        log,
        limits: house.limits,
        sessions: this.sessions,
        dialect: this.#dialect,
        durations: this.durations,
      };
      const dispatcher = new Dispatcher<Data>(namespace, handlers, options);
      this.#dispatchers.push(dispatcher);
      this.#openNamespace(name, dispatcher);
    }
  }

  get connections(): number {
    return this.#crowd.size;
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

  /** How many clients each message to a room went to. */
  get recipients(): Histogram {
    return this.#fanout.recipients;
  }

  /** The open connections, the newest first, each with its open sockets; those that opened no namespace are left out. */
  *visits(): Generator<readonly Session[]> {
    for (const connection of [...this.#clients.values()].reverse()) {
      const sessions = this.#connectionOf(connection)?.sessions ?? [];
      if (sessions.length > 0) yield sessions;
    }
  }

  get maxConnectionsPerAddress(): number {
    return this.#settings.maxConnectionsPerAddress;
  }

  connectionsOf(network: string): number {
    return this.#crowd.of(network);
  }

  /** Takes the first request of a connection, which nothing speaks against. @returns nothing where it became a websocket */
  open(
    request: Request,
    server: Bun.Server<WebSocketData>,
    url: URL,
    peer: Peer,
  ): Response | undefined | Promise<Response> {
    if (this.#door && Door.isPlain(request, url)) return this.#door.open(request, server, url, peer);
    // The engine passes the request on, and nothing else would tell whose it is.
    this.#peers.set(request, peer);
    return this.engine.handleRequest(request, server);
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

  /** Heartbeats are between two machines: in real time, like the engine's own, whatever clock the app runs on. */
  #openDoor(times: NonNullable<EndpointSettings["timing"]>): Door {
    return new Door({
      ...times,
      io: this.#io,
      maxPayloadBytes: this.#settings.maxPayloadBytes,
      heartbeats: new Heartbeats(systemClock(), times),
      before: this.#fanout.gather,
      attempt: (fullAt) => attemptNamespace(fullAt, this.#house.clock),
      keep: keeperOf(this.api.carriers),
      opened: (connection, server) => {
        this.#fanout.server = server;
        this.#clients.set(connection.id, connection as unknown as EngineSocket);
        connection.isOverLimit = this.#enter(connection.peer);
      },
      closed: (connection) => {
        this.#clients.delete(connection.id);
        this.#left(connection, connection);
      },
    });
  }

  #connected(connection: EngineSocket, request: Request): void {
    const peer = this.#peers.get(request);
    if (!peer) throw new Error("a connection that no listener announced");
    const known: Connection = { peer, isOverLimit: this.#enter(peer), opening: [], sessions: [], users: [] };
    this.#connections.set(connection, known);
    const id = prepare(connection, peer, this.#house.clock);
    this.#fanout.keepOrder(connection);
    connection.on("close", () => {
      this.#clients.delete(id);
      this.#connections.delete(connection);
      this.#left(connection, known);
    });
  }

  /** @returns whether the connection is past the limit of its address */
  #enter({ network }: Peer): boolean {
    return this.#crowd.enter(network) > this.#settings.maxConnectionsPerAddress;
  }

  #left(connection: object, { peer, users }: Connection): void {
    // The places of sockets that did not come to open.
    for (const userId of users) this.sessions.release(userId, connection);
    this.#crowd.leave(peer.network);
  }

  /** What is kept of a connection while it lives. */
  #connectionOf(connection: EngineSocket): Connection | undefined {
    const either: unknown = connection;
    if (!(either instanceof LeanConnection)) return this.#connections.get(connection);
    return either.readyState === "open" ? either : undefined;
  }

  #accessOf(namespace: string): Access {
    return this.api.contract.namespaces[namespace]?.access ?? "anyone";
  }

  #openNamespace(name: string, dispatcher: Dispatcher<Data>): void {
    const access = this.#accessOf(name);
    const namespace = this.#io.of(name);
    // The main one is there from the start, and furnished.
    if (name !== "/") this.#door?.furnish(namespace);
    const ear = this.#earOf(dispatcher);
    const handshakes = new WeakMap<Socket, Handshake>();
    namespace.use((socket, next) => {
      const connection = this.#connectionOf(socket.conn);
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
        if (identity) this.sessions.release(identity.userId, socket.conn);
        const { message, data } = this.#dialect.connectError(refusal);
        next(Object.assign(new Error(message), { data }));
      });
    });
    namespace.on("connection", (socket) => {
      const handshake = handshakes.get(socket);
      handshakes.delete(socket);
      const connection = this.#connectionOf(socket.conn);
      if (handshake && connection) this.#opened(socket, connection, handshake, ear);
    });
  }

  #earOf(dispatcher: Dispatcher<Data>): Ear<Data> {
    return {
      heard: (session, packet) => dispatcher.receive(session, packet),
      gone: (session) => {
        const connection = this.#connectionOf(session.socket.conn);
        if (connection) connection.sessions = without(connection.sessions, session as Session);
        this.sessions.leave(session);
      },
      failed: (error) => this.#house.log.debug({ err: error, api: this.api.name }, "a transport failed"),
    };
  }

  /** Why a namespace is not opened, or nothing. */
  #entryRefusal(access: Access, { identity, failure }: Handshake): Refusal | undefined {
    if (failure && (failure.reason === "connection_limit" || access !== "anyone")) {
      return this.#dialect.opensToTell?.(failure) ? undefined : failure;
    }
    return guestRefusal(access, identity) ?? roleRefusal(access, identity);
  }

  /** Who comes, by the token of the handshake where there is one. Never throws. */
  async #shake(socket: Socket, connection: Connection): Promise<Handshake> {
    const { peer } = connection;
    const token = tokenOf(socket, this.api, peer);
    if (token === undefined) return { identity: null };
    try {
      const identity = await this.sessions.verify(token, peer, socket.handshake.auth);
      // It may have gone meanwhile; then nobody would give the place back.
      if (!this.#connectionOf(socket.conn)) return { identity: null };
      this.sessions.reserve(identity.userId, socket.conn);
      if (!connection.users.includes(identity.userId)) connection.users = [...connection.users, identity.userId];
      return { identity };
    } catch (error) {
      return { identity: null, failure: Refusal.from(error) };
    }
  }

  #opened(socket: Socket, connection: Connection, { identity, failure }: Handshake, ear: Ear<Data>): void {
    const session = new Session<Data>(socket, connection.peer, this.#house.clock.now(), this.api.newData());
    connection.opening = without(connection.opening, session.namespace);
    connection.sessions = [...connection.sessions, session as Session];
    lend(ear, socket, session);
    this.sessions.enter(session);
    this.#dialect.connected?.(session);
    this.behaviour.opened?.(session);
    if (identity) this.sessions.signInAs(session, identity);
    if (failure) this.sessions.failSignIn(session, failure);
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
