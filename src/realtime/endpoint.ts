import { Server as Engine } from "@socket.io/bun-engine";
import { type Socket, Server as SocketServer } from "socket.io";
import { type Rate, rate } from "../domain/limits";
import type { Identity } from "../domain/tokens/identity";
import type { Peer } from "../http/peer";
import { Refusal } from "../refusal";
import { guestRefusal, roleRefusal } from "./access";
import type { Api, Behaviour, House, TokenCarrier } from "./api";
import type { Contract } from "./contract";
import type { Dialect } from "./dialect";
import { Dispatcher, type EventCount, type Handler } from "./dispatch";
import { Publisher } from "./publisher";
import { Session } from "./session";
import { Sessions } from "./sessions";

export interface EndpointSettings {
  readonly maxPayloadBytes: number;
  readonly maxConnectionsPerUser: number;
  readonly maxConnectionsPerAddress: number;
  readonly authDeadlineMs: number;
  /** Compare every payload that is sent with its schema: tests and development. */
  readonly isChecked: boolean;
}

/** What is known of a connection below the namespaces. */
interface Connection {
  readonly peer: Peer;
  /** Past the limit of its address: no namespace opens on it. */
  readonly isOverLimit: boolean;
}

/** What the token of a handshake came to; a guest where there was none. */
interface Handshake {
  readonly identity: Identity | null;
  readonly failure?: Refusal;
}

type EngineSocket = Socket["conn"];

/** A connection that opens no namespace in this time is closed. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A client that does not fetch what is sent to it is closed at this much: bytes on a websocket, packets when polling. */
export const MAX_BACKLOG_BYTES = 1 << 20;
const MAX_BACKLOG_PACKETS = 1_000;
/** Attempts to open a namespace, per connection: five APIs have five namespaces at most. */
const MAX_NAMESPACE_ATTEMPTS = 20;
/** Of the handshake's headers, which live as long as the connection, these are read later. */
const KEPT_HEADERS = ["user-agent", "authorization", "cookie", "origin"];

/** One API's Socket.IO server, without a port: a listener hands it requests. */
export class Endpoint<C extends Contract = Contract, Data = unknown> {
  readonly api: Api<C, Data>;
  readonly engine: Engine;
  readonly sessions: Sessions<Data>;
  readonly behaviour: Behaviour<C, Data>;
  /**
   * Handshakes of one address: as many as its connections at once, as after a restart, and a tenth of that every
   * second, so that a flood holds no more than that.
   */
  readonly handshakeRate: Rate;
  readonly #io: SocketServer;
  readonly #house: House;
  readonly #settings: EndpointSettings;
  readonly #dialect: Dialect<Data>;
  readonly #dispatchers: Dispatcher<Data>[] = [];
  readonly #peers = new WeakMap<Request, Peer>();
  readonly #connections = new Map<EngineSocket, Connection>();
  readonly #perNetwork = new Map<string, number>();

