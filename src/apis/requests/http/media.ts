import * as v from "valibot";
import type { CommonCallers } from "../../../http/access";
import { digits } from "../../../http/body";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { amount, id, line } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { isAdmin } from "../media";
import { MEDIA_TYPES, STATUSES } from "../tables";
import { showDownload, showHistory, showRequest } from "../wire";
import { originOf, type Parts } from "./parts";
import { REQUEST, REQUEST_WHOLE } from "./shapes";

const newRequest = v.object({
  mediaType: v.picklist(MEDIA_TYPES),
  tmdbId: id(),
  title: line(1, 256),
  seasons: v.nullish(v.pipe(v.array(v.pipe(amount(0, 10_000), v.safeInteger())), v.maxLength(1_000)), null),
});
const page = v.object({
  all: v.pipe(v.optional(v.picklist(["true", "false"]), "false"), v.description("Everybody's, for admins.")),
  status: v.pipe(v.optional(v.picklist(STATUSES)), v.description("Only those with this status.")),
  limit: v.pipe(v.optional(digits(1, 100), "100"), v.description("How many at most.")),
  offset: v.pipe(v.optional(digits(0, 999_999_999), "0"), v.description("How many to leave out at the beginning.")),
});

export const mediaRoutes = {
  requestMedia: route("POST /api/v1/media/requests", {
    summary: "Asks for a title.",
    access: "user",
    body: newRequest,
    example: { mediaType: "movie", tmdbId: "27205", title: "Inception" },
    answer: REQUEST,
    status: 201,
    refuses: ["conflict"],
  }),
  listRequests: route("GET /api/v1/media/requests", {
    summary: "The caller's requests, last changed first; `all=true` is everybody's, for admins.",
    access: "user",
    only: "for `all=true` an admin",
    query: page,
    answer: listOf(REQUEST),
  }),
  getRequest: route("GET /api/v1/media/requests/:id", {
    summary: "A request with its history and downloads, for whoever made it and for admins.",
    access: "user",
    answer: REQUEST_WHOLE,
    refuses: ["not_found"],
  }),
  withdrawRequest: route("DELETE /api/v1/media/requests/:id", {
    summary: "Withdraws a request while it is pending; admins may at any time.",
    access: "user",
    answer: REQUEST,
    refuses: ["not_found", "conflict"],
  }),
};

/** What users ask for. */
export function mediaHandlers({ media, downloads, activity }: Parts): RouteHandlers<typeof mediaRoutes, CommonCallers> {
  return {
    async requestMedia(call) {
      const request = await media.create(call.identity.userId, await call.body());
      const details = { requestId: request.id, mediaTitle: request.title, mediaType: request.mediaType };
      await activity.note(call.identity, "media_request_submitted", details, originOf(call));
      return showRequest(request);
    },

    async listRequests({ identity, query: { all, status, limit, offset } }) {
      if (all === "true" && !isAdmin(identity)) {
        throw new Refusal("permission_denied", "Admin access required", { field: "all" });
      }
      const userId = all === "true" ? undefined : identity.userId;
      return (await media.list({ userId, status }, { limit, offset })).map(showRequest);
    },

    async getRequest({ identity, params }) {
      const { request, history } = await media.find(identity, params.id);
      const running = downloads.of(request.id).map(showDownload);
      return { ...showRequest(request), history: history.map(showHistory), downloads: running };
    },

    async withdrawRequest(call) {
      const request = await media.remove(call.identity, call.params.id);
      const details = { requestId: request.id, mediaTitle: request.title, mediaType: request.mediaType };
      await activity.note(call.identity, "media_request_deleted", details, originOf(call));
      return showRequest(request);
    },
  };
}
