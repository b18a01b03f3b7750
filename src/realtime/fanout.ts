import type { Namespace, Socket } from "socket.io";
import { Adapter, type BroadcastOptions, type Room, type SocketId } from "socket.io-adapter";
import type { Clock } from "../runtime/clock";
import { Histogram } from "../runtime/histogram";
import { type EngineSocket, writeAfter } from "./connection";
import { Gather } from "./gather";
import { NamedRooms } from "./named";

type BunServer = Pick<Bun.Server<unknown>, "publish">;
type WebSocket = Bun.ServerWebSocket<unknown>;
type Packet = Parameters<Adapter["broadcast"]>[0];

const RECIPIENTS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
/** So many excluded websockets are taken out of the topic for the moment of a publish; past it a loop is cheaper. */
const FEW = 8;

/**
 * What the adapters of one Socket.IO server share: the Bun server that its websockets belong to, known with the first
 * connection, and a prefix that keeps its topics apart from those of others on the same listener.
 */
export class Fanout {
  readonly prefix: string;
  readonly gather: Gather;
  server: BunServer | undefined;
  /** Messages to clients so far, for the figures: one for each who gets it. */
  deliveries = 0;
  /** How many heard what was published to a room; to an empty one nothing is published. */
  readonly recipients = new Histogram(RECIPIENTS);

  constructor(prefix: string, clock: Clock) {
    this.prefix = prefix;
    this.gather = new Gather(clock);
  }

  /** Has everything that is written to a connection directly come after what was published before. */
  keepOrder(connection: EngineSocket): void {
    writeAfter(connection, this.gather);
  }

  /** For Socket.IO's option `adapter`: it makes one for each namespace. */
  get adapter(): typeof Adapter {
    const fanout = this;
    return class extends FanoutAdapter {
      constructor(namespace: Namespace) {
        super(namespace, fanout);
      }
    } as unknown as typeof Adapter;
  }
}

/**
 * Socket.IO rooms as Bun topics. Socket.IO's own adapter walks over the sockets of a room and writes to each; this one
 * encodes once and hands one native publish to Bun, which also gathers what is published within one turn of the event
 * loop into one write per websocket. Clients that poll have no topic and are served one by one, as are the rare
 * broadcasts that a topic cannot say: to several rooms, to all but many, volatile, binary, with acknowledgements.
 *
 * Between a publish and a direct emit to the same websocket the order of the calls is kept. Listeners of outgoing
 * packets (`onAnyOutgoing`) do not hear what is published.
 */
export class FanoutAdapter extends Adapter {
  declare readonly nsp: Namespace;
  readonly #fanout: Fanout;
  /** Sockets without a websocket, now or yet. */
  readonly #polling = new Set<SocketId>();
  /** The topic of everybody costs a subscription a socket, so it begins with the first broadcast to everybody. */
  #hasEverybody = false;

  constructor(namespace: Namespace, fanout: Fanout) {
    super(namespace);
    this.#fanout = fanout;
    this.rooms = new NamedRooms(this.sids);
  }

