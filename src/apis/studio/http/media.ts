import * as v from "valibot";
import type { CommonCallers } from "../../../http/access";
import { digits } from "../../../http/body";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { id, text } from "../../../realtime/fields";
import { kind } from "../kinds";
import { JOB_STATUSES } from "../tables";
import { showJob } from "../wire";
import type { Parts } from "./parts";
import { JOB } from "./shapes";

const newJob = v.object({ kind, prompt: v.nullish(text(0, 10_000), null), projectId: v.nullish(id(), null) });
const page = v.object({
  limit: v.pipe(v.optional(digits(1, 100), "50"), v.description("How many at most.")),
  status: v.pipe(v.optional(v.picklist(JOB_STATUSES)), v.description("Only those with this status.")),
  before: v.pipe(v.optional(id()), v.description("The last id of the page before.")),
});

export const mediaRoutes = {
  createMedia: route("POST /api/v1/media", {
    summary: "Asks for media: a job that a worker will claim. In a declared room only its members may.",
    access: "user",
    only: "in a declared room, its members",
    body: newJob,
    example: { kind: "image", prompt: "A lighthouse in the fog", projectId: "project-123" },
    answer: JOB,
    status: 201,
    refuses: ["conflict"],
  }),
  listMedia: route("GET /api/v1/media", {
    summary: "The caller's jobs, newest first; `before` is the last id of the page before.",
    access: "user",
    query: page,
    answer: listOf(JOB),
    refuses: ["not_found"],
  }),
  getMedia: route("GET /api/v1/media/:mediaId", {
    summary: "A job, for whoever may follow it.",
    access: "user",
    answer: JOB,
    refuses: ["not_found"],
  }),
  cancelMedia: route("DELETE /api/v1/media/:mediaId", {
    summary: "Cancels a job; who follows it hears `mediaError` with the code `CANCELLED`.",
    access: "user",
    only: "the job's owner or an admin",
    answer: JOB,
    refuses: ["not_found", "conflict"],
  }),
};

/** The jobs of users. */
export function mediaHandlers({ rooms, media, jobs }: Parts): RouteHandlers<typeof mediaRoutes, CommonCallers> {
  return {
    async createMedia({ identity: { userId }, body }) {
      const job = await body();
      if (job.projectId !== null) rooms.demandAdmission(job.projectId, userId);
      return showJob(await jobs.create({ userId, ...job }));
    },
    listMedia: async ({ identity, query }) => (await jobs.list(identity.userId, query)).map(showJob),
    getMedia: async ({ identity, params }) => showJob(await media.find(identity, params.mediaId)),
    async cancelMedia({ identity, params: { mediaId } }) {
      await media.demandCancel(identity, mediaId);
      return showJob(await jobs.cancel(mediaId));
    },
  };
}
