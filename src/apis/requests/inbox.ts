import type { NewNotification, Notification, Notifications } from "../../domain/notifications/notifications";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import type { Log } from "../../runtime/log";
import { Turns } from "../../runtime/turns";
import { type RequestsLine, type RequestsSession, showNotification, userRoom } from "./wire";

const NAME = "requests";

/** The users' news: stored, sent at once, and shown again to whoever comes back before reading them. */
export class Inbox {
  readonly #notifications: Notifications;
  readonly #log: Log;
  readonly #line: RequestsLine;
  /** What is posted while somebody is shown what there is must come once, as one or as the other. */
  readonly #turns = new Turns();

  constructor({ notifications, log }: House, line: RequestsLine) {
    this.#notifications = notifications;
    this.#log = log;
    this.#line = line;
  }

  post(news: NewNotification): Promise<Notification> {
    return this.#turns.take(async () => this.#tell(await this.#notifications.post(NAME, news)));
  }

  /** As `Notifications.prepare`; once it is written, `tell` it. */
  prepare(news: NewNotification) {
    return this.#notifications.prepare(NAME, news);
  }

  /** Work that writes prepared news, and gives them, so that they are told in their turn. */
  during<T>(work: () => Promise<{ outcome: T; news: Notification | undefined }>): Promise<T> {
    return this.#turns.take(async () => {
      const { outcome, news } = await work();
      if (news) this.#tell(news);
      return outcome;
    });
  }

  /** Newest first. */
  list(userId: string, isUnread: boolean, limit: number): Promise<Notification[]> {
    return this.#notifications.list(NAME, userId, { isUnread, limit });
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

  #tell(notification: Notification): Notification {
    const shown = showNotification(notification);
    for (const namespace of ["/", "/authenticated"] as const) {
      this.#line.publisher.toRoom(namespace, userRoom(notification.userId), "user:notification", shown);
    }
    return notification;
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
