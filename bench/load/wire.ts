/**
 * A websocket of the load side, on bare TCP. Bun's own client makes a string and an event of every message; this one
 * looks at the bytes where they lie, which is what lets one core hear what a server can say with another. Text frames
 * in one piece, no compression: it says so in its handshake, and all servers keep to that.
 */
export abstract class Wire {
  #socket: Bun.Socket<Wire> | undefined;
  #isUpgraded = false;
  /** The beginning of a frame whose end has not come yet. */
  #rest: Buffer | undefined;
  #isClosing = false;

  /** Resolves with the TCP connection; the websocket and what is above it come later. */
  async connect(port: number): Promise<void> {
    this.#socket = await Bun.connect<Wire>({ hostname: "127.0.0.1", port, data: this, socket: HANDLERS });
    this.#socket.write(HANDSHAKE);
  }

  send(text: string): void {
    const frame = frameOf(text);
    if (this.#isClosing || !this.#socket) return;
    if (this.#socket.write(frame) !== frame.length) this.ended("the server does not read what is sent to it");
  }

  close(): void {
    this.#isClosing = true;
    this.#socket?.end();
  }

  /** What came over TCP, cut anywhere. */
  read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const read = this.#isUpgraded ? this.#readFrames(bytes, 0) : this.#readUpgrade(bytes);
    this.#rest = read < bytes.length ? Buffer.from(bytes.subarray(read)) : undefined;
  }

  closed(): void {
    if (!this.#isClosing) this.ended("closed by the server");
  }

  /** A text frame: the bytes from `start` to `end`, gone after the call. */
  protected abstract received(bytes: Buffer, start: number, end: number): void;
  /** It will not go on, and was not closed from here. */
  protected abstract ended(why: string): void;

  /** @returns up to where it is read */
  #readUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return 0;
    const status = bytes.toString("latin1", 0, bytes.indexOf("\r\n"));
    this.#isUpgraded = status.startsWith("HTTP/1.1 101");
    if (this.#isUpgraded) return this.#readFrames(bytes, end + 4);
    this.ended(`refused: ${status}`);
    return bytes.length;
  }

  /** @returns up to where it is read: the beginning of a frame whose end is missing */
  #readFrames(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1] as number;
      const start = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
      if (bytes.length < start) break;
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? bytes.readUInt32BE(at + 6) : short;
      const end = start + length;
      if (end > bytes.length) break;
      const kind = bytes[at];
      if (kind === TEXT) this.#readText(bytes, start, end);
      else this.ended(kind === CLOSE ? "the server says goodbye" : `a frame of kind ${kind}`);
      at = end;
    }
    return at;
  }

  #readText(bytes: Buffer, start: number, end: number): void {
    // Engine.IO's heartbeat.
    if (end === start + 1 && bytes[start] === PING) this.send("3");
    else this.received(bytes, start, end);
  }
}

const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x32;
/** Servers undo it as they must; it says nothing. */
const MASK = [0x5a, 0xc3, 0x1e, 0x97] as const;
const HANDSHAKE = [
  "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "User-Agent: headend-bench",
  "\r\n",
].join("\r\n");

const HANDLERS: Bun.SocketHandler<Wire> = {
  data: (socket, chunk) => socket.data.read(chunk),
  close: (socket) => socket.data.closed(),
  error: (socket) => socket.data.closed(),
};

/** A client's text frame; everything sent here is ASCII and below 64 KB. */
export function frameOf(text: string): Buffer {
  const { length } = text;
  const start = length < 126 ? 6 : 8;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = TEXT;
  frame[1] = 0x80 | (start === 6 ? length : 126);
  if (start === 8) frame.writeUInt16BE(length, 2);
  for (let at = 0; at < 4; at++) frame[start - 4 + at] = MASK[at] as number;
  for (let at = 0; at < length; at++) frame[start + at] = text.charCodeAt(at) ^ (MASK[at & 3] as number);
  return frame;
}
