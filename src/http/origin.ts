import type { Peer } from "./peer";

/** Who may use an API from a browser: `listed`, only allowed origins; `any`, all, but only allowed ones with credentials. */
export type OriginPolicy = "any" | "listed";

/**
 * Whether pages of this origin may act with a user's credentials (CONTRACT §2, browser origins): the listed ones, by
 * default any on this machine, and always the server's own.
 *
 * @param hosts what the server is called: Host, and what a trusted proxy was asked for
 * @param listed `HEADEND_CORS_ORIGINS`; undefined means the default
 */
function isAllowedOrigin(origin: string, hosts: readonly string[], listed: readonly string[] | undefined): boolean {
  const url = URL.parse(origin);
  // "null" (a sandboxed frame, a file) is nobody's.
  if (!url || url.origin !== origin.toLowerCase()) return false;
  // A host may be written with the port that its protocol has anyway.
  if (hosts.some((host) => URL.parse(`${url.protocol}//${host}`)?.origin === url.origin)) return true;
  if (listed === undefined) return url.hostname === "localhost" || url.hostname === "127.0.0.1";
  return listed.some((each) => URL.parse(each)?.origin === url.origin);
}

/** Whether cookies of a request count, whose answer has these CORS headers. */
export function takesCookies({ headers }: Request, cors: Record<string, string> | undefined): boolean {
  const isAllowed = headers.get("origin") === null || cors?.["access-control-allow-credentials"] === "true";
  return isAllowed && headers.get("sec-fetch-site") !== "cross-site";
}

/** The CORS headers of an answer; undefined when the request is refused for its origin. */
export function corsHeaders(
  request: Request,
  peer: Peer,
  policy: OriginPolicy,
  listed: readonly string[] | undefined,
): Record<string, string> | undefined {
  const origin = request.headers.get("origin");
  if (origin === null) return {};
  const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  const preflight: Record<string, string> = isPreflight
    ? {
        "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
        "access-control-allow-headers":
          request.headers.get("access-control-request-headers") ?? "authorization,content-type",
        "access-control-max-age": "600",
      }
    : { "access-control-expose-headers": "Retry-After" };
  if (isAllowedOrigin(origin, [peer.host, request.headers.get("host") ?? ""], listed)) {
    return {
      ...preflight,
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      vary: "Origin",
    };
  }
  return policy === "any" ? { ...preflight, "access-control-allow-origin": "*", vary: "Origin" } : undefined;
}
