import { type Context, Hono } from "hono";
import type { ApiKeys } from "../domain/keys/apikeys";
import type { Tokens } from "../domain/tokens/tokens";
import { isLoopback } from "../http/peer";
import { type Address, type Bound, bind, stopServer } from "../http/port";
import { bearerOf } from "../http/rest";
import type { Log } from "../runtime/log";

/** What the console shows, once there is something to show. */
export interface Exhibits {
  readonly apiKeys: ApiKeys;
  readonly tokens: Tokens;
  metrics(): Promise<string>;
  /** AsyncAPI documents by API. */
  readonly documents: ReadonlyMap<string, object>;
}

interface ConsoleOptions extends Address {
  readonly log: Log;
  readonly isReady: () => boolean;
  /** Undefined until the server is ready. */
  readonly exhibits: () => Exhibits | undefined;
}

const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The operator's listener. On loopback reading is free, but only under a local name: a page elsewhere whose domain is
 * pointed at this machine must not read it. Beyond loopback everything but the two probes takes an API key with the
 * scope `metrics` or an admin's token.
 *
 * @throws Fault when the port cannot be had
 */
export function openConsole(options: ConsoleOptions): Bound {
  const isLocal = isLoopback(options.hostname) || options.hostname === "localhost";
  const app = new Hono();

  app.use(async (c, next) => {
    const name = new URL(c.req.url).hostname;
    if (isLocal && !LOCAL_NAMES.has(name)) return c.text("This console answers to localhost only\n", 403);
    await next();
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
    return;
  });

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", (c) => (options.isReady() ? c.json({ status: "ready" }) : c.json({ status: "not ready" }, 503)));

  app.use(async (c, next) => {
    const exhibits = options.exhibits();
    if (!exhibits) return c.json({ status: "not ready" }, 503);
    if (!isLocal && !(await mayRead(c, exhibits))) {
      c.header("WWW-Authenticate", "Bearer");
      return c.text("An API key with the scope metrics, or an admin's token, is needed\n", 401);
    }
    return next();
  });

  app.get("/", (c) => {
    const documents = [...(options.exhibits()?.documents.keys() ?? [])].map((api) => `/asyncapi/${api}.json`);
    return c.text(["Headend", "", "/healthz", "/readyz", "/metrics", ...documents, ""].join("\n"));
  });
  app.get("/metrics", async (c) => {
    c.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return c.body((await options.exhibits()?.metrics()) ?? "");
  });
  app.get("/asyncapi/:file{[a-z]+\\.json}", (c) => {
    const document = options.exhibits()?.documents.get(c.req.param("file").replace(".json", ""));
    return document ? c.json(document) : c.notFound();
  });
  app.onError((error, c) => {
    options.log.error({ err: error, path: c.req.path }, "the console failed to answer");
    return c.text("Internal error\n", 500);
  });

  const server = bind(options, (hostname, port) =>
    Bun.serve({ hostname, port, fetch: (request) => app.fetch(request) }),
  );
  return { port: server.port ?? options.port, stop: () => stopServer(server) };
}

async function mayRead(c: Context, { apiKeys, tokens }: Exhibits): Promise<boolean> {
  const credential = c.req.header("x-api-key") ?? bearerOf(c.req.raw);
  if (!credential) return false;
  if (apiKeys.allows(credential, "metrics")) return true;
  const identity = await tokens.verify(credential).catch(() => undefined);
  return identity?.roles.includes("admin") ?? false;
}
