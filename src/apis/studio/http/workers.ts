import type { Hono } from "hono";
import * as v from "valibot";
import { anyObject, demandFits, readJson, webUrl } from "../../../http/body";
import { demandKey } from "../../../http/keys";
import type { RestEnv } from "../../../http/rest";
import { parse } from "../../../parse";
import { amount, id, line, text } from "../../../realtime/fields";
import { kind } from "../kinds";
import { showJob } from "../wire";
import { done, type Parts, SCOPE } from "./parts";

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

/** What workers do: take a job, say how far it is, and how it ended. */
export function addWorkers(app: Hono<RestEnv>, { house, jobs }: Parts): void {
  const { apiKeys, maxPayloadBytes } = house;
  const key = demandKey(apiKeys, SCOPE);
  const mediaId = (given: string | undefined) => parse(id(), given, "mediaId");

  app.post("/api/v1/media/claim", key, async (c) => {
    const { worker, kinds } = await readJson(c, claim);
    const job = await jobs.claim(worker, kinds ?? undefined);
    return job ? c.json(done(showJob(job))) : c.body(null, 204);
  });

  app.post("/api/v1/media/:id/progress", key, async (c) => {
    const { progress, stage, message } = await readJson(c, report);
    return c.json(done(showJob(await jobs.report(mediaId(c.req.param("id")), progress, stage, message))));
  });

  app.post("/api/v1/media/:id/complete", key, async (c) => {
    const given = await readJson(c, result);
    demandFits(given.metadata, maxPayloadBytes, "metadata");
    return c.json(done(showJob(await jobs.complete(mediaId(c.req.param("id")), given))));
  });

  app.post("/api/v1/media/:id/error", key, async (c) => {
    const { error, code } = await readJson(c, failure);
    return c.json(done(showJob(await jobs.fail(mediaId(c.req.param("id")), error, code))));
  });
}
