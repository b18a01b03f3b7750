import type { Hono } from "hono";
import * as v from "valibot";
import { readJson } from "../../../http/body";
import { demandKey } from "../../../http/keys";
import type { RestEnv } from "../../../http/rest";
import { parse } from "../../../parse";
import { amount, id, line } from "../../../realtime/fields";
import type { Step } from "../lifecycle";
import { showDownload, showRequest } from "../wire";
import { done, type Parts, SCOPE } from "./parts";

const bytes = v.pipe(amount(0), v.safeInteger());
const report = v.pipe(
  v.object({
    downloadId: id(),
    downloadedBytes: bytes,
    totalBytes: bytes,
    currentFile: v.nullish(line(1, 512)),
    percentage: v.nullish(amount(0, 100)),
    speed: v.nullish(v.union([line(1, 32), amount(0)], "must be a text or bytes a second")),
    eta: v.nullish(v.union([line(1, 32), amount(0)], "must be a text or seconds")),
  }),
  v.forward(
    v.check(({ downloadedBytes, totalBytes }) => downloadedBytes <= totalBytes, "must be at most totalBytes"),
    ["downloadedBytes"],
  ),
);

/** Overseerr's and Seerr's standard body; what does not matter here may be anything. */
const webhook = v.object({
  notification_type: v.string(),
  media: v.nullish(
    v.object({ media_type: v.nullish(v.string()), tmdbId: v.nullish(v.union([v.string(), v.number()])) }),
  ),
  message: v.nullish(v.string()),
});

const STEPS: Readonly<Record<string, Step>> = {
  MEDIA_APPROVED: "approve",
  MEDIA_AUTO_APPROVED: "approve",
  MEDIA_DECLINED: "decline",
  MEDIA_AVAILABLE: "available",
  MEDIA_FAILED: "fail",
};

/** What other servers say: downloaders, and Overseerr or Seerr. */
export function addDownloads(app: Hono<RestEnv>, { house, media, downloads }: Parts): void {
  const key = demandKey(house.apiKeys, SCOPE);

  app.put("/api/v1/media/requests/:id/download", key, async (c) => {
    const requestId = parse(id(), c.req.param("id"), "id");
    const download = await downloads.report(requestId, await readJson(c, report));
    return c.json(done({ id: download.downloadId, ...showDownload(download) }));
  });

  app.post("/api/v1/webhooks/overseerr", key, async (c) => {
    const { notification_type, media: title } = await readJson(c, webhook);
    const step = Object.hasOwn(STEPS, notification_type) ? STEPS[notification_type] : undefined;
    const { media_type, tmdbId } = title ?? {};
    const isKnown = media_type === "movie" || media_type === "tv";
    // Tests of the connection, issues, and what nobody asked for here.
    if (!step || !isKnown || tmdbId == null || tmdbId === "") return c.json(done([]));
    const moved = await media.stepAll(media_type, parse(id(), tmdbId, "media.tmdbId"), step, { by: "overseerr" });
    return c.json(done(moved.map(showRequest)));
  });
}
