import * as v from "valibot";
import type { Notification } from "../../../domain/notifications/notifications";
import type { CommonCallers } from "../../../http/access";
import { anyObject, demandFits, digits } from "../../../http/body";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { id, line, text } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { iso } from "../../../runtime/clock";
import { NOTIFICATION_TYPES, showNotification } from "../wire";
import type { Parts } from "./parts";
import { NOTIFICATION } from "./shapes";

const news = v.object({
  userId: id(),
  type: v.picklist(NOTIFICATION_TYPES),
  title: line(1, 256),
  message: text(1, 4_000),
  data: v.nullish(anyObject()),
});
const page = v.object({
  unread: v.pipe(v.optional(v.picklist(["true", "false"]), "false"), v.description("Only those that are not read.")),
  limit: v.pipe(v.optional(digits(1, 100), "50"), v.description("How many at most.")),
});
const change = v.object({ read: v.boolean() });

export const notificationRoutes = {
  notify: route("POST /api/v1/notifications", {
    summary: "Stores a notification for a user, who hears `notification`.",
    access: "key",
    body: news,
    example: { userId: "user123", type: "success", title: "Your picture is ready", message: "A lighthouse in the fog" },
    answer: NOTIFICATION,
    status: 201,
  }),
  listNotifications: route("GET /api/v1/notifications", {
    summary: "The caller's notifications, newest first; `unread=true` for those only.",
    access: "user",
    query: page,
    answer: listOf(NOTIFICATION),
  }),
  markNotification: route("PATCH /api/v1/notifications/:id", {
    summary: "Marks a notification of the caller's as read, or as unread again.",
    access: "user",
    body: change,
    example: { read: true },
    answer: NOTIFICATION,
    refuses: ["not_found"],
  }),
};

/** News for users: from servers, and to their readers. */
export function notificationHandlers({ house, inbox }: Parts): RouteHandlers<typeof notificationRoutes, CommonCallers> {
  return {
    async notify({ body }) {
      const given = await body();
      demandFits(given.data, house.maxPayloadBytes, "data");
      return show(await inbox.post({ ...given, data: given.data ?? undefined }));
    },
    async listNotifications({ identity, query: { unread, limit } }) {
      return (await inbox.list(identity.userId, { isUnread: unread === "true", limit })).map(show);
    },
    async markNotification(call) {
      const { read } = await call.body();
      const found = await inbox.mark(call.identity.userId, call.params.id, read);
      if (!found) throw new Refusal("not_found", "Notification not found");
      return show(found);
    },
  };
}

function show(notification: Notification) {
  const { userId, readAt } = notification;
  const read = readAt !== null;
  return { ...showNotification(notification), userId, read, readAt: readAt === null ? null : iso(readAt) };
}
