import { Inbox } from "../../domain/notifications/inbox";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import { userRoom } from "./names";
import type { StudioSession } from "./session";
import { type StudioLine, showNotification } from "./wire";

/** The news of this API, told on `/notifications` (CONTRACT §6). */
export function openInbox({ notifications, log }: House, { publisher }: StudioLine): Inbox {
  return new Inbox({
    name: "studio",
    notifications,
    log,
    tell(notification) {
      const shown = showNotification(notification);
      publisher.toRoom<"/notifications", "notification">(
        "/notifications",
        userRoom(notification.userId),
        "notification",
        shown,
      );
    },
  });
}

/** From now on the socket hears of its user's news, those first that were not read yet. */
export function attend(inbox: Inbox, session: StudioSession, userId: string, { rooms, publisher }: StudioLine) {
  return inbox.attend(userId, (unread) => {
    if (session.isClosing || session.identity?.userId !== userId) return;
    rooms.join(session, userRoom(userId));
    for (const shown of fitting(unread.map(showNotification))) {
      publisher.send<"/notifications", "notification">(session, "notification", shown);
    }
  });
}
