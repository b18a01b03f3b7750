import { Inbox } from "../../domain/notifications/inbox";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import type { Turns } from "../../runtime/turns";
import { type RequestsLine, type RequestsSession, showNotification, userRoom } from "./wire";

/** The news of this API, told on `/authenticated` and to those who are signed in on the root (CONTRACT §5). */
export function openInbox({ notifications, log }: House, line: RequestsLine, turns: Turns): Inbox {
  return new Inbox({
    name: "requests",
    notifications,
    log,
    turns,
    tell(notification) {
      const shown = showNotification(notification);
      for (const namespace of ["/", "/authenticated"] as const) {
        line.publisher.toRoom(namespace, userRoom(notification.userId), "user:notification", shown);
      }
    },
  });
}

/** From now on the socket hears of its user's news; on `/authenticated`, those first that were not read yet. */
export function attend(inbox: Inbox, session: RequestsSession, userId: string, { rooms, publisher }: RequestsLine) {
  if (session.namespace === "/") return rooms.join(session, userRoom(userId));
  return inbox.attend(userId, (unread) => {
    if (session.isClosing || session.identity?.userId !== userId) return;
    rooms.join(session, userRoom(userId));
    for (const shown of fitting(unread.map(showNotification))) {
      publisher.send<"/authenticated", "user:notification">(session, "user:notification", shown);
    }
  });
}