  override addAll(id: SocketId, rooms: Set<Room>): void {
    this.#fanout.gather.flush();
    const isNew = !this.sids.has(id);
    const named = new Set(rooms);
    named.delete(id);
    super.addAll(id, named);
    const socket = this.nsp.sockets.get(id);
    if (!socket) return;
    if (isNew) this.#enter(socket);
    const webSocket = webSocketOf(socket);
    if (!webSocket || this.#polling.has(id)) return;
    for (const room of named) webSocket.subscribe(this.#topic(room));
  }

  /** The one of its own name is among them, which is not kept. */
  override socketRooms(id: SocketId): Set<Room> | undefined {
    const named = this.sids.get(id);
    return named && new Set([id, ...named]);
  }

  override del(id: SocketId, room: Room): void {
    this.#fanout.gather.flush();
    super.del(id, room);
    this.#openWebSocket(id)?.unsubscribe(this.#topic(room));
  }

  override delAll(id: SocketId): void {
    this.#fanout.gather.flush();
    const webSocket = this.#openWebSocket(id);
    if (webSocket) {
      for (const room of this.sids.get(id) ?? []) webSocket.unsubscribe(this.#topic(room));
      if (this.#hasEverybody) webSocket.unsubscribe(this.#everybody);
    }
    this.#polling.delete(id);
    super.delAll(id);
  }

  override broadcast(packet: Packet, options: BroadcastOptions): void {
    const { rooms, except, flags } = options;
    // A socket's own room is its id, which is no topic: writing to one socket takes no publish.
    const [room] = rooms;
    const isPublished = rooms.size <= 1 && !flags?.volatile && !(room !== undefined && this.sids.has(room));
    const excluded = isPublished ? this.#excluded(except) : undefined;
    packet.nsp = this.nsp.name;
    const [encoded, attachment] = excluded ? this.nsp.server.encoder.encode(packet) : [];
    if (excluded && encoded !== undefined && attachment === undefined) this.publish(room, encoded as string, excluded);
    else super.broadcast(packet, options);
  }

  /**
   * Sends a packet to everybody in a room, or in the namespace.
   *
   * @param encoded in Socket.IO's terms: `2["event",…]`
   * @param excluded who does not get it
   */
  publish(room: Room | undefined, encoded: string, excluded: readonly Socket[] = NOBODY): void {
    const members = room === undefined ? this.sids.size : (this.rooms.get(room)?.size ?? 0);
    if (members === 0) return;
    this.#fanout.gather.publish(members, encoded.length, () => this.#publishNow(room, encoded, excluded));
  }

  #publishNow(room: Room | undefined, encoded: string, excluded: readonly Socket[]): void {
    if (room === undefined && !this.#hasEverybody) this.#beginEverybody();
    const topic = room === undefined ? this.#everybody : this.#topic(room);
    // "4": a message, in Engine.IO's terms.
    this.#publishNatively(topic, `4${encoded}`, excluded);
    if (this.#polling.size > 0) this.#writeToPolling(room, encoded, excluded);
  }

  /** Whether nobody would hear what is published, so that it need not be made. */
  isEmpty(room: Room): boolean {
    return !this.rooms.has(room);
  }

  /** A message goes to everybody in a room but the excluded ones: counted, which looks at none of the others. */
  countPublished(room: Room, excluded: readonly Socket[] = NOBODY): void {
    const members = this.rooms.get(room);
    if (!members) return;
    let recipients = members.size;
    for (const { id } of excluded) if (members.has(id)) recipients--;
    this.#fanout.deliveries += recipients;
    this.#fanout.recipients.add(recipients);
  }

  /** A message goes to one socket. */
  countSent(): void {
    this.#fanout.deliveries++;
  }

  /** Who is excluded, where there are few of them. */
  #excluded(except: Set<Room> | undefined): readonly Socket[] | undefined {
    if (!except || except.size === 0) return NOBODY;
    const excluded: Socket[] = [];
    for (const room of except) {
      for (const id of this.rooms.get(room) ?? []) {
        const socket = this.nsp.sockets.get(id);
        if (socket && excluded.push(socket) > FEW) return undefined;
      }
    }
    return excluded;
  }

  #publishNatively(topic: string, frame: string, excluded: readonly Socket[]): void {
    const webSockets: WebSocket[] = [];
    for (const { id } of excluded) {
      const webSocket = this.#openWebSocket(id);
      if (webSocket?.isSubscribed(topic)) webSockets.push(webSocket);
    }
    const [one] = webSockets;
    // A websocket that publishes does not hear it: the usual case, everybody but the sender.
    if (one && webSockets.length === 1) {
      one.publish(topic, frame);
      return;
    }
    for (const webSocket of webSockets) webSocket.unsubscribe(topic);
    this.#fanout.server?.publish(topic, frame);
    for (const webSocket of webSockets) webSocket.subscribe(topic);
  }

  /** Walks over whatever is smaller: those who poll, or those in the room. */
  #writeToPolling(room: Room | undefined, encoded: string, excluded: readonly Socket[]): void {
    const members = room === undefined ? this.sids : this.rooms.get(room);
    if (!members) return;
    const [walked, other] = members.size < this.#polling.size ? [members, this.#polling] : [this.#polling, members];
    for (const id of walked.keys()) {
      const socket = other.has(id) ? this.nsp.sockets.get(id) : undefined;
      if (socket && !excluded.includes(socket)) write(socket, encoded);
    }
  }

  #enter(socket: Socket): void {
    const webSocket = webSocketOf(socket);
    if (webSocket) {
      if (this.#hasEverybody) webSocket.subscribe(this.#everybody);
      return;
    }
    this.#polling.add(socket.id);
    socket.conn.once("upgrade", () => this.#upgraded(socket));
  }

  #upgraded(socket: Socket): void {
    if (!this.#polling.delete(socket.id)) return;
    const webSocket = this.#openWebSocket(socket.id);
    if (!webSocket) return;
    for (const room of this.sids.get(socket.id) ?? []) webSocket.subscribe(this.#topic(room));
    if (this.#hasEverybody) webSocket.subscribe(this.#everybody);
  }

  #beginEverybody(): void {
    this.#hasEverybody = true;
    for (const id of this.sids.keys()) {
      if (!this.#polling.has(id)) this.#openWebSocket(id)?.subscribe(this.#everybody);
    }
  }

  /** Bun has unsubscribed a closed websocket already, and must not be asked again. */
  #openWebSocket(id: SocketId): WebSocket | undefined {
    const socket = this.nsp.sockets.get(id);
    const webSocket = socket && webSocketOf(socket);
    return webSocket?.readyState === WebSocket.OPEN ? webSocket : undefined;
  }

  get #everybody(): string {
    return this.#fanout.prefix + this.nsp.name;
  }

  #topic(room: Room): string {
    return `${this.#everybody}\0${room}`;
  }
}

const NOBODY: readonly Socket[] = [];

/** The websocket under a socket; undefined while its client polls. */
function webSocketOf(socket: Socket): WebSocket | undefined {
  const { transport } = socket.conn as unknown as { transport: { name: string; socket?: WebSocket } };
  return transport.name === "websocket" ? transport.socket : undefined;
}

function write(socket: Socket, encoded: string): void {
  (socket.client as unknown as { writeToEngine(packets: string[], options: object): void }).writeToEngine(
    [encoded],
    {},
  );
}
