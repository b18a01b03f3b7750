import type { Hono } from "hono";
import * as v from "valibot";
import { digits, readJson, readQuery } from "../../../http/body";
import { type RestEnv, signedIn } from "../../../http/rest";
import { limitWrites } from "../../../http/writes";
import { parse } from "../../../parse";
import { id, text } from "../../../realtime/fields";
import { kind } from "../kinds";
import { JOB_STATUSES } from "../tables";
import { showJob } from "../wire";
import { done, type Parts } from "./parts";

const newJob = v.object({ kind, prompt: v.nullish(text(0, 10_000), null), projectId: v.nullish(id(), null) });
const page = v.object({
  limit: v.optional(digits(1, 100), "50"),
  status: v.optional(v.picklist(JOB_STATUSES)),
  before: v.optional(id()),
});

/** The jobs of users. */
export function addMedia(app: Hono<RestEnv>, { house, rooms, media, jobs }: Parts): void {
  const user = signedIn(house.tokens);
  const writes = limitWrites(house.limits);
  const mediaId = (given: string | undefined) => parse(id(), given, "mediaId");

  app.post("/api/v1/media", user, writes, async (c) => {
    const { userId } = c.var.identity;
    const job = await readJson(c, newJob);
    if (job.projectId !== null) rooms.demandAdmission(job.projectId, userId);
    return c.json(done(showJob(await jobs.create({ userId, ...job }))), 201);
  });

  app.get("/api/v1/media", user, async (c) => {
    const list = await jobs.list(c.var.identity.userId, readQuery(c, page));
    return c.json(done(list.map(showJob)));
  });

  app.get("/api/v1/media/:id", user, async (c) =>
    c.json(done(showJob(await media.find(c.var.identity, mediaId(c.req.param("id")))))),
  );

  app.delete("/api/v1/media/:id", user, writes, async (c) => {
    const job = mediaId(c.req.param("id"));
    await media.demandCancel(c.var.identity, job);
    return c.json(done(showJob(await jobs.cancel(job))));
  });
}
