import { io, type Socket } from "socket.io-client";

/** The server that is looked at. */
export interface Target {
  /** Base URL of the API's REST calls. */
  readonly url: string;
  /** Path of its Socket.IO server. */
  readonly socketPath: string;
  /** A valid token of the user that checks use. */
  readonly token: string;
  /** A valid token of another user of checks, whose id begins as that of the first. */
  sign(name: string, role?: string): Promise<string>;
}

/** One example of a document, as a client of it would run it. */
export interface Check {
  readonly name: string;
  /** Heading of the document. */
  readonly source: string;
  /** Throws, with a reason worth reading, when the server does not do what the document says. */
  run(target: Target): Promise<void>;
}

const PATIENCE_MS = 5_000;

/** Opens a socket as the documents do, lends it to `work` and closes it. */
export async function withSocket(
  { url, socketPath }: Target,
  transport: "websocket" | "polling",
  work: (socket: Socket) => Promise<void>,
  auth: object = {},
  namespace = "",
): Promise<void> {
  const socket = io(new URL(url).origin + namespace, {
    path: socketPath,
    auth,
    transports: [transport],
    forceNew: true,
    reconnection: false,
  });
  try {
    await within("the connection", (resolve, reject) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("connect_error", reject);
    });
    await work(socket);
  } finally {
    socket.close();
  }
}

/** Waits for something that must happen soon. */
export function within<T>(
  what: string,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${what} did not come within ${PATIENCE_MS / 1000} s`)),
      PATIENCE_MS,
    );
    const settle =
      <V>(then: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer);
        then(value);
      };
    begin(settle(resolve), settle(reject));
  });
}

/** As a person's hands between two keystrokes. */
export function pause(ms: number): Promise<void> {
  return Bun.sleep(ms);
}

/** A REST call with the target's token; throws unless it answers 2xx. */
export async function call<T>(
  { url, token }: Pick<Target, "url" | "token">,
  path: string,
  json?: unknown,
  method = json === undefined ? "GET" : "POST",
): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Compares as JSON, which is what a client sees. */
export function expectSame(what: string, seen: unknown, wanted: unknown): void {
  if (!Bun.deepEquals(seen, wanted)) {
    throw new Error(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(seen)}`);
  }
}
