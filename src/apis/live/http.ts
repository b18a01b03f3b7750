import type { Context, Hono } from "hono";
import * as v from "valibot";
import type { Chat } from "../../domain/chat/chat";
import type { Moderation } from "../../domain/moderation/moderation";
import type { Identity } from "../../domain/tokens/identity";
import type { House } from "../../house";
import { digits, readJson, readOptionalJson, readQuery } from "../../http/body";
import { credentials } from "../../http/credentials";
import { hasKey } from "../../http/keys";
import { bearerOf, type RestEnv, restApp } from "../../http/rest";
import { demandWrite } from "../../http/writes";
import { parse } from "../../parse";
import { amount, id, line, text } from "../../realtime/fields";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import { duration } from "../../setting";
import { type Apps, DEFAULT_APP, keyOf, memberOf } from "./apps";
import type { Audience } from "./audience";
import type { Authority } from "./authority";
import type { Broadcasts } from "./broadcasts";
import { type Actor, OWNER, rankOfRoles, SERVER } from "./ranks";
import { refusalBody } from "./refusals";
import type { StreamRecord } from "./store";
import type { Stream, Streams } from "./streams";
import { show, showRestriction } from "./wire";

interface Parts {
  readonly house: House;
  readonly apps: Apps;
  /** Whom a token speaks for in the app that is named, else in its own. */
  readonly verify: (token: string, appId: string | undefined) => Promise<Identity>;
  readonly streams: Streams;
  readonly audience: Audience;
  readonly authority: Authority;
  readonly broadcasts: Broadcasts;
  readonly chat: Chat;
  readonly moderation: Moderation;
}

const named = v.object({ app_id: v.optional(id()) });
const signIn = v.intersect([credentials, named]);
const newApp = v.object({ app_id: v.optional(id()), name: line(1, 128) });
const newToken = v.object({
  user_id: id(),
  username: v.optional(line(1, 64)),
  role: v.optional(v.pipe(line(1, 32), v.toLowerCase())),
  // Seconds as a number, or 30m, 24h, 7d.
  ttl: v.optional(
    v.union([
      v.pipe(
        amount(1, 31_536_000),
        v.transform((seconds) => seconds * 1000),
      ),
      duration,
    ]),
  ),
});
const newStream = v.object({
  ...named.entries,
  stream_id: v.optional(id()),
  title: line(1, 256),
  owner_id: v.optional(v.nullable(id()), null),
});
const liveBody = v.object({ ...named.entries, title: v.optional(line(1, 256)) });
const errorBody = v.object({ ...named.entries, error: text(1, 1000) });
const page = v.object({ before: v.optional(id()), limit: v.optional(digits(1, 100), "50") });
const streamEvent = v.object({
  stream_id: id(),
  app_id: v.optional(id()),
  event_type: v.picklist(["stream.live", "stream.offline", "stream.error"]),
  data: v.nullish(v.object({ title: v.optional(line(1, 256)), error: v.optional(text(1, 1000)) })),
});
const rtmpCall = v.object({ call: v.string(), name: id() });

/** Past what an audit log answers at once. */
const MAX_LOG = 200;

