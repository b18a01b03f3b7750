import type { Log } from "../../runtime/log";
import { Turns } from "../../runtime/turns";
import type { NewNotification, Notification, Notifications } from "./notifications";

interface InboxOptions {
  /** Whose it is: APIs do not see each other's. */
  readonly name: string;
  readonly notifications: Notifications;
  readonly log: Log;
  /** Where other things must be told in order with the news. */
  readonly turns?: Turns;
  /** Sends one to its user's sockets. */
  tell(notification: Notification): void;
}

/** One API's news for its users: stored, told at once, and shown again to whoever comes back before reading them. */
export class Inbox {
  readonly #options: InboxOptions;
  /** What is posted while somebody is shown what there is must come once, as one or as the other. */
  readonly #turns: Turns;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#turns = options.turns ?? new Turns();
  }

  post(news: NewNotification): Promise<Notification> {
    const { notifications, name } = this.#options;
    return this.#turns.take(async () => {
      const notification = await notifications.post(name, news);
      this.tell(notification);
      return notification;
    });
  }

  /** As `Notifications.prepare`; once it is written, `tell` it in the same turn. */
  prepare(news: NewNotification): ReturnType<Notifications["prepare"]> {
    return this.#options.notifications.prepare(this.#options.name, news);
  }

  tell(notification: Notification): void {
    this.#options.tell(notification);
  }

  /** As `Notifications.list`. */
  list(userId: string, page: Parameters<Notifications["list"]>[2]): Promise<Notification[]> {
    return this.#options.notifications.list(this.#options.name, userId, page);
  }

  /** As `Notifications.mark`. */
  mark(userId: string, id: string, isRead: boolean): Promise<Notification | undefined> {
    return this.#options.notifications.mark(this.#options.name, userId, id, isRead);
  }

  /**
   * Has `show` called with what the user has not read, oldest first: who is told of news from that call on misses none
   * and hears none twice. While it cannot be read, with nothing. Never rejects.
   */
  attend(userId: string, show: (unread: readonly Notification[]) => void): Promise<void> {
    const { notifications, name, log } = this.#options;
    return this.#turns.take(async () => {
      const unread = await notifications.unread(name, userId).catch((error) => {
        log.error({ err: error, userId }, "unread notifications could not be read");
        return [];
      });
      show(unread);
    });
  }
}
