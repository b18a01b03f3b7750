import type { Identity } from "../../../domain/tokens/identity";
import { type CommonCallers, commonRules, hasKey, keyNeeded, limitWrites, type Rules } from "../../../http/access";
import type { RawCall } from "../../../http/call";
import { bearerOf } from "../../../http/rest";
import { Refusal } from "../../../refusal";
import { DEFAULT_APP, memberOf } from "../apps";
import { type Actor, rankOfRoles, SERVER } from "../ranks";
import type { Stream } from "../streams";
import { type Parts, style } from "./parts";

export interface LiveCallers extends CommonCallers {
  readonly "key in query": Record<never, never>;
  /** For which app. */
  readonly "moderator or key": { readonly appId: string };
  /** The stream of the path, and the caller as its moderator. */
  readonly "stream moderator or key": { readonly stream: Stream; readonly actor: Actor };
}

/** Who may call: servers with an API key, and an app's moderators. */
export function liveRules({ house, apps, verify, streams, authority }: Parts): Rules<LiveCallers> {
  const { apiKeys, limits } = house;
  return {
    ...commonRules(house, style),

    "key in query"({ request }) {
      const key = new URL(request.url).searchParams.get("api_key") ?? "";
      if (!apiKeys.allows(key, style.keyScope)) throw keyNeeded();
      return {};
    },

    async "moderator or key"(call) {
      const { appId, identity } = await callerOf(call);
      if (identity && rankOfRoles(identity) === 0) throw forbidden();
      return { appId };
    },

    async "stream moderator or key"(call) {
      const { appId, identity } = await callerOf(call);
      const stream = streams.get(appId, `${call.params.stream_id}`);
      if (!identity) return { stream, actor: SERVER };
      const rank = authority.rank(stream, identity.userId, identity);
      if (rank === 0) throw forbidden();
      return { stream, actor: { userId: memberOf(identity).userId, rank } };
    },
  };

  /** Who calls, and for which app: that named in body or query, else the token's, else `default`. */
  async function callerOf(call: RawCall): Promise<{ appId: string; identity: Identity | null }> {
    const { request } = call;
    const named = appIn(await call.body()) ?? appIn(call.query);
    if (hasKey(request, apiKeys, style.keyScope)) {
      const chosen = named ?? DEFAULT_APP;
      if (!apps.has(chosen)) throw new Refusal("not_found", "There is no such app", { field: "app_id" });
      return { appId: chosen, identity: null };
    }
    const token = bearerOf(request);
    if (!token) throw keyNeeded();
    const identity = await verify(token, named);
    limitWrites(limits, call, identity.userId);
    return { appId: memberOf(identity).appId, identity };
  }
}

/** The app that a parsed body or query names. */
function appIn(part: unknown): string | undefined {
  return (part as { app_id?: string } | undefined)?.app_id;
}

function forbidden(): Refusal {
  return new Refusal("permission_denied", "An API key or a moderator's token is needed");
}
