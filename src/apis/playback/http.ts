import type { Hono } from "hono";
import * as v from "valibot";
import { type Position, WATCHED_FROM } from "../../domain/progress/progress";
import type { House } from "../../house";
import { digits, readJson, readQuery } from "../../http/body";
import { credentials } from "../../http/credentials";
import { type RestEnv, restApp, signedIn } from "../../http/rest";
import { limitWrites } from "../../http/writes";
import { parse } from "../../parse";
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
const confirm = v.object({ confirm: v.optional(digits(1, MAX_CONFIRM_MS)) });
const page = v.object({ limit: v.optional(digits(1, 1000), "100") });

/** Answers that only say no are `{message}` (CONTRACT §2). */
export function playbackHttp(house: House, { publisher, sessions }: Line<PlaybackContract, ClientData>): Hono<RestEnv> {
  const { accounts, tokens, progress, limits } = house;
  const app = restApp(house.log, ({ message }) => ({ message }));

  app.post("/auth/login", async (c) => {
    const { login, password } = await readJson(c, credentials);
    const account = await accounts.signIn(login, password, c.env.peer.network);
    const { token } = await tokens.issue(account);
    return c.json({ accessToken: token });
  });

  const user = signedIn(tokens);

  app.get("/clients", user, (c) => c.json([...sessions.of(c.var.identity.userId)].map(showClient)));

  app.post("/client/:clientId/playback", user, limitWrites(limits), async (c) => {
    const { confirm: confirmMs } = readQuery(c, confirm);
    const item = itemOf(await readJson(c, remote));
    const clientId = c.req.param("clientId");
    const client = [...sessions.of(c.var.identity.userId)].find((session) => session.id === clientId);
    if (!client) throw new Refusal("not_found", "Client not found");
    if (confirmMs === undefined) {
      publisher.send(client, "play", item);
      return c.json({ status: "sent" });
    }
    if (await publisher.ask(client, "play", item, confirmMs)) return c.json({ status: "confirmed" });
    return c.json({ message: "The client did not confirm" }, 504);
  });

  app.get("/progress", user, async (c) => {
    const { limit } = readQuery(c, page);
    return c.json((await progress.recent(c.var.identity.userId, limit)).map(showPosition));
  });

  app.get("/progress/:kind{tv|movie}/:id", user, async (c) => {
    const kind = c.req.param("kind") === "tv" ? "tv" : "movie";
    const itemId = parse(id(), c.req.param("id"), "id");
    const position = await progress.of(c.var.identity.userId, { kind, itemId });
    if (!position) throw new Refusal("not_found", "Nothing is known of this item");
    return c.json(showPosition(position));
  });

  app.get("/watching", user, async (c) => {
    const { limit } = readQuery(c, page);
    return c.json((await progress.watching(c.var.identity.userId, limit)).map(showPosition));
  });

  return app;
}

function itemOf(given: v.InferOutput<typeof remote>): { episodeId: string } | { movieId: string } {
  if ("type" in given) return given.type === "movie" ? { movieId: given.id } : { episodeId: given.id };
  return given;
}

function showPosition({ kind, itemId, time, progress, updatedAt }: Position) {
  const item = kind === "tv" ? { type: kind, episodeId: itemId } : { type: kind, movieId: itemId };
  return { ...item, time, progress, watched: progress >= WATCHED_FROM, updatedAt: iso(updatedAt) };
}
