import * as v from "valibot";
import type { CommonCallers } from "../../../http/access";
import { digits } from "../../../http/body";
import { type Call, listOf, type RouteHandlers, route } from "../../../http/route";
import { text } from "../../../realtime/fields";
import { showActivity, showRequest } from "../wire";
import { originOf, type Parts } from "./parts";
import { ACTIVITY, REQUEST } from "./shapes";

/** An ISO 8601 time, as epoch ms; UTC where it names no zone, wherever this server stands. */
const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT/, "must be an ISO 8601 time"),
  v.transform((text) => Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)),
  v.check((time) => !Number.isNaN(time), "must be an ISO 8601 time"),
);
const decision = v.object({ reason: v.nullish(text(1, 1_000)), estimatedCompletion: v.nullish(instant) });
const listed = v.object({
  limit: v.pipe(v.optional(digits(1, 1000), "100"), v.description("How many at most.")),
  offset: v.pipe(v.optional(digits(0, 999_999_999), "0"), v.description("How many to leave out at the beginning.")),
});

const decided = {
  access: "admin",
  body: decision,
  bodyIs: "optional",
  answer: REQUEST,
  refuses: ["not_found", "conflict"],
} as const;

export const adminRoutes = {
  approveRequest: route("POST /api/v1/admin/requests/:id/approve", {
    ...decided,
    summary: "Approves a pending request, or tries a failed one again; its owner is notified.",
    example: { estimatedCompletion: "2026-01-01T02:00:00.000Z" },
  }),
  declineRequest: route("POST /api/v1/admin/requests/:id/decline", {
    ...decided,
    summary: "Declines a pending request; its owner is notified.",
    example: { reason: "It is in the library already" },
  }),
  completeRequest: route("POST /api/v1/admin/requests/:id/available", {
    ...decided,
    summary: "Says that an open request is in the library now; its owner is notified.",
    example: {},
  }),
  failRequest: route("POST /api/v1/admin/requests/:id/fail", {
    ...decided,
    summary: "Says that an approved request could not be had; its owner is notified.",
    example: { reason: "No release was found" },
  }),
  listActivity: route("GET /api/v1/admin/activity", {
    summary: "What users did that changed something, newest first.",
    access: "admin",
    query: listed,
    answer: listOf(ACTIVITY),
  }),
};

const ACTIONS = {
  approve: "media_request_approved",
  decline: "media_request_declined",
  available: "media_request_available",
  fail: "media_request_failed",
} as const;

/** What admins decide, and what they see of everybody. */
export function adminHandlers({
  media,
  activity,
  activityStore,
}: Parts): RouteHandlers<typeof adminRoutes, CommonCallers> {
  return {
    approveRequest: decide("approve"),
    declineRequest: decide("decline"),
    completeRequest: decide("available"),
    failRequest: decide("fail"),
    listActivity: async ({ query }) => (await activityStore.list(query)).map(showActivity),
  };

  function decide(step: keyof typeof ACTIONS) {
    return async (call: Call<typeof adminRoutes.approveRequest, CommonCallers>) => {
      const given = await call.body();
      const request = await media.step(call.params.id, step, { by: call.identity.userId, ...given });
      const details = { requestId: request.id, mediaTitle: request.title, mediaType: request.mediaType };
      await activity.note(call.identity, ACTIONS[step], details, originOf(call));
      return showRequest(request);
    };
  }
}
