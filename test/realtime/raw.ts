import { connect, type Socket } from "node:net";

// Clients below Socket.IO's: they can send what no honest client would, and see every packet as it is.

/** Below the least time limit that a test may have, so that it is this that fails. */
const PATIENCE_MS = 4_000;

/** Resolves as soon as `isSo` holds; for what the server does on its own and tells nobody. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await Bun.sleep(5)) {
    if (await isSo()) return;
  }
  throw new Error(`${what} did not happen within ${PATIENCE_MS} ms`);
}

/** The path and query of a handshake. */
export function handshakePath(transport: string, query = ""): string {
  return `/socket.io/?EIO=4&transport=${transport}${query}`;
}

/** A websocket that speaks in packets of Engine.IO. */
export class RawSocket {
  /** Packets that came and were not asked for yet. */
  readonly packets: string[] = [];
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<number>();
  #arrived = Promise.withResolvers<void>();
  isClosed = false;

  constructor(url: string, headers: Record<string, string> = {}, path = handshakePath("websocket")) {
    this.#socket = new WebSocket(url.replace(/^http/, "ws") + path, { headers } as never);
    this.#socket.addEventListener("message", ({ data }) => {
      this.packets.push(String(data));
      this.#arrived.resolve();
    });
    this.#socket.addEventListener("close", ({ code }) => {
      this.isClosed = true;
      this.#closed.resolve(code);
      this.#arrived.resolve();
    });
  }

  /** A socket that has asked for the namespace `/` and not waited for the answer. */
  static async opened(url: string, auth = ""): Promise<RawSocket> {
    const socket = new RawSocket(url);
    await socket.next("0{");
    socket.send(`40${auth}`);
    return socket;
  }

  /** A socket on the namespace `/`. */
  static async connected(url: string, auth = ""): Promise<RawSocket> {
    const socket = await RawSocket.opened(url, auth);
    await socket.next("40");
    return socket;
  }

  /** Takes out the next packet that begins so; what came before it is forgotten. */
  async next(prefix: string): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const index = this.packets.findIndex((packet) => packet.startsWith(prefix));
      if (index !== -1) return this.packets.splice(0, index + 1)[index] as string;
      if (this.isClosed || performance.now() > deadline) throw new Error(`no ${prefix}; came: ${this.packets}`);
      this.#arrived = Promise.withResolvers<void>();
      await Promise.race([this.#arrived.promise, Bun.sleep(deadline - performance.now())]);
    }
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(packet: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(packet);
  }

  /** The close code, once the server has closed it. */
  async closed(): Promise<number> {
    const late = Bun.sleep(PATIENCE_MS).then(() => {
      throw new Error("it was not closed");
    });
    return Promise.race([this.#closed.promise, late]);
  }

  close(): void {
    this.#socket.close();
  }
}

/** A polling client that fetches only when it is told to. */
export class Poller {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  sid = "";

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  /** A session on the namespace `/`, with its greeting taken out. */
  static async connected(url: string, headers: Record<string, string> = {}): Promise<Poller> {
    const poller = new Poller(url, headers);
    if ((await poller.open()) !== 200) throw new Error("the handshake was refused");
    await poller.post("40");
    await poller.get();
    return poller;
  }

  /** The handshake. @returns its status */
  async open(): Promise<number> {
    const response = await fetch(this.#url + handshakePath("polling"), { headers: this.#headers });
    const text = await response.text();
    if (response.ok) this.sid = JSON.parse(text.slice(1)).sid;
    return response.status;
  }

  async post(body: string): Promise<number> {
    const init = { method: "POST", body, headers: { ...this.#headers, "content-type": "text/plain" } };
    const response = await fetch(this.#url + handshakePath("polling", `&sid=${this.sid}`), init);
    await response.text();
    return response.status;
  }

  /** One poll. @returns the packets that came */
  async get(): Promise<string[]> {
    const response = await fetch(this.#url + handshakePath("polling", `&sid=${this.sid}`), { headers: this.#headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`the poll was answered with ${response.status}`);
    return text.split("\u001e");
  }
}

/** A TCP connection that says what it is told and reads only while it is not paused. */
export class Tcp {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #arrived = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#chunks.push(Buffer.from(chunk));
      this.#arrived.resolve();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended.resolve();
      this.#arrived.resolve();
    });
  }

  static async open(url: string): Promise<Tcp> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Tcp(socket);
  }

  /** A websocket by hand, on the namespace `/`. */
  static async websocket(url: string): Promise<Tcp> {
    const tcp = await Tcp.open(url);
    tcp.write(
      `GET ${handshakePath("websocket")} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await tcp.read("0{");
    tcp.frame("40");
    await tcp.read('42["welcome"');
    return tcp;
  }

  write(data: string | Uint8Array): void {
    this.#socket.write(data);
  }

  /** A text frame; clients must mask, and a mask of zeros is one. */
  frame(text: string): void {
    const data = Buffer.from(text);
    if (data.length > 125) throw new Error("too long for a test");
    this.write(Buffer.concat([Buffer.from([0x81, 0x80 | data.length, 0, 0, 0, 0]), data]));
  }

  /** Waits until `text` has come, and gives everything that came so far. */
  async read(text: string): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const all = this.bytes().toString("latin1");
      if (all.includes(text)) return all;
      if (performance.now() > deadline) throw new Error(`no ${text} in ${all.slice(0, 500)}`);
      this.#arrived = Promise.withResolvers<void>();
      await Promise.race([this.#arrived.promise, Bun.sleep(100)]);
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  pause(): void {
    this.#socket.pause();
  }

  /** Reads on until the server ends the connection. */
  async drained(): Promise<Buffer> {
    this.#socket.resume();
    await this.#ended.promise;
    return this.bytes();
  }

  close(): void {
    this.#socket.destroy();
  }
}
