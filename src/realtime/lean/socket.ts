import { Socket } from "socket.io";
import { textOf } from "../done";
import type { Ear } from "../ear";
import type { Session } from "../session";
import type { LeanConnection } from "./connection";
import { ACK, EVENT, heading, isReserved, type Packet } from "./packets";

type Acknowledge = (...args: unknown[]) => void;

/** What of Socket.IO's socket is used or replaced here: in part private to it, so its version is pinned. */
interface Stock {
  _events?: object;
  _anyOutgoingListeners?: unknown[];
  emit(event: string, ...args: unknown[]): boolean;
  emitReserved(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
  onevent(packet: Packet): void;
  onack(packet: Packet): void;
  join(rooms: string | string[]): unknown;
  leaveAll(): void;
}

/** What a socket seldom needs. */
interface Rest {
  acks: Map<number, Acknowledge>;
  fns: unknown[];
  flags: object;
  data: object;
}

/**
 * Socket.IO's socket with its methods and without its constructor, which makes eight objects that nearly always stay
 * empty, a copy of the handshake and a listener.
 */
function Nothing(): void {
  // A class could not have the prototype of another one.
}
Nothing.prototype = Socket.prototype;
const Bare = Nothing as unknown as new () => Stock;

/**
 * A socket of a lean connection: five fields, and the rest when it is asked for. Its events go straight to the ear of its
 * namespace, without closures of its own, and what it sends becomes text in one step, since nothing in it is binary.
 */
export class LeanSocket extends Bare {
  readonly nsp: Socket["nsp"];
  readonly client: LeanConnection;
  readonly id: string;
  readonly #auth: object;
  connected = false;
  #isGone = false;
  #session: Session | undefined;
  #ear: Ear | undefined;
  #rest: Rest | undefined;

  constructor(nsp: Socket["nsp"], client: LeanConnection, id: string, auth: object) {
    super();
    this.nsp = nsp;
    this.client = client;
    this.id = id;
    this.#auth = auth;
  }

  /** From now on the ear hears of all that comes, in the name of the session. */
  heardBy(ear: Ear, session: Session): void {
    this.#ear = ear;
    this.#session = session;
  }

  get server(): unknown {
    return this.nsp.server;
  }

  get adapter(): unknown {
    return this.nsp.adapter;
  }

  get recovered(): boolean {
    return false;
  }

  get handshake(): object {
    return this.client.handshake(this.#auth);
  }

  get acks(): Rest["acks"] {
    return this.#made().acks;
  }

  get fns(): Rest["fns"] {
    return this.#made().fns;
  }

  get flags(): object {
    return this.#made().flags;
  }

  set flags(flags: object) {
    this.#made().flags = flags;
  }

  get data(): object {
    return this.#made().data;
  }

  set data(data: object) {
    this.#made().data = data;
  }

  override emit(event: string, ...args: unknown[]): boolean {
    const isPlain = typeof args.at(-1) !== "function" && !this.#rest && !this._anyOutgoingListeners;
    if (!isPlain || isReserved(event)) return super.emit(event, ...args);
    this.client.write(heading(EVENT, this.nsp.name) + JSON.stringify([event, ...args]));
    return true;
  }

  override emitReserved(event: string, ...args: unknown[]): boolean {
    if (this.#session) {
      if (event === "disconnect") this.#ear?.gone(this.#session);
      else if (event === "error") this.#ear?.failed(args[0]);
    }
    // An error that nobody listens to would be thrown.
    if (event === "error" && this.listenerCount(event) === 0) return false;
    return this._events !== undefined && super.emitReserved(event, ...args);
  }

  override onevent(packet: Packet): void {
    if (!this.#ear || !this.#session) {
      super.onevent(packet);
      return;
    }
    const args = Array.isArray(packet.data) ? packet.data : [];
    if (packet.id !== undefined) args.push(this.ack(packet.id));
    this.#ear.heard(this.#session, args);
  }

  /** Called at most once, as Socket.IO's own. */
  ack(id: number): Acknowledge {
    let isSent = false;
    return (...args) => {
      if (isSent) return;
      isSent = true;
      this.client.write(heading(ACK, this.nsp.name) + id + textOf(args));
    };
  }

  override onack(packet: Packet): void {
    // An answer to no question.
    if (this.#rest) super.onack(packet);
  }

  override join(rooms: string | string[]): unknown {
    return this.#isGone ? undefined : super.join(rooms);
  }

  /** It is in no room any more, and does not come into one again. */
  _cleanup(): void {
    this.leaveAll();
    (this.nsp as unknown as { _remove(socket: LeanSocket): void })._remove(this);
    this.#isGone = true;
  }

  #made(): Rest {
    this.#rest ??= { acks: new Map(), fns: [], flags: {}, data: {} };
    return this.#rest;
  }
}
