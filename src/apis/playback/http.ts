import * as v from "valibot";
import { type Position, WATCHED_FROM } from "../../domain/progress/progress";
import type { House } from "../../house";
import { type CommonCallers, commonRules } from "../../http/access";
import { digits } from "../../http/body";
import { credentials } from "../../http/credentials";
import type { RestStyle } from "../../http/rest";
import { listOf, type RouteHandlers, route, shape } from "../../http/route";
import { openRest } from "../../http/serve";
import type { Line } from "../../realtime/api";
import { id } from "../../realtime/fields";
import { Refusal } from "../../refusal";
import { iso } from "../../runtime/clock";
import { type ClientData, showClient } from "./clients";
import type { PlaybackContract } from "./contract";

const remote = v.union(
  [
    v.object({ type: v.picklist(["episode", "tv", "movie"]), id: id() }),
    v.object({ episodeId: id() }),
    v.object({ movieId: id() }),
  ],
  "must have type and id, or episodeId, or movieId",
);

const MAX_CONFIRM_MS = 30_000;
const confirm = v.object({
  confirm: v.pipe(
    v.optional(digits(1, MAX_CONFIRM_MS)),
    v.description("How long to wait for the client to acknowledge, in ms; without it nothing is waited for."),
  ),
});
const page = v.object({ limit: v.pipe(v.optional(digits(1, 1000), "100"), v.description("How many at most.")) });

const item = { type: v.picklist(["tv", "movie"]), episodeId: v.optional(v.string()), movieId: v.optional(v.string()) };
const where = { time: v.number(), progress: v.number() };
const POSITION = shape("Position", v.object({ ...item, ...where, watched: v.boolean(), updatedAt: v.string() }), {
  type: "movie",
  movieId: "123-456",
  time: 60,
  progress: 0.05,
  watched: false,
  updatedAt: "2026-01-01T00:00:00.000Z",
});
const CLIENT = shape(
  "Client",
  v.object({
    clientId: v.string(),
    clientName: v.string(),
    connectedAt: v.string(),
    activity: v.nullable(v.object({ ...item, ...where })),
  }),
  {
    clientId: "x3VCoLW2zbZSwkhQAAAB",
    clientName: "Living room",
    connectedAt: "2026-01-01T00:00:00.000Z",
    activity: { type: "movie", movieId: "123-456", time: 60, progress: 0.05 },
  },
);

/** CONTRACT §4 */
const routes = {
  login: route("POST /auth/login", {
    summary: "Signs in with a username or an email address.",
    access: "anyone",
    body: credentials,
    example: { username: "gamerpro", password: "correct horse battery" },
    answer: shape("Token", v.object({ accessToken: v.string() }), {
      accessToken: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.c2ln",
    }),
    refuses: ["authentication_failed", "rate_limit_exceeded"],
  }),
  listClients: route("GET /clients", {
    summary: "The caller's connected clients, with what each one last reported.",
    access: "user",
    answer: listOf(CLIENT),
  }),
  play: route("POST /client/:clientId/playback", {
    summary: "Starts an item on a client of the caller's; `?confirm=` waits for its acknowledgement, that many ms.",
    source: "Events, Server -> Client: play",
    access: "user",
    params: { clientId: v.string() },
    query: confirm,
    body: remote,
    example: { type: "movie", id: "123-456" },
    answer: shape("Sent", v.object({ status: v.picklist(["sent", "confirmed"]) }), { status: "sent" }),
    refuses: ["not_found"],
    waits: true,
  }),
  listProgress: route("GET /progress", {
    summary: "The caller's positions, newest first.",
    access: "user",
    query: page,
    answer: listOf(POSITION),
  }),
  getProgress: route("GET /progress/:kind{tv|movie}/:id", {
    summary: "The caller's position in an episode or a movie.",
    access: "user",
    params: { kind: v.picklist(["tv", "movie"]) },
    answer: POSITION,
    refuses: ["not_found"],
  }),
  listWatching: route("GET /watching", {
    summary: "What the caller has begun: below 0.9 and touched within 7 days, newest first.",
    access: "user",
    query: page,
    answer: listOf(POSITION),
  }),
};

const style: RestStyle = {
  keyScope: "playback",
  // Answers that only say no are `{message}` (CONTRACT §2).
  refusal: ({ message }) => ({ message }),
  refusalSchema: v.object({ message: v.string() }),
};

export const playbackRest = { ...style, routes };

export function playbackHttp(house: House, line: Line<PlaybackContract, ClientData>) {
  const { accounts, tokens, progress, log } = house;
  const { publisher, sessions, isChecked } = line;

  const handlers: RouteHandlers<typeof routes, CommonCallers> = {
    async login({ body, peer }) {
      const { login, password } = await body();
      const account = await accounts.signIn(login, password, peer.network);
      const { token } = await tokens.issue(account);
      return { accessToken: token };
    },
    listClients: ({ identity }) => [...sessions.of(identity.userId)].map(showClient),
    async play({ identity, params, query, body }) {
      const item = itemOf(await body());
      const client = [...sessions.of(identity.userId)].find((session) => session.id === params.clientId);
      if (!client) throw new Refusal("not_found", "Client not found");
      if (query.confirm === undefined) {
        publisher.send(client, "play", item);
        return { status: "sent" };
      }
      if (await publisher.ask(client, "play", item, query.confirm)) return { status: "confirmed" };
      throw new Refusal("unavailable", "The client did not confirm", { reason: "no_answer" });
    },
    listProgress: async ({ identity, query }) =>
      (await progress.recent(identity.userId, query.limit)).map(showPosition),
    async getProgress({ identity, params: { kind, id } }) {
      const position = await progress.of(identity.userId, { kind, itemId: id });
      if (!position) throw new Refusal("not_found", "Nothing is known of this item");
      return showPosition(position);
    },
    listWatching: async ({ identity, query }) =>
      (await progress.watching(identity.userId, query.limit)).map(showPosition),
  };
  return openRest(playbackRest, { log, isChecked, rules: commonRules(house, style) }, handlers);
}

function itemOf(given: v.InferOutput<typeof remote>): { episodeId: string } | { movieId: string } {
  if ("type" in given) return given.type === "movie" ? { movieId: given.id } : { episodeId: given.id };
  return given;
}

function showPosition({ kind, itemId, time, progress, updatedAt }: Position) {
  const item = kind === "tv" ? { type: kind, episodeId: itemId } : { type: kind, movieId: itemId };
  return { ...item, time, progress, watched: progress >= WATCHED_FROM, updatedAt: iso(updatedAt) };
}
