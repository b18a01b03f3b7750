import type { NewNotification, Notification, Notifications } from "../../domain/notifications/notifications";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import type { Log } from "../../runtime/log";
import type { Turns } from "../../runtime/turns";
import { type RequestsLine, type RequestsSession, showNotification, userRoom } from "./wire";

const NAME = "requests";

/** The users' news: stored, sent at once, and shown again to whoever comes back before reading them. */
export class Inbox {
  readonly #notifications: Notifications;
  readonly #log: Log;
  readonly #line: RequestsLine;
  readonly #turns: Turns;

  /** @param turns what is posted while somebody is shown what there is must come once, as one or as the other */
  constructor({ notifications, log }: House, line: RequestsLine, turns: Turns) {
    this.#notifications = notifications;
    this.#log = log;
    this.#line = line;
    this.#turns = turns;
  }

  post(news: NewNotification): Promise<Notification> {
    return this.#turns.take(async () => {
      const notification = await this.#notifications.post(NAME, news);
      this.tell(notification);
      return notification;
    });
  }

  /** As `Notifications.prepare`; once it is written, `tell` it in the same turn. */
  prepare(news: NewNotification) {
    return this.#notifications.prepare(NAME, news);
  }

  tell(notification: Notification): void {
    const shown = showNotification(notification);
    for (const namespace of ["/", "/authenticated"] as const) {
      this.#line.publisher.toRoom(namespace, userRoom(notification.userId), "user:notification", shown);
    }
  }

  /** Newest first. */
  list(userId: string, page: { isUnread: boolean; limit: number; offset: number }): Promise<Notification[]> {
    return this.#notifications.list(NAME, userId, page);
  }

  mark(userId: string, id: string, isRead: boolean): Promise<Notification | undefined> {
    return this.#notifications.mark(NAME, userId, id, isRead);
  }

  /** From now on the socket hears of its user's news; on `/authenticated`, those first that were not read yet. */
  attend(session: RequestsSession, userId: string): Promise<void> {
    return this.#turns.take(async () => {
      const unread = session.namespace === "/authenticated" ? await this.#unread(userId) : [];
      if (session.isClosing || session.identity?.userId !== userId) return;
      this.#line.rooms.join(session, userRoom(userId));
      for (const notification of fitting(unread)) {
        this.#line.publisher.send<"/authenticated", "user:notification">(session, "user:notification", notification);
      }
    });
  }

  async #unread(userId: string) {
    try {
      return (await this.#notifications.unread(NAME, userId)).map(showNotification);
    } catch (error) {
      this.#log.error({ err: error, userId }, "unread notifications could not be read");
      return [];
    }
  }
}
