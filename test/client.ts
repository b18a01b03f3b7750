import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

type Options = Partial<ManagerOptions & SocketOptions>;

/** How long a test waits for what must come; far more than it takes, so that a slow machine does not fail it. */
const PATIENCE_MS = 5_000;

/** A real client that remembers everything it hears, so that a test can also say that nothing else came. */
export class Client {
  readonly socket: Socket;
  readonly #heard: { event: string; payload: unknown }[] = [];
  readonly #waiting: { event: string; resolve: (payload: never) => void }[] = [];

  /** @param of a URL, or a socket that shares its connection with others */
  constructor(of: string | Socket, options: Options = {}) {
    this.socket =
      typeof of === "string"
        ? io(of, { transports: ["websocket"], forceNew: true, reconnection: false, ...options })
        : of;
    this.socket.onAny((event: string, payload: unknown) => {
      const index = this.#waiting.findIndex((waiter) => waiter.event === event);
      if (index === -1) this.#heard.push({ event, payload });
      else this.#waiting.splice(index, 1)[0]?.resolve(payload as never);
    });
  }

  /** What came so far and was not asked for. */
  get heard(): { event: string; payload: unknown }[] {
    return [...this.#heard];
  }

  get id(): string {
    return this.socket.id ?? "";
  }

  /** Resolves once the namespace is open; rejects with the `connect_error`. */
  async connected(): Promise<this> {
    if (this.socket.connected) return this;
    await within("connect", (resolve, reject) => {
      this.socket.once("connect", () => resolve(undefined));
      this.socket.once("connect_error", reject);
    });
    return this;
  }

  /** The next payload of an event, from those that came and were not asked for yet. */
  next<T = Record<string, unknown>>(event: string): Promise<T> {
    const index = this.#heard.findIndex((each) => each.event === event);
    if (index !== -1) return Promise.resolve(this.#heard.splice(index, 1)[0]?.payload as T);
    return within(event, (resolve) => this.#waiting.push({ event, resolve }));
  }

  /** Sends and gives the acknowledgement. */
  ask<T = Record<string, unknown>>(event: string, ...args: unknown[]): Promise<T> {
    return within(`ack of ${event}`, (resolve) => this.socket.emit(event, ...args, resolve));
  }

  send(event: string, ...args: unknown[]): void {
    this.socket.emit(event, ...args);
  }

  /** Why the socket was closed, once it is. */
  disconnected(): Promise<string> {
    return within("disconnect", (resolve) => this.socket.once("disconnect", resolve));
  }

  /**
   * What came and was not asked for. Asks the server a question first: answers keep their order, so whatever it sent
   * before has arrived when the answer is here.
   */
  async rest(): Promise<{ event: string; payload: unknown }[]> {
    await this.ask("no such event");
    return this.heard;
  }

  close(): void {
    this.socket.close();
  }
}

function within<T>(
  what: string,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not come within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    begin(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
