import type { Hono } from "hono";
import * as v from "valibot";
import type { Notification } from "../../../domain/notifications/notifications";
import { anyObject, demandFits, digits, readJson, readQuery } from "../../../http/body";
import { demandKey } from "../../../http/keys";
import type { RestEnv } from "../../../http/rest";
import { parse } from "../../../parse";
import { id, line, text } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { iso } from "../../../runtime/clock";
import { showNotification } from "../wire";
import { callers, done, originOf, type Parts, SCOPE } from "./parts";

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
  unread: v.optional(v.picklist(["true", "false"]), "false"),
  limit: v.optional(digits(1, 100), "50"),
  offset: v.optional(digits(0, 999_999_999), "0"),
});
const change = v.object({ read: v.boolean() });

/** News for users: from servers, and to their readers. */
export function addNotifications(app: Hono<RestEnv>, { house, inbox, activity }: Parts): void {
  const { user, writer } = callers(house);

  app.post("/api/v1/notifications", demandKey(house.apiKeys, SCOPE), async (c) => {
    const { metadata, actions, ...given } = await readJson(c, news);
    demandFits(metadata ?? undefined, house.maxPayloadBytes, "metadata");
    const data = { ...(metadata && { metadata }), ...(actions && { actions }) };
    return c.json(done(show(await inbox.post({ ...given, data }))), 201);
  });

  app.get("/api/v1/notifications", user, async (c) => {
    const { unread, ...part } = readQuery(c, page);
    const found = await inbox.list(c.var.identity.userId, { isUnread: unread === "true", ...part });
    return c.json(done(found.map(show)));
  });

  app.patch("/api/v1/notifications/:id", writer, async (c) => {
    const { read } = await readJson(c, change);
    const { identity } = c.var;
    const found = await inbox.mark(identity.userId, parse(id(), c.req.param("id"), "id"), read);
    if (!found) throw new Refusal("not_found", "Notification not found");
    const action = read ? "notification_read" : "notification_unread";
    await activity.note(identity, action, { notificationId: found.id }, originOf(c));
    return c.json(done(show(found)));
  });
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
