import type { TokenCarrier } from "../api";

/** What is kept of a handshake's request: what is read later, as long as the connection lives. */
export interface Kept {
  readonly userAgent: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
  /** Of the query. */
  readonly token: string | undefined;
  /** Renewed when the browser gets another one. */
  cookie: string | undefined;
}

/** So many browsers are remembered; then it begins anew. */
const MAX_KINDS = 1_024;

/**
 * Reads what is kept, and of the carriers of tokens only those that count for an API. Replaces the whole header, query
 * and URL, which the engine keeps: a kilobyte and more from a browser. What two connections have in common is kept once.
 */
export function keeperOf(carriers: readonly TokenCarrier[]): (request: Request, url: URL) => Kept {
  const [takesCookie, takesBearer, takesQuery] = (["cookie", "bearer", "query"] as const).map((each) =>
    carriers.includes(each),
  );
  const kinds = new Map<string, Kept>();
  return ({ headers }, { searchParams }) => {
    const userAgent = headers.get("user-agent") ?? undefined;
    const origin = headers.get("origin") ?? undefined;
    const authorization = takesBearer ? (headers.get("authorization") ?? undefined) : undefined;
    const token = takesQuery ? (searchParams.get("token") ?? undefined) : undefined;
    const cookie = takesCookie ? (headers.get("cookie") ?? undefined) : undefined;
    const kept = { userAgent, origin, authorization, token, cookie };
    // A token is one's own, and a cookie may be renewed.
    if (authorization ?? token ?? cookie) return kept;
    const kind = `${userAgent}\n${origin}`;
    const known = kinds.get(kind);
    if (known) return known;
    if (kinds.size >= MAX_KINDS) kinds.clear();
    kinds.set(kind, kept);
    return kept;
  };
}
