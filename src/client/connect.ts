import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { errorOf, HeadendError } from "./error";

/** A token, or where to get one: a function is asked on every connection, so that tokens may run out. */
export type Token = string | (() => string | Promise<string>);

/** A session that was open for longer was a good one. */
const LASTED_MS = 30_000;

type SocketIoOptions = Partial<Omit<ManagerOptions & SocketOptions, "auth" | "retries" | "ackTimeout">>;

/** What socket.io-client takes, and what Headend adds. */
export interface ConnectOptions extends SocketIoOptions {
  /**
   * Hears every no of the server that no `ask` waits for, as an error: refused events, failed sign-ins, sessions that
   * were ended.
   */
  readonly onRefused?: (error: HeadendError) => void;
}

/** What differs between the APIs. */
export interface Wire {
  readonly namespace: string;
  readonly token?: Token | undefined;
  /** What the handshake says. */
  readonly handshake?: (token: string | undefined) => object;
  /** Signs in where the handshake does not. What it emits is sent before everything that was emitted so far. */
  readonly signIn?: (socket: Socket, token: string, refused: (error: unknown) => void) => void;
  /** The events that say no. */
  readonly refusals: readonly string[];
}

/**
 * Opens a namespace. The socket is socket.io-client's own, with all that its documentation says; it comes back after a
 * loss of the connection and signs in again. Where the server itself ended the session and the token is a function that
 * has another one by now, it comes back as well.
 *
 * @param url where the API is; in single-port mode with the API's path, `https://example.com/live`
 */
export function connect(url: string, { onRefused, ...options }: ConnectOptions, wire: Wire): Socket {
  const { token, namespace, handshake, signIn } = wire;
  const { protocol, host, pathname, search } = new URL(
    url,
    (globalThis as { location?: { href: string } }).location?.href,
  );
  let used: string | undefined;
  /** The token with which the server has ended the session. */
  let spent: string | undefined;
  let renewals = 0;
  let openedAt = 0;
  let openings = 0;
  let signingIn: Socket["sendBuffer"] = [];

  const refused = (error: unknown) => onRefused?.(errorOf(error, "authentication_failed"));

  /** Socket.IO calls it whenever the namespace is about to open, the first time and every other. */
  async function introduce(open: (auth: object) => void): Promise<void> {
    const opening = ++openings;
    // The connection that wanted it may be gone by then, and perhaps another one is being opened.
    const isWanted = () => opening === openings && socket.active;
    if (spent !== undefined) {
      await pauseBeforeRenewal();
      if (!isWanted()) return;
    }
    let failure: unknown;
    try {
      used = await (typeof token === "function" ? token() : token);
    } catch (cause) {
      failure = cause;
    }
    if (!isWanted()) return;
    if (failure !== undefined) {
      refused(new HeadendError("unavailable", `There is no token: ${(failure as Error)?.message ?? failure}`));
      // Like a connection that failed: Socket.IO tries again.
      socket.io.engine.close();
      return;
    }
    if (spent !== undefined && used === spent) {
      socket.disconnect();
      return;
    }
    spent = undefined;
    if (signIn && used !== undefined) {
      // What waits to be sent goes after it; the sign-in of an opening that came to nothing goes not at all.
      const waiting = socket.sendBuffer.splice(0).filter((packet) => !signingIn.includes(packet));
      signIn(socket, used, refused);
      signingIn = [...socket.sendBuffer];
      socket.sendBuffer.push(...waiting);
    }
    open(handshake?.(used) ?? {});
  }

  /** Who is refused with every token there is must not ask without end, and ever faster. */
  function pauseBeforeRenewal(): Promise<void> {
    const [least = 1_000, most = 5_000] = [socket.io.reconnectionDelay(), socket.io.reconnectionDelayMax()];
    return new Promise((resolve) => setTimeout(resolve, Math.min(most, least * 2 ** renewals++)));
  }

  /** After the server's own end of the session: only another token can be of use. */
  function renew(): void {
    if (typeof token !== "function" || options.reconnection === false) return;
    spent = used;
    socket.connect();
  }

  const socket = io(`${protocol}//${host}${namespace}${search}`, {
    path: `${pathname.replace(/\/+$/, "")}/socket.io/`,
    // One request instead of three, and sessions need not stick; polling where a proxy knows no websockets.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    ...options,
    auth: (open) => void introduce(open),
  });
  for (const event of wire.refusals) socket.on(event, refused);
  socket.on("connect_error", (error) => {
    // While it is active it is the network's fault, and is tried again.
    if (socket.active) return;
    refused(error);
    renew();
  });
  socket.on("connect", () => {
    openedAt = performance.now();
  });
  socket.on("disconnect", (reason) => {
    if (performance.now() - openedAt > LASTED_MS) renewals = 0;
    if (reason === "io server disconnect") renew();
  });
  return socket;
}
