import { isLoopback, peerOf } from "../http/peer";
import { type Address, type Bound, bind, stopServer } from "../http/port";
import { MAX_BODY_BYTES } from "../http/rest";
import type { Log } from "../runtime/log";
import type { Desk } from "./desk";
import { guard } from "./headers";

interface ConsoleOptions extends Address {
  readonly log: Log;
  readonly trustedHops: number;
  readonly isReady: () => boolean;
  /** Undefined until the server is ready. */
  readonly desk: () => Desk | undefined;
}

interface Console extends Bound {
  /** How long a call may say nothing before it is cut; 0 = for ever. */
  readonly setPatience: (request: Request, seconds: number) => void;
}

const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether the console can be reached from this machine only. */
export function isLocalHost(hostname: string): boolean {
  return isLoopback(hostname) || hostname === "localhost";
}

/**
 * The operator's listener. It answers the two probes from the first moment on, and everything else once there is a desk.
 * On loopback only a local name is answered: a page elsewhere whose domain is pointed at this machine must not read it.
 *
 * @throws Fault when the port cannot be had
 */
export function openConsole(options: ConsoleOptions): Console {
  const isLocal = isLocalHost(options.hostname);

  async function answer(request: Request, server: Bun.Server<undefined>): Promise<Response> {
    const url = new URL(request.url);
    if (isLocal && !LOCAL_NAMES.has(url.hostname)) {
      return text("This console answers to localhost only\n", 403);
    }
    if (url.pathname === "/healthz") return guard(Response.json({ status: "ok" }), []);
    const isReady = options.isReady();
    const desk = options.desk();
    if (url.pathname === "/readyz" || !isReady || !desk) {
      return guard(Response.json({ status: isReady ? "ready" : "not ready" }, { status: isReady ? 200 : 503 }), []);
    }
    const peer = peerOf(request, server.requestIP(request)?.address ?? "unknown", options.trustedHops);
    return desk.fetch(request, peer, url.pathname);
  }

  const server = bind(options, (hostname, port) =>
    Bun.serve({
      hostname,
      port,
      maxRequestBodySize: 2 * MAX_BODY_BYTES,
      fetch: answer,
      error(error) {
        options.log.error({ err: error }, "the console failed to answer");
        return text("Internal error\n", 500);
      },
    }),
  );
  return {
    port: server.port ?? options.port,
    stop: () => stopServer(server),
    setPatience: (request, seconds) => server.timeout(request, seconds),
  };
}

function text(body: string, status: number): Response {
  return guard(new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } }), []);
}
