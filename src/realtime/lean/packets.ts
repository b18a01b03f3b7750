/** A packet of Socket.IO, as its own decoder gives it. */
export interface Packet {
  type: number;
  nsp: string;
  id?: number;
  data?: unknown;
}

/** What is used of Socket.IO's decoder: its reading of one text, which keeps nothing. Private to it, so its version is pinned. */
export interface Decoder {
  /** @throws Error when the text is no packet */
  decodeString(text: string): Packet;
}

export const CONNECT = 0;
export const EVENT = 2;
export const ACK = 3;
export const CONNECT_ERROR = 4;
const BINARY_EVENT = 5;
const BINARY_ACK = 6;

const DIGIT_0 = 48;
const DIGIT_9 = 57;
const SLASH = 47;
const BRACKET = 91;
/** A whole number of so many digits is exact. */
const MAX_DIGITS = 15;
/** Names that are no events; Socket.IO says what becomes of them. */
const RESERVED = new Set(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]);

/**
 * Reads a packet. Replaces a decoder per connection, with its emitter and what it waits for: no API has attachments, so
 * nothing is ever waited for. The usual event is read here, in a third of the time; whatever is not exactly that is left
 * to Socket.IO's own reading.
 *
 * @throws Error when the text is no packet
 */
export function decode(text: string, decoder: Decoder): Packet {
  // To the decoder an empty text opens a namespace.
  if (text === "") throw new Error("an empty packet");
  return eventIn(text) ?? decoder.decodeString(text);
}

/** Whether attachments are announced, that would come as binary frames. */
export function isBinary({ type }: Packet): boolean {
  return type === BINARY_EVENT || type === BINARY_ACK;
}

function eventIn(text: string): Packet | undefined {
  if (text.charCodeAt(0) !== DIGIT_0 + EVENT) return undefined;
  let at = 1;
  let nsp = "/";
  if (text.charCodeAt(at) === SLASH) {
    at = text.indexOf(",");
    if (at < 0) return undefined;
    nsp = text.slice(1, at++);
  }
  let id: number | undefined;
  const begin = at;
  for (let code = text.charCodeAt(at); code >= DIGIT_0 && code <= DIGIT_9; code = text.charCodeAt(++at)) {
    id = (id ?? 0) * 10 + code - DIGIT_0;
  }
  if (at - begin > MAX_DIGITS || text.charCodeAt(at) !== BRACKET) return undefined;
  const data = parsed(text.slice(at));
  if (!Array.isArray(data) || typeof data[0] !== "string" || RESERVED.has(data[0])) return undefined;
  return id === undefined ? { type: EVENT, nsp, data } : { type: EVENT, nsp, id, data };
}

export function isReserved(event: string): boolean {
  return RESERVED.has(event);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The beginning of a packet: its type and, where it is not the main one, its namespace. */
export function heading(type: number, namespace: string): string {
  return namespace === "/" ? `${type}` : `${type}${namespace},`;
}