  constructor(api: Api<C, Data>, house: House, settings: EndpointSettings) {
    this.api = api;
    this.#house = house;
    this.#settings = settings;
    const { maxConnectionsPerAddress } = settings;
    this.handshakeRate = rate(
      Math.max(20, maxConnectionsPerAddress / 10),
      1_000,
      Math.max(100, maxConnectionsPerAddress),
    );
    const log = house.log.child({ api: api.name });
    this.#dialect = api.dialect(log);
    this.sessions = new Sessions({
      api: api.name,
      clock: house.clock,
      log,
      limits: house.limits,
      tokens: house.tokens,
      dialect: this.#dialect,
      left: (session) => this.behaviour.left?.(session),
      maxConnectionsPerUser: settings.maxConnectionsPerUser,
      authDeadlineMs: api.hasAuthDeadline ? settings.authDeadlineMs : undefined,
    });
    const publisher = new Publisher<C, Data>(api.contract, settings.isChecked);
    this.behaviour = api.open({ ...house, log }, { publisher, sessions: this.sessions });
    this.engine = new Engine({ path: "/socket.io/", maxHttpBufferSize: settings.maxPayloadBytes });
    this.#io = new SocketServer({ serveClient: false, connectTimeout: CONNECT_TIMEOUT_MS });
    // Ours before Socket.IO's: the peer must be known when it builds the handshake.
    this.engine.on("connection", (connection, request) =>
      this.#connected(connection as unknown as EngineSocket, request),
    );
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
      const { writeBuffer } = connection as unknown as { writeBuffer: { data?: string }[] };
      if (writeBuffer.length === 0) continue;
      let bytes = 0;
      for (const packet of writeBuffer) bytes += packet.data?.length ?? 0;
      if (bytes > MAX_BACKLOG_BYTES || writeBuffer.length > MAX_BACKLOG_PACKETS) {
        this.#house.log.info(
          { api: this.api.name, bytes, packets: writeBuffer.length },
          "a client that does not keep up is closed",
        );
        // `close` would wait for the backlog to drain, which is what does not happen.
        (connection as unknown as { onClose(reason: string): void }).onClose("backlog");
      }
    }
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
    this.#connections.set(connection, { peer, isOverLimit: count > this.#settings.maxConnectionsPerAddress });
    const mutable = connection as unknown as { remoteAddress: string; request: { headers: Record<string, string> } };
    mutable.remoteAddress = peer.address;
    const { headers } = mutable.request;
    mutable.request.headers = Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
    );
    if (connection.transport.name === "polling") refuseBinary(connection);
    refuseNamespaceFlood(connection);
    // The engine's own listener holds the whole request for as long as the connection lives, 1.3 KB in six objects.
    // Ours does its work without.
    const { clients } = this.engine as unknown as { clients: Map<string, EngineSocket> };
    const { id, off } = connection as unknown as { id: string; off(event: string): void };
    off.call(connection, "close");
    connection.on("close", () => {
      clients.delete(id);
      this.#connections.delete(connection);
      const left = this.connectionsOf(peer.network) - 1;
      if (left > 0) this.#perNetwork.set(peer.network, left);
      else this.#perNetwork.delete(peer.network);
    });
  }

  #openNamespace(name: string, dispatcher: Dispatcher<Data>): void {
    const access = this.api.contract.namespaces[name]?.access ?? "anyone";
    const namespace = this.#io.of(name);
    const handshakes = new WeakMap<Socket, Handshake>();
    namespace.use((socket, next) => {
      void this.#shake(socket).then((handshake) => {
        handshakes.set(socket, handshake);
        const { identity, failure } = handshake;
        const refusal =
          this.#overLimit(socket) ??
          (access === "anyone" && failure?.reason !== "connection_limit" ? undefined : failure) ??
          guestRefusal(access, identity) ??
          roleRefusal(access, identity);
        if (!refusal) return next();
        const { message, data } = this.#dialect.connectError(refusal);
        next(Object.assign(new Error(message), { data }));
      });
    });
    namespace.on("connection", (socket) => {
      const handshake = handshakes.get(socket);
      if (handshake) this.#opened(socket, handshake, dispatcher);
    });
  }

  /** Who comes, by the token of the handshake where there is one. Never throws. */
  async #shake(socket: Socket): Promise<Handshake> {
    const token = tokenOf(socket, this.api.carriers);
    const peer = this.#connections.get(socket.conn)?.peer;
    if (token === undefined || !peer) return { identity: null };
    try {
      const identity = await this.sessions.verify(token, peer);
      const failure = this.sessions.limitRefusal(identity.userId, socket.conn);
      return failure ? { identity: null, failure } : { identity };
    } catch (error) {
      return { identity: null, failure: Refusal.from(error) };
    }
  }

  #opened(socket: Socket, { identity, failure }: Handshake, dispatcher: Dispatcher<Data>): void {
    const connection = this.#connections.get(socket.conn);
    if (!connection) return;
    const session = new Session<Data>(socket, connection.peer, this.#house.clock.now(), this.api.newData());
    socket.on("disconnect", () => this.sessions.leave(session));
    // Socket.IO would print errors of the transport that nobody listens to.
    socket.on("error", (error) => this.#house.log.debug({ err: error, api: this.api.name }, "a transport failed"));
    // Never calls `next`: the dispatcher is the whole way of a packet, unknown events included.
    socket.use((packet) => dispatcher.receive(session, packet));
    this.sessions.enter(session);
    this.#dialect.connected?.(session);
    let refusal = failure;
    try {
      if (identity) this.sessions.bind(session, identity);
    } catch (error) {
      refusal = Refusal.from(error);
    }
    if (session.identity) this.#dialect.signedIn?.(session);
    if (refusal) this.sessions.failSignIn(session, refusal);
  }

  #overLimit(socket: Socket): Refusal | undefined {
    if (!this.#connections.get(socket.conn)?.isOverLimit) return undefined;
    return new Refusal("conflict", "Connection limit exceeded", { reason: "connection_limit" });
  }
}

function tokenOf(socket: Socket, carriers: readonly TokenCarrier[]): string | undefined {
  const { auth, query, headers } = socket.handshake;
  const given: Record<TokenCarrier, unknown> = {
    auth: auth.token,
    query: query.token,
    bearer: /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1],
  };
  for (const carrier of carriers) {
    const token = given[carrier];
    if (typeof token === "string" && token !== "") return token;
  }
  return undefined;
}

/** No API has binary events. On a websocket the listener sees frames; a polled body hides them as base64. */
function refuseBinary(connection: EngineSocket): void {
  connection.on("packet", (packet: { data?: unknown }) => {
    if (packet.data !== undefined && typeof packet.data !== "string") connection.close();
  });
}

/** Every attempt to open a namespace is answered, known or not: so many, then the connection is closed. */
function refuseNamespaceFlood(connection: EngineSocket): void {
  let attempts = 0;
  connection.on("data", (data: unknown) => {
    // "0" opens a namespace; events begin with another digit, so the usual packet costs one comparison.
    if (typeof data === "string" && data.charCodeAt(0) === 48 && ++attempts > MAX_NAMESPACE_ATTEMPTS)
      connection.close();
  });
}
