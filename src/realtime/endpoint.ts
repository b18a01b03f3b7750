import { Server as Engine, type WebSocketData } from "@socket.io/bun-engine";
import { Server as SocketServer } from "socket.io";
import { type Rate, rate } from "../domain/limits";
import type { House } from "../house";
import type { Peer } from "../http/peer";
import type { RefusalCode } from "../refusal";
import { systemClock } from "../runtime/clock";
import { Histogram } from "../runtime/histogram";
import { roleRefusal } from "./access";
import type { Api, Behaviour } from "./api";
import { attemptNamespace, type Connection, cut, type EngineSocket, excessBacklog, prepare } from "./connection";
import type { Access, Contract } from "./contract";
import { Crowd } from "./crowd";
import type { Dialect } from "./dialect";
import { Dispatcher, type EventCount, type Handler } from "./dispatch";
import { Entrance } from "./entrance";
import { Fanout } from "./fanout";
import { LeanConnection } from "./lean/connection";
import { Door } from "./lean/door";
import { Heartbeats } from "./lean/heartbeats";
import { keeperOf } from "./lean/kept";
import { Publisher } from "./publisher";
import { Rooms } from "./rooms";
import type { Session } from "./session";
import { Sessions } from "./sessions";

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
    const entrance = new Entrance<Data>({
      api,
      clock: house.clock,
      log,
      sessions: this.sessions,
      dialect: this.#dialect,
      connectionOf: (connection) => this.#connectionOf(connection),
      opened: (session) => this.behaviour.opened?.(session),
    });
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
      const opened = this.#io.of(name);
      // The main one is there from the start, and furnished.
      if (name !== "/") this.#door?.furnish(opened);
      entrance.open(opened, namespace.access, dispatcher);
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
}
