import type { NewNotification, Notification, Notifications } from "../../domain/notifications/notifications";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import type { Log } from "../../runtime/log";
import { Turns } from "../../runtime/turns";
import { userRoom } from "./names";
import type { StudioSession } from "./session";
import { type StudioLine, showNotification } from "./wire";

const NAME = "studio";

/** The users' news: stored, sent at once, and shown again to whoever comes back before reading them. */
export class Inbox {
  readonly #notifications: Notifications;
  readonly #log: Log;
  readonly #line: StudioLine;
  /** What is posted while somebody is shown what there is must come once, as one or as the other. */
  readonly #turns = new Turns();

  constructor({ notifications, log }: House, line: StudioLine) {
    this.#notifications = notifications;
    this.#log = log;
    this.#line = line;
  }

  post(news: NewNotification): Promise<Notification> {
    return this.#turns.take(async () => {
      const notification = await this.#notifications.post(NAME, news);
      const room = userRoom(news.userId);
      this.#line.publisher.toRoom<"/notifications", "notification">(
        "/notifications",
        room,
        "notification",
        showNotification(notification),
      );
      return notification;
    });
  }

  /** Newest first. */
  list(userId: string, isUnread: boolean, limit: number): Promise<Notification[]> {
    return this.#notifications.list(NAME, userId, { isUnread, limit });
  }

  mark(userId: string, id: string, isRead: boolean): Promise<Notification | undefined> {
    return this.#notifications.mark(NAME, userId, id, isRead);
  }

  /** From now on the socket hears of its user's news, those first that were not read yet. Never rejects. */
  attend(session: StudioSession, userId: string): Promise<void> {
    return this.#turns.take(async () => {
      const unread = await this.#unread(userId);
      if (session.isClosing || session.identity?.userId !== userId) return;
      this.#line.rooms.join(session, userRoom(userId));
      for (const notification of fitting(unread)) {
        this.#line.publisher.send<"/notifications", "notification">(session, "notification", notification);
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
