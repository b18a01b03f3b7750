import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Refusal, type RefusalCode } from "../refusal";
import type { Log } from "../runtime/log";
import type { Peer } from "./peer";
import type { Routes, Schema } from "./route";

/** What the listener knows of a request. */
export interface RestEnv {
  Bindings: { peer: Peer; path: string };
}

/** What is the same for all REST calls of an API. */
export interface RestStyle {
  /** The scope of the API keys that open it. */
  readonly keyScope: string;
  /** The cookies that may hold a token. */
  readonly cookies?: readonly string[];
  /** What stands around an answer besides `data`; absent where answers are bare. */
  readonly envelope?: Readonly<Record<string, unknown>>;
  /** How it says no. */
  refusal(refusal: Refusal): object;
  readonly refusalSchema: Schema;
}

/** The REST calls of an API, as data. */
export interface Rest extends RestStyle {
  readonly routes: Routes;
}

/** Bytes of one HTTP body (CONTRACT §1). */
export const MAX_BODY_BYTES = 1 << 20;

const STATUS: Readonly<Record<RefusalCode, ContentfulStatusCode>> = {
  authentication_failed: 401,
  permission_denied: 403,
  rate_limit_exceeded: 429,
  invalid_request: 400,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
  internal: 500,
};
const STATUS_OF_REASON: Readonly<Record<string, ContentfulStatusCode>> = {
  too_large: 413,
  media_type: 415,
  no_answer: 504,
};

/** The HTTP status of a refusal. */
export function statusOf({ code, reason }: Pick<Refusal, "code" | "reason">): ContentfulStatusCode {
  return STATUS_OF_REASON[reason ?? ""] ?? STATUS[code];
}

/** A Hono app that answers refusals in a way of its own: `body` is the JSON of one. */
export function restApp(log: Log, body: (refusal: Refusal) => object): Hono<RestEnv> {
  const app = new Hono<RestEnv>({ getPath: (_request, options) => options?.env?.path ?? "/" });
  const refuse = (c: Context<RestEnv>, refusal: Refusal) => {
    const status = statusOf(refusal);
    if (refusal.retryAfterMs !== undefined) c.header("Retry-After", String(Math.ceil(refusal.retryAfterMs / 1000)));
    if (status === 401) c.header("WWW-Authenticate", "Bearer");
    return c.json(body(refusal), status);
  };
  app.onError((error, c) => {
    const refusal = Refusal.from(error);
    if (refusal.code === "internal") log.error({ err: refusal.cause, path: c.req.path }, "a call failed");
    return refuse(c, refusal);
  });
  app.notFound((c) => refuse(c, new Refusal("not_found", `Not found: ${c.req.method} ${c.req.path}`)));
  app.use(async (c, next) => {
    await next();
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
  });
  return app;
}

/** The token of an `Authorization: Bearer` header. */
export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}
