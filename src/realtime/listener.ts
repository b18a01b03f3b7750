import type { WebSocketData } from "@socket.io/bun-engine";
import { type Limits, rate } from "../domain/limits";
import { corsHeaders, takesCookies } from "../http/origin";
import { isUntrustedProxy, type Peer, peerOf } from "../http/peer";
import { type Address, type Bound, bind, stopServer } from "../http/port";
import { MAX_BODY_BYTES } from "../http/rest";
import type { Log } from "../runtime/log";
import { clientBundle } from "./bundle";
import { MAX_BACKLOG_BYTES } from "./connection";
import type { Endpoint } from "./endpoint";
import type { Route } from "./route";

interface ListenerOptions extends Address {
  readonly log: Log;
  readonly limits: Limits;
  readonly trustedHops: number;
  /** `HEADEND_CORS_ORIGINS` */
  readonly origins: readonly string[] | undefined;
  readonly maxPayloadBytes: number;
  readonly isDraining: () => boolean;
  /** A proxy nobody told us of is in front; called once at most. */
  readonly sawUntrustedProxy?: () => void;
  readonly route: (host: string, path: string) => Route | undefined;
}

/** Above the limit of a body, so that what is a little too large is refused with a message and not by Bun, without. */
const MAX_REQUEST_BYTES = 2 * MAX_BODY_BYTES;
/** Twice the engine's ping interval: a poll that waits is no idle connection. */
const IDLE_TIMEOUT_S = 60;
/** Handshakes from everywhere together: what one process can take, several times over. */
const ALL_HANDSHAKES = rate(5_000, 1_000, 20_000);
const SOCKET_PATH = "/socket.io/";
const CLOSE_UNSUPPORTED_DATA = 1003;
const BASE64_MARK = 98;

/**
 * A port. Finds the API of each request, settles what can be settled before anybody is trusted (peer, origin, how
 * many handshakes), and passes on to the API's engine or its REST calls.
 *
 * @throws Fault when the port cannot be had
 */
export function listen(options: ListenerOptions): Bound {
  const { log, limits, trustedHops, origins } = options;
  let hasWarnedOfProxy = false;

  async function answer(request: Request, server: Bun.Server<WebSocketData>): Promise<Response | undefined> {
    const socketAddress = server.requestIP(request)?.address ?? "unknown";
    const address = peerOf(request, socketAddress, trustedHops);
    if (!hasWarnedOfProxy && isUntrustedProxy(request, socketAddress, trustedHops)) {
      hasWarnedOfProxy = true;
      options.sawUntrustedProxy?.();
      log.warn(
        "a proxy in front says whom it speaks for, but is not trusted: set HEADEND_TRUSTED_PROXIES to the number of proxies",
      );
    }
    const url = new URL(request.url);
    const route = options.route(address.host, url.pathname);
    if (!route) return Response.json({ message: `Not found: ${url.pathname} belongs to no API here` }, { status: 404 });
    const { endpoint, path } = route;
    const cors = corsHeaders(request, address, endpoint.api.origins, origins);
    const peer: Peer = { ...address, takesCookies: takesCookies(request, cors) };
    const isSocket = path === SOCKET_PATH;
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      return new Response(null, { status: cors ? 204 : 403, headers: cors ?? {} });
    }
    const response = isSocket
      ? await handshake(request, server, url, endpoint, peer, cors !== undefined)
      : (clientBundle(path) ?? (await endpoint.behaviour.fetch(request, peer, path)));
    if (!cors || !response) return response;
    for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
    return response;
  }

  async function handshake(
    request: Request,
    server: Bun.Server<WebSocketData>,
    url: URL,
    endpoint: Endpoint,
    peer: Peer,
    isOriginAllowed: boolean,
  ): Promise<Response | undefined> {
    const sid = url.searchParams.get("sid");
    // To the engine an empty one is none, so that it would open a connection that nothing here has looked at.
    if (sid === "") return new Response("Session ID unknown", { status: 400 });
    if (isOddUpgrade(request, url)) return new Response("Bad upgrade", { status: 400 });
    // Only the first request of a connection has no session id; what follows was settled with it.
    if (sid === null) {
      return handshakeRefusal(endpoint, peer, isOriginAllowed) ?? endpoint.open(request, server, url, peer);
    }
    if (request.method === "POST") {
      // The engine counts characters, of which one may be three bytes.
      const bytes = await request.clone().arrayBuffer();
      if (bytes.byteLength > options.maxPayloadBytes) {
        endpoint.cut(sid, "payload too large");
        return new Response(null, { status: 413 });
      }
    }
    return endpoint.engine.handleRequest(request, server);
  }

  function handshakeRefusal(endpoint: Endpoint, peer: Peer, isOriginAllowed: boolean): Response | undefined {
    if (options.isDraining()) return new Response("Restarting", { status: 503, headers: { "retry-after": "2" } });
    if (!isOriginAllowed) return new Response("Origin not allowed", { status: 403 });
    const waitMs = limits.take([
      { key: "handshakes", rate: ALL_HANDSHAKES },
      { key: `handshakes ${endpoint.api.name} ${peer.network}`, rate: endpoint.handshakeRate },
    ]);
    // Over its limit a client hears why in Socket.IO's terms, which takes a connection; there must be an end to those too.
    const isFar = endpoint.connectionsOf(peer.network) >= 2 * endpoint.maxConnectionsPerAddress;
    if (waitMs === 0 && !isFar) return undefined;
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    return new Response("Too many connections", { status: 429, headers: { "retry-after": String(seconds) } });
  }

  const server = bind(options, (hostname, port) =>
    Bun.serve<WebSocketData>({
      hostname,
      port,
      idleTimeout: IDLE_TIMEOUT_S,
      maxRequestBodySize: MAX_REQUEST_BYTES,
      fetch: answer,
      error(error) {
        log.error({ err: error }, "a request failed");
        return Response.json({ message: "Internal error" }, { status: 500 });
      },
      websocket: {
        maxPayloadLength: options.maxPayloadBytes,
        perMessageDeflate: false,
        // Without this Bun drops what does not fit and leaves the client connected, with holes in what it got.
        backpressureLimit: MAX_BACKLOG_BYTES,
        closeOnBackpressureLimit: true,
        open: (ws) => ws.data.transport.onOpen(ws),
        message(ws, message) {
          // Engine.IO takes a text that begins with b for base64.
          const isText = typeof message === "string" && message.charCodeAt(0) !== BASE64_MARK;
          if (isText) ws.data.transport.onMessage(message);
          else ws.close(CLOSE_UNSUPPORTED_DATA, "binary frames are not accepted");
        },
        close: (ws, code, reason) => ws.data.transport.onCloseEvent(code, reason),
      },
    }),
  );
  return { port: server.port ?? options.port, stop: () => stopServer(server) };
}

/**
 * An upgrade to something else than a websocket, a websocket without an upgrade, or an upgrade of another transport: the
 * engine would make a mess of each.
 */
function isOddUpgrade({ headers }: Request, url: URL): boolean {
  const isWebSocket = url.searchParams.get("transport") === "websocket";
  if (!headers.has("upgrade")) return isWebSocket;
  const isUpgrade = headers.get("upgrade")?.toLowerCase() === "websocket" && headers.has("sec-websocket-key");
  return !(isWebSocket && isUpgrade);
}
