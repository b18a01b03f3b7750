import type { Hono } from "hono";
import * as v from "valibot";
import { digits, readJson, readQuery } from "../../../http/body";
import type { RestEnv } from "../../../http/rest";
import { parse } from "../../../parse";
import { amount, id, line } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { isAdmin } from "../media";
import { showDownload, showHistory, showRequest } from "../wire";
import { callers, done, originOf, type Parts } from "./parts";

const newRequest = v.object({
  mediaType: v.picklist(["movie", "tv"]),
  tmdbId: id(),
  title: line(1, 256),
  seasons: v.nullish(v.pipe(v.array(v.pipe(amount(0, 10_000), v.safeInteger())), v.maxLength(1_000)), null),
});
const page = v.object({
  all: v.optional(v.picklist(["true", "false"]), "false"),
  status: v.optional(v.picklist(["pending", "approved", "declined", "downloading", "available", "failed"])),
  limit: v.optional(digits(1, 100), "100"),
  offset: v.optional(digits(0, 999_999_999), "0"),
});

/** What users ask for. */
export function addMedia(app: Hono<RestEnv>, { house, media, downloads, activity }: Parts): void {
  const { user, writer } = callers(house);

  app.post("/api/v1/media/requests", writer, async (c) => {
    const request = await media.create(c.var.identity.userId, await readJson(c, newRequest));
    const details = { requestId: request.id, mediaTitle: request.title, mediaType: request.mediaType };
    await activity.note(c.var.identity, "media_request_submitted", details, originOf(c));
    return c.json(done(showRequest(request)), 201);
  });

  app.get("/api/v1/media/requests", user, async (c) => {
    const { all, status, limit, offset } = readQuery(c, page);
    if (all === "true" && !isAdmin(c.var.identity)) {
      throw new Refusal("permission_denied", "Admin access required", { field: "all" });
    }
    const userId = all === "true" ? undefined : c.var.identity.userId;
    return c.json(done((await media.list({ userId, status }, { limit, offset })).map(showRequest)));
  });

  app.get("/api/v1/media/requests/:id", user, async (c) => {
    const { request, history } = await media.find(c.var.identity, parse(id(), c.req.param("id"), "id"));
    const running = downloads.of(request.id).map(showDownload);
    return c.json(done({ ...showRequest(request), history: history.map(showHistory), downloads: running }));
  });

  app.delete("/api/v1/media/requests/:id", writer, async (c) => {
    const request = await media.remove(c.var.identity, parse(id(), c.req.param("id"), "id"));
    const details = { requestId: request.id, mediaTitle: request.title, mediaType: request.mediaType };
    await activity.note(c.var.identity, "media_request_deleted", details, originOf(c));
    return c.json(done(showRequest(request)));
  });
}
