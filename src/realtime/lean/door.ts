import type { Namespace, Socket, Server as SocketServer } from "socket.io";
import type { Peer } from "../../http/peer";
import type { Before } from "../connection";
import { LeanConnection } from "./connection";
import type { Heartbeats } from "./heartbeats";
import { Ids } from "./ids";
import type { Kept } from "./kept";
import type { Decoder } from "./packets";
import { LeanSocket } from "./socket";

/** What Socket.IO's server and namespaces have for their own client: private to them, so their version is pinned. */
interface InnerServer {
  readonly encoder: { encode(packet: object): (string | Uint8Array)[] };
  readonly _nsps: Map<string, Namespace>;
  readonly _parser: { readonly Decoder: new () => Decoder };
}

interface InnerNamespace {
  _add(client: LeanConnection, auth: object, opened: (socket: Socket) => void): Promise<void>;
  _createSocket(client: unknown, auth: object): Promise<unknown>;
}

interface DoorOptions {
  readonly io: SocketServer;
  /** What the engine says in its first packet, besides the id. */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly maxPayloadBytes: number;
  readonly heartbeats: Heartbeats;
  /** Done before anything is written to a connection. */
  readonly before: Before;
  /** The bucket of attempts to open a namespace, after one more; infinite when there was none left. */
  attempt(fullAt: number): number;
  /** What is read of a handshake's request later. */
  keep(request: Request, url: URL): Kept;
  opened(connection: LeanConnection, server: Bun.Server<unknown>): void;
  closed(connection: LeanConnection): void;
}

/**
 * Takes the handshakes of websockets in the engine's place, and holds what its connections share. Whatever is not plain
 * (polling, upgrades, other revisions, other methods) is left to the engine.
 */
export class Door {
  readonly heartbeats: Heartbeats;
  readonly before: Before;
  readonly decoder: Decoder;
  readonly #options: DoorOptions;
  readonly #io: InnerServer;
  readonly #ids = new Ids();
  readonly #greeting: string;
  #server: Bun.Server<unknown> | undefined;

  constructor(options: DoorOptions) {
    const { io, heartbeats, before, pingIntervalMs: pingInterval, pingTimeoutMs: pingTimeout } = options;
    this.#options = options;
    this.heartbeats = heartbeats;
    this.before = before;
    this.#io = io as unknown as InnerServer;
    this.decoder = new this.#io._parser.Decoder();
    const rest = { upgrades: [], pingInterval, pingTimeout, maxPayload: options.maxPayloadBytes };
    this.#greeting = `","${JSON.stringify(rest).slice(2)}`;
  }

  static isPlain(request: Request, url: URL): boolean {
    const { searchParams } = url;
    return (
      request.method === "GET" &&
      searchParams.get("transport") === "websocket" &&
      searchParams.get("EIO") === "4" &&
      !searchParams.has("sid") &&
      request.headers.has("upgrade")
    );
  }

  /** Makes a websocket of a plain handshake. @returns nothing where that is done */
  open(request: Request, server: Bun.Server<unknown>, url: URL, peer: Peer): Response | undefined {
    this.#server = server;
    const data = new LeanConnection(this, this.#ids.next(), peer, this.#options.keep(request, url));
    return server.upgrade(request, { data }) ? undefined : new Response(null, { status: 500 });
  }

  /** Has a namespace make lean sockets for lean connections. */
  furnish(namespace: Namespace): void {
    const inner = namespace as unknown as InnerNamespace;
    const createSocket = inner._createSocket.bind(namespace);
    inner._createSocket = async (client, auth) =>
      client instanceof LeanConnection
        ? new LeanSocket(namespace, client, this.#ids.next(), auth)
        : createSocket(client, auth);
  }

  // For its connections.

  /** The first packet of a connection. */
  greeting(id: string): string {
    return `0{"sid":"${id}${this.#greeting}`;
  }

  opened(connection: LeanConnection): void {
    if (!this.#server) return;
    this.heartbeats.add(connection);
    this.#options.opened(connection, this.#server);
  }

  closed(connection: LeanConnection): void {
    this.heartbeats.remove(connection);
    this.#options.closed(connection);
  }

  attempt(fullAt: number): number {
    return this.#options.attempt(fullAt);
  }

  encode(packet: object): (string | Uint8Array)[] {
    return this.#io.encoder.encode(packet);
  }

  /** Begins to open a namespace. @returns false where there is none of the name */
  join(connection: LeanConnection, name: string, auth: object, opened: (socket: Socket) => void): boolean {
    const namespace = this.#io._nsps.get(name) as unknown as InnerNamespace | undefined;
    void namespace?._add(connection, auth, opened);
    return namespace !== undefined;
  }
}
