import type { Socket } from "socket.io";
import { rate, taken, waitMs } from "../domain/limits";
import type { Peer } from "../http/peer";
import type { Clock } from "../runtime/clock";
import type { Session } from "./session";
import { upgradeInOrder } from "./upgrade";

/** An Engine.IO connection, below the namespaces, as Socket.IO types it. */
export type EngineSocket = Socket["conn"];

/** What bun-engine's connection has beyond that: private to it, so its version is pinned. */
interface Inside {
  readonly id: string;
  /** Of a lean connection, which keeps no request. */
  readonly kept?: { cookie: string | undefined };
  remoteAddress: string;
  pingTimeoutTimer: unknown;
  readonly request: { headers: Record<string, string | undefined> };
  readonly writeBuffer: readonly { data?: string }[];
  write(data: unknown, options?: unknown): unknown;
  off(event: string): void;
  onClose(reason: string): void;
}

/** What is done before anything is written to a connection. */
export interface Before {
  flush(): void;
}

/** A connection that writes in turn; the state is on it, so that one function does for all of them. */
interface Ordered extends Inside {
  before: Before;
  writeNow: Inside["write"];
}

/** What is known of a connection. */
export interface Connection {
  readonly peer: Peer;
  /** Past the limit of its address: no namespace opens on it. */
  readonly isOverLimit: boolean;
  /** The namespaces that are about to be open on it. Lists, since there is hardly ever more than one: a set has 200 bytes. */
  opening: readonly string[];
  /** The sessions of those that are open. */
  sessions: readonly Session[];
  /** The users of whose places it has held one. */
  users: readonly string[];
}

/** A client that does not fetch what is sent to it is closed at this much: bytes on a websocket, packets when polling. */
export const MAX_BACKLOG_BYTES = 1 << 20;
const MAX_BACKLOG_PACKETS = 10_000;
/**
 * Attempts to open a namespace, per connection: no API has more than five, but a page opens and closes them as its
 * reader moves about.
 */
const NAMESPACE_ATTEMPTS = rate(2, 1_000, 20);
/** Of the handshake's headers, which live as long as the connection, these are read later. */
const KEPT_HEADERS = ["user-agent", "authorization", "cookie", "origin"];

/** Of a timer that never ran. */
const NO_TIMER = -1;

/** Prepares a new connection: its address, what it may send, and no more memory than it needs. @returns its id */
export function prepare(connection: EngineSocket, peer: Peer, clock: Clock): string {
  const inside = insideOf(connection);
  inside.remoteAddress = peer.address;
  const { headers } = inside.request;
  inside.request.headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
  // Before its first ping the engine takes every pong for a reason to start another timer, and each of those pings.
  inside.pingTimeoutTimer = NO_TIMER;
  if (connection.transport.name === "polling") {
    refuseBinary(connection);
    upgradeInOrder(connection, clock);
  }
  refuseNamespaceFlood(connection, clock);
  // The engine's own listener of `close` holds the whole request for as long as the connection lives, 1.3 KB in six
  // objects. Whoever prepares a connection does its work instead: forgetting the connection's id.
  inside.off("close");
  return inside.id;
}

/**
 * Gives a connection that came with cookies those that its browser has got since: a browser sends them with a handshake
 * only, and namespaces may open long after that.
 */
export function renewCookie(connection: EngineSocket, cookie: string): void {
  const { kept, request } = insideOf(connection);
  const cookies = kept ?? request.headers;
  if (cookies.cookie !== undefined) cookies.cookie = cookie;
}

/** Has `before.flush()` called before anything is written to the connection. */
export function writeAfter(connection: EngineSocket, before: Before): void {
  const inside = insideOf(connection);
  Object.assign(inside, { before, writeNow: inside.write, write: orderedWrite });
}

function orderedWrite(this: Ordered, data: unknown, options?: unknown): unknown {
  this.before.flush();
  return this.writeNow(data, options);
}

/** Closes a connection now. The engine's `close` would go on reading, and wait for what may never drain. */
export function cut(connection: EngineSocket, reason: string): void {
  insideOf(connection).onClose(reason);
}

/** Has Socket.IO forget a socket that never opened, without a word to its client. */
export function forget(socket: Socket): void {
  (socket as unknown as { _cleanup(): void })._cleanup();
}

/** What waits for a client that does not fetch it: undefined while that is not too much. */
export function excessBacklog(connection: EngineSocket): { bytes: number; packets: number } | undefined {
  const { writeBuffer } = insideOf(connection);
  if (writeBuffer.length === 0) return undefined;
  let bytes = 0;
  for (const packet of writeBuffer) bytes += packet.data?.length ?? 0;
  const isTooMuch = bytes > MAX_BACKLOG_BYTES || writeBuffer.length > MAX_BACKLOG_PACKETS;
  return isTooMuch ? { bytes, packets: writeBuffer.length } : undefined;
}

/** No API has binary events. On a websocket the listener sees frames; a polled body hides them as base64. */
function refuseBinary(connection: EngineSocket): void {
  connection.on("packet", (packet: { data?: unknown }) => {
    if (packet.data !== undefined && typeof packet.data !== "string") cut(connection, "binary is not accepted");
  });
}

/** Every attempt to open a namespace is answered, known or not: too many, and the connection is closed. */
function refuseNamespaceFlood(connection: EngineSocket, clock: Clock): void {
  let fullAt = 0;
  connection.on("data", (data: unknown) => {
    // "0" opens a namespace; events begin with another digit, so the usual packet costs one comparison.
    if (typeof data !== "string" || data.charCodeAt(0) !== 48) return;
    fullAt = attemptNamespace(fullAt, clock);
    if (fullAt === Number.POSITIVE_INFINITY) cut(connection, "too many namespaces");
  });
}

/** The bucket of attempts to open a namespace after one more; infinite where there was none left. */
export function attemptNamespace(fullAt: number, clock: Clock): number {
  const now = clock.elapsed();
  return waitMs(fullAt, now, NAMESPACE_ATTEMPTS) > 0
    ? Number.POSITIVE_INFINITY
    : taken(fullAt, now, NAMESPACE_ATTEMPTS);
}

function insideOf(connection: EngineSocket): Inside {
  return connection as unknown as Inside;
}