/** REST under `/v1` for servers with an API key and for an app's moderators, and the calls of media servers. */
export function liveHttp({
  house,
  apps,
  verify,
  streams,
  audience,
  authority,
  broadcasts,
  chat,
  moderation,
}: Parts): Hono<RestEnv> {
  const { accounts, tokens, apiKeys, clock, limits } = house;
  const app = restApp(house.log, (refusal) => ({ error: refusalBody(refusal) }));

  app.post("/v1/auth/login", async (c) => {
    const { login, password, app_id = DEFAULT_APP } = await readJson(c, signIn);
    if (!apps.has(app_id)) throw new Refusal("not_found", "There is no such app", { field: "app_id" });
    const account = await accounts.signIn(login, password, c.env.peer.network);
    const { token, expiresAt } =
      app_id === DEFAULT_APP
        ? await tokens.issue(account)
        : await apps.issue(app_id, { userId: account.id, username: account.name }, tokens.ttlMs);
    const user = { user_id: account.id, username: account.name, email: account.email };
    return c.json(issued(token, expiresAt, clock.now(), user));
  });

  app.post("/v1/apps", async (c) => {
    demandKey(c);
    const { app_id = `app_${Bun.randomUUIDv7()}`, name } = await readJson(c, newApp);
    return c.json({ id: app_id, app_id, name, app_secret: await apps.create(app_id, name) }, 201);
  });

  app.post("/v1/apps/:app_id/tokens", async (c) => {
    demandKey(c);
    const app_id = parse(id(), c.req.param("app_id"), "app_id");
    // Its users are Headend's own, on every API.
    if (app_id === DEFAULT_APP) {
      throw new Refusal("permission_denied", "Tokens of the app default come from signing in", { field: "app_id" });
    }
    const { user_id, username, role, ttl = tokens.ttlMs } = await readJson(c, newToken);
    const { token, expiresAt } = await apps.issue(app_id, { userId: user_id, username, role }, ttl);
    return c.json(issued(token, expiresAt, clock.now(), { user_id, username: username ?? user_id }), 201);
  });

  app.post("/v1/streams", async (c) => {
    const body = await readJson(c, newStream);
    const { appId } = await moderatorOf(c, body.app_id);
    const stream = streams.register(appId, body.stream_id ?? `stream_${Bun.randomUUIDv7()}`, body.title, body.owner_id);
    return c.json(showStream(stream.record, audience.size(stream)), 201);
  });

  app.get("/v1/streams", async (c) => {
    const { appId } = await moderatorOf(c);
    return c.json(streams.list(appId).map((record) => showStream(record, viewersOf(record))));
  });

  app.get("/v1/streams/:id", async (c) => {
    const { stream } = await onStream(c);
    return c.json(showStream(stream.record, audience.size(stream)));
  });

  app.post("/v1/streams/:id/live", async (c) => {
    const { app_id, title } = await readOptionalJson(c, liveBody);
    const { stream } = await onStream(c, app_id);
    broadcasts.goLive(stream, title);
    return c.json(showStream(stream.record, audience.size(stream)));
  });

  app.post("/v1/streams/:id/offline", async (c) => {
    const { stream } = await onStream(c, (await readOptionalJson(c, named)).app_id);
    broadcasts.goOffline(stream);
    return c.json(showStream(stream.record, audience.size(stream)));
  });

  app.post("/v1/streams/:id/error", async (c) => {
    const { app_id, error } = await readJson(c, errorBody);
    const { stream } = await onStream(c, app_id);
    broadcasts.fail(stream, error);
    return c.json(showStream(stream.record, audience.size(stream)));
  });

  app.get("/v1/streams/:id/messages", async (c) => {
    const { before, limit } = readQuery(c, page);
    const { stream } = await onStream(c);
    return c.json((await chat.page(stream.key, limit, before)).map((message) => show(stream, message)));
  });

  app.get("/v1/streams/:id/bans", async (c) => {
    const { stream } = await onStream(c);
    return c.json((await moderation.bans(stream.key)).map(showRestriction));
  });

  app.get("/v1/streams/:id/moderation", async (c) => {
    const { stream } = await onStream(c);
    const entries = await moderation.log(stream.key, MAX_LOG);
    return c.json(
      entries.map(({ moderatorId, action, target, reason, until, createdAt }) => ({
        moderator_id: moderatorId,
        action,
        target: target === null ? null : target.slice(target.indexOf("\0") + 1),
        reason,
        until: until === null ? null : iso(until),
        timestamp: iso(createdAt),
      })),
    );
  });

  for (const [method, isModerator] of [
    ["PUT", true],
    ["DELETE", false],
  ] as const) {
    app.on(method, "/v1/streams/:id/moderators/:user_id", async (c) => {
      const { stream, actor } = await onStream(c, (await readOptionalJson(c, named)).app_id);
      if (actor.rank < OWNER) throw new Refusal("permission_denied", "Only the owner or an admin appoints moderators");
      const user_id = parse(id(), c.req.param("user_id"), "user_id");
      await moderation.setModerator(stream.key, keyOf(stream.record.appId, user_id), isModerator, {
        moderatorId: actor.userId,
      });
      return c.json({ stream_id: stream.record.streamId, user_id, is_moderator: isModerator });
    });
  }

  app.post("/internal/stream-event", async (c) => {
    demandKey(c);
    const { stream_id, app_id = queriedApp(c) ?? DEFAULT_APP, event_type, data } = await readJson(c, streamEvent);
    const stream = streams.get(app_id, stream_id);
    if (event_type === "stream.live") broadcasts.goLive(stream, data?.title);
    else if (event_type === "stream.offline") broadcasts.goOffline(stream);
    else broadcasts.fail(stream, data?.error ?? "Unknown error");
    return c.json(showStream(stream.record, audience.size(stream)));
  });

  // nginx-rtmp's on_publish and on_publish_done: a form, and the key in the URL, since it can send no header.
  app.post("/internal/nginx-rtmp", async (c) => {
    if (!apiKeys.allows(c.req.query("api_key") ?? "", "live")) throw unauthorized();
    const form = Object.fromEntries(new URLSearchParams(await c.req.text()));
    const { call, name } = parse(rtmpCall, form, "form");
    const stream = streams.get(queriedApp(c) ?? DEFAULT_APP, name);
    if (call === "publish") broadcasts.goLive(stream, undefined);
    else if (call === "publish_done") broadcasts.goOffline(stream);
    return c.json({ status: stream.record.status });
  });

  return app;

  function viewersOf(record: StreamRecord): number {
    // Looking at it is no use of it.
    const stream = streams.inMemory(record);
    return stream ? audience.size(stream) : 0;
  }

  function demandKey(c: Context<RestEnv>): void {
    if (!isKey(c)) throw unauthorized();
  }

  function isKey(c: Context<RestEnv>): boolean {
    return hasKey(c, apiKeys, "live");
  }

  /** Who calls, and for which app: that named in body or query, else the token's, else `default`. */
  async function callerOf(c: Context<RestEnv>, inBody?: string): Promise<{ appId: string; identity: Identity | null }> {
    const named = inBody ?? queriedApp(c);
    if (isKey(c)) {
      const chosen = named ?? DEFAULT_APP;
      if (!apps.has(chosen)) throw new Refusal("not_found", "There is no such app", { field: "app_id" });
      return { appId: chosen, identity: null };
    }
    const token = bearerOf(c.req.raw);
    if (!token) throw unauthorized();
    const identity = await verify(token, named);
    if (c.req.method !== "GET") demandWrite(limits, identity.userId);
    return { appId: memberOf(identity).appId, identity };
  }

  /** As `callerOf`, for a server or somebody who moderates the whole app. */
  async function moderatorOf(c: Context<RestEnv>, appId?: string): Promise<{ appId: string }> {
    const caller = await callerOf(c, appId);
    if (caller.identity && rankOfRoles(caller.identity) === 0) throw forbidden();
    return caller;
  }

  /** The stream of the path, and the caller as its moderator. */
  async function onStream(c: Context<RestEnv>, named?: string): Promise<{ stream: Stream; actor: Actor }> {
    const { appId, identity } = await callerOf(c, named);
    const stream = streams.get(appId, parse(id(), c.req.param("id"), "stream_id"));
    if (!identity) return { stream, actor: SERVER };
    const rank = authority.rank(stream, identity.userId, identity);
    if (rank === 0) throw forbidden();
    return { stream, actor: { userId: memberOf(identity).userId, rank } };
  }
}

/** The app that is named in the query. */
function queriedApp(c: Context<RestEnv>): string | undefined {
  return readQuery(c, named).app_id;
}

function forbidden(): Refusal {
  return new Refusal("permission_denied", "An API key or a moderator's token is needed");
}

function unauthorized(): Refusal {
  return new Refusal("authentication_failed", "An API key is needed: send X-API-Key");
}

function issued(token: string, expiresAt: number, now: number, user: object) {
  return { access_token: token, token_type: "bearer", expires_in: Math.round((expiresAt - now) / 1000), user };
}

function showStream(
  { appId, streamId, title, ownerId, status, startedAt, endedAt, error, peakViewers, createdAt }: StreamRecord,
  viewers: number,
) {
  const time = (at: number | null) => (at === null ? null : iso(at));
  return {
    id: streamId,
    stream_id: streamId,
    app_id: appId,
    title,
    owner_id: ownerId,
    status,
    started_at: time(startedAt),
    ended_at: time(endedAt),
    error,
    viewers,
    peak_viewers: peakViewers,
    created_at: iso(createdAt),
  };
}
