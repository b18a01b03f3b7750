import type { Hono } from "hono";
import * as v from "valibot";
import type { Notification } from "../../../domain/notifications/notifications";
import { anyObject, demandFits, digits, readJson, readQuery } from "../../../http/body";
import { demandKey } from "../../../http/keys";
import { type RestEnv, signedIn } from "../../../http/rest";
import { limitWrites } from "../../../http/writes";
import { parse } from "../../../parse";
import { id, line, text } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { iso } from "../../../runtime/clock";
import { NOTIFICATION_TYPES, showNotification } from "../wire";
import { done, type Parts, SCOPE } from "./parts";

const news = v.object({
  userId: id(),
  type: v.picklist(NOTIFICATION_TYPES),
  title: line(1, 256),
  message: text(1, 4_000),
  data: v.nullish(anyObject()),
});
const page = v.object({
  unread: v.optional(v.picklist(["true", "false"]), "false"),
  limit: v.optional(digits(1, 100), "50"),
});
const change = v.object({ read: v.boolean() });

/** News for users: from servers, and to their readers. */
export function addNotifications(app: Hono<RestEnv>, { house, inbox }: Parts): void {
  const { apiKeys, tokens, limits, maxPayloadBytes } = house;
  const user = signedIn(tokens);

  app.post("/api/v1/notifications", demandKey(apiKeys, SCOPE), async (c) => {
    const given = await readJson(c, news);
    demandFits(given.data, maxPayloadBytes, "data");
    return c.json(done(show(await inbox.post({ ...given, data: given.data ?? undefined }))), 201);
  });

  app.get("/api/v1/notifications", user, async (c) => {
    const { unread, limit } = readQuery(c, page);
    const list = await inbox.list(c.var.identity.userId, { isUnread: unread === "true", limit });
    return c.json(done(list.map(show)));
  });

  app.patch("/api/v1/notifications/:id", user, limitWrites(limits), async (c) => {
    const { read } = await readJson(c, change);
    const found = await inbox.mark(c.var.identity.userId, parse(id(), c.req.param("id"), "id"), read);
    if (!found) throw new Refusal("not_found", "Notification not found");
    return c.json(done(show(found)));
  });
}

function show(notification: Notification) {
  const { userId, readAt } = notification;
  const read = readAt !== null;
  return { ...showNotification(notification), userId, read, readAt: readAt === null ? null : iso(readAt) };
}
