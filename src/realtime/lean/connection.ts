import type { Socket } from "socket.io";
import type { Peer } from "../../http/peer";
import type { Connection } from "../connection";
import type { Session } from "../session";
import type { Door } from "./door";
import { type Beating, NOWHERE } from "./heartbeats";
import type { Kept } from "./kept";
import { CONNECT, CONNECT_ERROR, decode, heading, isBinary, type Packet } from "./packets";

type WebSocket = Bun.ServerWebSocket<unknown>;

/** A socket as its connection uses it: private to Socket.IO, so its version is pinned. */
interface Inner {
  _onpacket(packet: Packet): void;
  _onclose(reason: string): void;
  _onerror(error: unknown): void;
}

/** In Engine.IO's terms: the first character of a frame. */
const CLOSE = 49;
const PONG = 51;
const MESSAGE = 52;
/** In Socket.IO's: the first one of a packet. */
const OPENS_NAMESPACE = 48;
const CLOSE_UNSUPPORTED_DATA = 1003;

const NO_AUTH = Object.freeze({});
const NO_NAMES: readonly string[] = [];
const NO_SESSIONS: readonly Session[] = [];
const NO_SOCKETS: readonly Socket[] = [];

/**
 * A client over a websocket, one object instead of six: what the engine calls its connection, its transport and the data of the
 * websocket, what Socket.IO calls its client with a decoder, and what the endpoint keeps of it. It has the methods that
 * Socket.IO's sockets and namespaces call on any of these, and nothing is listened to: who is told of its end is known.
 */
export class LeanConnection implements Beating, Connection {
  readonly id: string;
  readonly peer: Peer;
  readonly kept: Kept;
  readonly #door: Door;
  #webSocket: WebSocket | undefined;
  readyState: "open" | "closing" | "closed" = "open";
  isOverLimit = false;
  opening = NO_NAMES;
  users = NO_NAMES;
  sessions = NO_SESSIONS;
  /** Sockets of the namespaces that are open. */
  #sockets = NO_SOCKETS;
  /** The bucket of its attempts to open a namespace. */
  #attemptsFullAt = 0;
  // The wheel's notes.
  slot = NOWHERE;
  place = 0;
  openedAt = 0;
  since = 0;
  isAwaited = false;
  hasJoined = false;

  constructor(door: Door, id: string, peer: Peer, kept: Kept) {
    this.#door = door;
    this.id = id;
    this.peer = peer;
    this.kept = kept;
  }

  // As the data of the websocket.

  get transport(): this {
    return this;
  }

  onOpen(webSocket: WebSocket): void {
    this.#webSocket = webSocket;
    this.#door.opened(this);
    webSocket.send(this.#door.greeting(this.id));
  }

  onMessage(text: string): void {
    if (this.readyState !== "open") return;
    const type = text.charCodeAt(0);
    if (type === MESSAGE) this.#receive(text.slice(1));
    else if (type === PONG) this.#door.heartbeats.answered(this);
    else if (type === CLOSE) this.#webSocket?.close();
    else this.onClose("parse error");
  }

  onCloseEvent(): void {
    this.onClose("transport close");
  }

  // As the transport of the engine.

  get name(): string {
    return "websocket";
  }

  get writable(): boolean {
    return true;
  }

  get socket(): WebSocket | undefined {
    return this.#webSocket;
  }

  // As the connection of the engine.

  get remoteAddress(): string {
    return this.peer.address;
  }

  /** Bun keeps what waits for a slow client, and closes it at its limit. */
  get writeBuffer(): readonly never[] {
    return [];
  }

  write(packet: string | Uint8Array): void {
    // Whatever was published before comes first.
    this.#door.before.flush();
    const webSocket = this.#webSocket;
    if (this.readyState !== "open" || webSocket?.readyState !== WebSocket.OPEN) return;
    if (typeof packet === "string") webSocket.send(`4${packet}`);
    else webSocket.send(packet);
  }

  /** @param code what the client's websocket is told */
  onClose(reason: string, code?: number): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.#webSocket?.close(code);
    this.#door.closed(this);
    for (const socket of this.#sockets) innerOf(socket)._onclose(reason);
    this.#sockets = NO_SOCKETS;
  }

  // As what has heartbeats.

  ping(): void {
    this.#webSocket?.send("2");
  }

  silent(): void {
    this.onClose("ping timeout");
  }

  idle(): void {
    this.close();
  }

  // As Socket.IO's client.

  get conn(): this {
    return this;
  }

  close(): void {
    this.onClose("forced close");
  }

  /** As Socket.IO makes it for each socket, here when somebody asks. @param auth what came with the namespace */
  handshake(auth: object): object {
    const { userAgent, origin, authorization, cookie, token } = this.kept;
    return {
      headers: { "user-agent": userAgent, origin, authorization, cookie },
      address: this.peer.address,
      xdomain: origin !== undefined,
      secure: this.peer.secure,
      query: { token },
      auth,
    };
  }

  writeToEngine(packets: readonly (string | Uint8Array)[]): void {
    for (const packet of packets) this.write(packet);
  }

  _packet(packet: object): void {
    if (this.readyState === "open") this.writeToEngine(this.#door.encode(packet));
  }

  _disconnect(): void {
    for (const socket of this.#sockets) socket.disconnect();
    this.close();
  }

  _remove(socket: Socket): void {
    this.#sockets = this.#sockets.filter((each) => each !== socket);
  }

  #receive(text: string): void {
    if (text.charCodeAt(0) === OPENS_NAMESPACE) {
      this.#attemptsFullAt = this.#door.attempt(this.#attemptsFullAt);
      if (this.#attemptsFullAt === Number.POSITIVE_INFINITY) {
        this.onClose("too many namespaces");
        return;
      }
    }
    let packet: Packet;
    try {
      packet = decode(text, this.#door.decoder);
    } catch (error) {
      for (const socket of this.#sockets) innerOf(socket)._onerror(error);
      this.close();
      return;
    }
    const socket = this.#on(packet.nsp);
    if (isBinary(packet)) {
      // What was announced would come as binary frames, which no API has.
      this.onClose("parse error", CLOSE_UNSUPPORTED_DATA);
    } else if (packet.type === CONNECT && !socket) this.#join(packet.nsp, packet.data as object | undefined);
    else if (packet.type !== CONNECT && packet.type !== CONNECT_ERROR && socket) innerOf(socket)._onpacket(packet);
    // Client and server no longer agree on what is open.
    else this.close();
  }

  #on(namespace: string): Socket | undefined {
    for (const socket of this.#sockets) if (socket.nsp.name === namespace) return socket;
    return undefined;
  }

  #join(name: string, auth: object = NO_AUTH): void {
    const isThere = this.#door.join(this, name, auth, (socket) => {
      this.#sockets = [...this.#sockets, socket];
      this.hasJoined = true;
    });
    if (!isThere) this.write(`${heading(CONNECT_ERROR, name)}{"message":"Invalid namespace"}`);
  }
}

function innerOf(socket: Socket): Inner {
  return socket as unknown as Inner;
}
