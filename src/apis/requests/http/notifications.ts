import * as v from "valibot";
import type { Notification } from "../../../domain/notifications/notifications";
import type { CommonCallers } from "../../../http/access";
import { anyObject, demandFits, digits } from "../../../http/body";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { id, line, text } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { iso } from "../../../runtime/clock";
import { showNotification } from "../wire";
import { originOf, type Parts } from "./parts";
import { NOTIFICATION } from "./shapes";

/** Where an action leads: a page of the client itself, as in the document, or an http(s) URL. */
const link = v.pipe(
  v.string(),
  v.trim(),
  v.check((text) => text.length >= 1 && text.length <= 2048, "must have 1 to 2048 characters"),
  v.check(
    (text) => (text.startsWith("/") ? isPath(text) : /^https?:$/.test(URL.parse(text)?.protocol ?? "")),
    "must be a path or an http(s) URL",
  ),
);

/** Whether it leads to the client's own host, as browsers read it: `//`, `/\` and a tab between slashes do not. */
function isPath(text: string): boolean {
  return URL.parse(text, NOWHERE)?.origin === NOWHERE;
}
const NOWHERE = "http://nowhere.invalid";
const news = v.object({
  userId: id(),
  type: line(1, 64),
  title: line(1, 256),
  message: text(1, 4_000),
  metadata: v.nullish(anyObject()),
  actions: v.nullish(v.pipe(v.array(v.object({ label: line(1, 64), url: link })), v.maxLength(10))),
});
const page = v.object({
  unread: v.pipe(v.optional(v.picklist(["true", "false"]), "false"), v.description("Only those that are not read.")),
  limit: v.pipe(v.optional(digits(1, 100), "50"), v.description("How many at most.")),
  offset: v.pipe(v.optional(digits(0, 999_999_999), "0"), v.description("How many to leave out at the beginning.")),
});
const change = v.object({ read: v.boolean() });

export const notificationRoutes = {
  notify: route("POST /api/v1/notifications", {
    summary: "Stores a notification for a user, who hears `user:notification`.",
    source: "User Events, user:notification",
    access: "key",
    body: news,
    example: {
      userId: "user_abc123",
      type: "maintenance",
      title: "Maintenance tonight",
      message: "The server restarts at midnight",
      actions: [{ label: "Details", url: "/status" }],
    },
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
export function notificationHandlers({
  house,
  inbox,
  activity,
}: Parts): RouteHandlers<typeof notificationRoutes, CommonCallers> {
  return {
    async notify({ body }) {
      const { metadata, actions, ...given } = await body();
      demandFits(metadata ?? undefined, house.maxPayloadBytes, "metadata");
      const data = { ...(metadata && { metadata }), ...(actions && { actions }) };
      return show(await inbox.post({ ...given, data }));
    },

    async listNotifications({ identity, query: { unread, ...part } }) {
      const found = await inbox.list(identity.userId, { isUnread: unread === "true", ...part });
      return found.map(show);
    },

    async markNotification(call) {
      const { read } = await call.body();
      const { identity } = call;
      const found = await inbox.mark(identity.userId, call.params.id, read);
      if (!found) throw new Refusal("not_found", "Notification not found");
      const action = read ? "notification_read" : "notification_unread";
      await activity.note(identity, action, { notificationId: found.id }, originOf(call));
      return show(found);
    },
  };
}

function show(notification: Notification) {
  const { userId, readAt } = notification;
  return {
    ...showNotification(notification),
    userId,
    read: readAt !== null,
    readAt: readAt === null ? null : iso(readAt),
  };
}
