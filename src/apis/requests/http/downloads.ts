import * as v from "valibot";
import type { CommonCallers } from "../../../http/access";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { parse } from "../../../parse";
import { amount, id, line } from "../../../realtime/fields";
import type { Step } from "../lifecycle";
import { showDownload, showRequest } from "../wire";
import type { Parts } from "./parts";
import { DOWNLOAD, REQUEST } from "./shapes";

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

export const downloadRoutes = {
  reportDownload: route("PUT /api/v1/media/requests/:id/download", {
    summary: "Says how far a download is; `media:download:progress` goes to the request's owner and to admins.",
    access: "key",
    body: report,
    example: { downloadId: "download_1", downloadedBytes: 455, totalBytes: 1000, currentFile: "Inception.2010.mkv" },
    answer: DOWNLOAD,
    refuses: ["not_found", "conflict"],
  }),
  overseerr: route("POST /api/v1/webhooks/overseerr", {
    summary: "Takes the notifications of Overseerr and Seerr, as they send them; answers the requests that it moved.",
    access: "key",
    body: webhook,
    example: { notification_type: "MEDIA_AVAILABLE", media: { media_type: "movie", tmdbId: "27205" } },
    answer: listOf(REQUEST),
    refuses: ["conflict"],
  }),
};

const STEPS: Readonly<Record<string, Step>> = {
  MEDIA_APPROVED: "approve",
  MEDIA_AUTO_APPROVED: "approve",
  MEDIA_DECLINED: "decline",
  MEDIA_AVAILABLE: "available",
  MEDIA_FAILED: "fail",
};

/** What other servers say: downloaders, and Overseerr or Seerr. */
export function downloadHandlers({ media, downloads }: Parts): RouteHandlers<typeof downloadRoutes, CommonCallers> {
  return {
    async reportDownload({ params: { id }, body }) {
      const download = await downloads.report(id, await body());
      return { id: download.downloadId, ...showDownload(download) };
    },

    async overseerr({ body }) {
      const { notification_type, media: title } = await body();
      const step = Object.hasOwn(STEPS, notification_type) ? STEPS[notification_type] : undefined;
      const { media_type, tmdbId } = title ?? {};
      const isKnown = media_type === "movie" || media_type === "tv";
      // Tests of the connection, issues, and what nobody asked for here.
      if (!step || !isKnown || tmdbId == null || tmdbId === "") return [];
      const moved = await media.stepAll(media_type, parse(id(), tmdbId, "media.tmdbId"), step, { by: "overseerr" });
      return moved.map(showRequest);
    },
  };
}
