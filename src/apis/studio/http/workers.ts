import * as v from "valibot";
import type { CommonCallers } from "../../../http/access";
import { anyObject, demandFits, webUrl } from "../../../http/body";
import { Reply, type RouteHandlers, route } from "../../../http/route";
import { amount, line, text } from "../../../realtime/fields";
import { kind } from "../kinds";
import { showJob } from "../wire";
import type { Parts } from "./parts";
import { JOB } from "./shapes";

const claim = v.object({
  kinds: v.nullish(v.pipe(v.array(kind), v.minLength(1), v.maxLength(64))),
  worker: line(1, 128),
});
const report = v.object({
  progress: amount(0, 100),
  stage: line(1, 128),
  message: v.nullish(text(0, 1_000), null),
});
const result = v.object({
  url: webUrl(),
  thumbnailUrl: v.nullish(webUrl(), null),
  metadata: v.nullish(anyObject(), null),
});
const failure = v.object({ error: text(1, 1_000), code: v.nullish(line(1, 64), null) });

export const workerRoutes = {
  claimMedia: route("POST /api/v1/media/claim", {
    summary: "Takes the oldest queued job, of these kinds.",
    access: "key",
    body: claim,
    example: { worker: "gpu-1", kinds: ["image"] },
    answer: JOB,
    also: { 204: "No job waits." },
  }),
  reportMedia: route("POST /api/v1/media/:mediaId/progress", {
    summary: "Says how far a job is; who follows it hears `mediaProgress`. A lower figure than before is ignored.",
    access: "key",
    body: report,
    example: { progress: 50, stage: "rendering" },
    answer: JOB,
    refuses: ["not_found", "conflict"],
  }),
  completeMedia: route("POST /api/v1/media/:mediaId/complete", {
    summary: "Ends a job with its result; who follows it hears `mediaComplete`.",
    access: "key",
    body: result,
    example: { url: "https://media.example.com/1.png", metadata: { width: 1024 } },
    answer: JOB,
    refuses: ["not_found", "conflict"],
  }),
  failMedia: route("POST /api/v1/media/:mediaId/error", {
    summary: "Ends a job that could not be done; who follows it hears `mediaError`.",
    access: "key",
    body: failure,
    example: { error: "Out of memory", code: "OOM" },
    answer: JOB,
    refuses: ["not_found", "conflict"],
  }),
};

/** What workers do: take a job, say how far it is, and how it ended. */
export function workerHandlers({ house, jobs }: Parts): RouteHandlers<typeof workerRoutes, CommonCallers> {
  return {
    async claimMedia({ body }) {
      const { worker, kinds } = await body();
      const job = await jobs.claim(worker, kinds ?? undefined);
      return job ? showJob(job) : new Reply(204, undefined);
    },
    async reportMedia(call) {
      const { progress, stage, message } = await call.body();
      return showJob(await jobs.report(call.params.mediaId, progress, stage, message));
    },
    async completeMedia(call) {
      const given = await call.body();
      demandFits(given.metadata, house.maxPayloadBytes, "metadata");
      return showJob(await jobs.complete(call.params.mediaId, given));
    },
    async failMedia(call) {
      const { error, code } = await call.body();
      return showJob(await jobs.fail(call.params.mediaId, error, code));
    },
  };
}
