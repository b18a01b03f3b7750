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

/**
 * Reads what is kept, and of the carriers of tokens only those that count for an API. Replaces the whole header, query
 * and URL, which the engine keeps: a kilobyte and more from a browser.
 */
export function keeperOf(carriers: readonly TokenCarrier[]): (request: Request, url: URL) => Kept {
  const [takesCookie, takesBearer, takesQuery] = (["cookie", "bearer", "query"] as const).map((each) =>
    carriers.includes(each),
  );
  return ({ headers }, { searchParams }) => ({
    userAgent: headers.get("user-agent") ?? undefined,
    origin: headers.get("origin") ?? undefined,
    authorization: takesBearer ? (headers.get("authorization") ?? undefined) : undefined,
    token: takesQuery ? (searchParams.get("token") ?? undefined) : undefined,
    cookie: takesCookie ? (headers.get("cookie") ?? undefined) : undefined,
  });
}
