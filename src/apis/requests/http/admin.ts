import type { Hono } from "hono";
import * as v from "valibot";
import { digits, readOptionalJson, readQuery } from "../../../http/body";
import type { RestEnv } from "../../../http/rest";
import { parse } from "../../../parse";
import { id, text } from "../../../realtime/fields";
import type { Step } from "../lifecycle";
import { showActivity, showRequest } from "../wire";
import { callers, done, originOf, type Parts } from "./parts";

/** An ISO 8601 time, as epoch ms; UTC where it names no zone, wherever this server stands. */
const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT/, "must be an ISO 8601 time"),
  v.transform((text) => Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)),
  v.check((time) => !Number.isNaN(time), "must be an ISO 8601 time"),
);
const decision = v.object({ reason: v.nullish(text(1, 1_000)), estimatedCompletion: v.nullish(instant) });
const listed = v.object({
  limit: v.optional(digits(1, 1000), "100"),
  offset: v.optional(digits(0, 999_999_999), "0"),
});

const ACTIONS: Readonly<Record<"approve" | "decline" | "available" | "fail", string>> = {
  approve: "media_request_approved",
  decline: "media_request_declined",
  available: "media_request_available",
  fail: "media_request_failed",
};

/** What admins decide, and what they see of everybody. */
export function addAdmin(app: Hono<RestEnv>, { house, media, activity, activityStore }: Parts): void {
  const { admin } = callers(house);

  for (const [step, action] of Object.entries(ACTIONS) as [Step & keyof typeof ACTIONS, string][]) {
    app.post(`/api/v1/admin/requests/:id/${step}`, admin, async (c) => {
      const given = await readOptionalJson(c, decision);
      const by = c.var.identity.userId;
      const request = await media.step(parse(id(), c.req.param("id"), "id"), step, { by, ...given });
      const details = { requestId: request.id, mediaTitle: request.title, mediaType: request.mediaType };
      await activity.note(c.var.identity, action, details, originOf(c));
      return c.json(done(showRequest(request)));
    });
  }

  app.get("/api/v1/admin/activity", admin, async (c) => {
    return c.json(done((await activityStore.list(readQuery(c, listed))).map(showActivity)));
  });
}
