import type { ApiKeys } from "../domain/keys/apikeys";
import { type Limits, rate } from "../domain/limits";
import type { Identity } from "../domain/tokens/identity";
import type { Tokens } from "../domain/tokens/tokens";
import { Refusal } from "../refusal";
import type { RawCall } from "./call";
import { cookieOf } from "./cookies";
import { bearerOf } from "./rest";
import type { Access } from "./route";

/** CONTRACT §3.6 */
const WRITES = rate(20, 1_000, 40);

/** Lets a caller pass, and says what is known of them. @throws Refusal */
export type Rule<Caller> = (call: RawCall) => Caller | Promise<Caller>;
/** A rule for each word of access that an API uses. */
export type Rules<Callers> = { readonly [A in keyof Callers]: Rule<Callers[A]> };

type Nobody = Record<never, never>;
interface Somebody {
  readonly identity: Identity;
}

/** What handlers are told of their callers, by the words that every API understands. */
export interface CommonCallers {
  readonly anyone: Nobody;
  readonly user: Somebody;
  readonly admin: Somebody;
  readonly key: Nobody;
}

interface Doors {
  readonly tokens: Tokens;
  readonly limits: Limits;
  readonly apiKeys: ApiKeys;
}

interface Marks {
  /** Of the keys that open. */
  readonly keyScope: string;
  /** The cookies that may hold a token. */
  readonly cookies?: readonly string[];
}

/** The rules of the common words. Whoever changes something as a user may do so only so many times a second. */
export function commonRules(
  { tokens, limits, apiKeys }: Doors,
  { keyScope, cookies = [] }: Marks,
): Rules<CommonCallers> {
  const identify = async ({ request, peer }: RawCall): Promise<Identity> => {
    const token = bearerOf(request) ?? cookieOf(request.headers.get("cookie") ?? undefined, cookies, peer);
    if (token) return tokens.verify(token);
    throw new Refusal("authentication_failed", "Authentication required: send Authorization: Bearer <token>");
  };
  return {
    anyone: () => ({}),
    user: async (call) => {
      const identity = await identify(call);
      limitWrites(limits, call, identity.userId);
      return { identity };
    },
    admin: async (call) => {
      const identity = await identify(call);
      if (!identity.roles.includes("admin")) throw new Refusal("permission_denied", "Admin access required");
      limitWrites(limits, call, identity.userId);
      return { identity };
    },
    key: ({ request }) => {
      if (!hasKey(request, apiKeys, keyScope)) throw keyNeeded();
      return {};
    },
  };
}

/** Whether a request carries an API key of this scope; a user's token is none, whoever the user is. */
export function hasKey(request: Request, apiKeys: ApiKeys, scope: string): boolean {
  const key = request.headers.get("x-api-key") ?? bearerOf(request);
  return key !== undefined && apiKeys.allows(key, scope);
}

export function keyNeeded(): Refusal {
  return new Refusal("authentication_failed", "An API key is needed: send X-API-Key");
}

/** A user may change so many things a second, over all APIs. @throws Refusal `rate_limit_exceeded` */
export function limitWrites(limits: Limits, { route }: RawCall, userId: string): void {
  if (route.method === "GET") return;
  const waitMs = limits.take([{ key: `writes ${userId}`, rate: WRITES }]);
  if (waitMs > 0) throw Refusal.rateLimited(waitMs);
}

/** What the words of access mean, and where the credential stands. */
export const ACCESS: Readonly<
  Record<Access, { readonly words: string; readonly takes: readonly ("token" | "key" | "key in query")[] }>
> = {
  anyone: { words: "anyone", takes: [] },
  user: { words: "a signed-in user", takes: ["token"] },
  admin: { words: "an admin", takes: ["token"] },
  key: { words: "an API key", takes: ["key"] },
  "key in query": { words: "an API key in the query", takes: ["key in query"] },
  "user or key": { words: "a signed-in user or an API key", takes: ["token", "key"] },
  "moderator or key": { words: "a moderator of the app or an API key", takes: ["token", "key"] },
  "stream moderator or key": { words: "a moderator of the stream or an API key", takes: ["token", "key"] },
};
