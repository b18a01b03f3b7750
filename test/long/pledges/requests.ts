import { tokenOf } from "../place";
import { type Pledge, pairs } from "./pledge";

interface Made {
  readonly id: string;
}

/** Media that was asked for, and what was decided. */
export const requests: Pledge = {
  name: "media requests",
  async visit({ place, user, random, ledger, isOver }) {
    const [token, admin] = [await tokenOf(user), await tokenOf(`${user}-admin`, "admin")];
    for (let n = 0; !place.isGone && !isOver(); n++) {
      const title = { mediaType: "movie", tmdbId: `${user}-${n}`, title: "A film" };
      const made = await place.call("requests", "POST", "/api/v1/media/requests", token, title);
      const id = (made?.data as Made | undefined)?.id;
      if (id) {
        ledger.note(id, 1);
        const decide = (what: string) =>
          place.call("requests", "POST", `/api/v1/admin/requests/${id}/${what}`, admin, {});
        if (await decide("approve")) ledger.note(id, 2);
        if (random.isLikely(0.5) && (await decide("available"))) ledger.note(id, 3);
      }
      await Bun.sleep(random.whole(60, 200));
    }
  },
  stored: (db) =>
    pairs(
      db,
      `SELECT id, CASE status WHEN 'pending' THEN 1 WHEN 'approved' THEN 2 WHEN 'downloading' THEN 2 ELSE 3 END
       FROM media_requests`,
    ),
  // Each step leaves one line, and the request stands where the last one says.
  excess: (db) =>
    db
      .query<Made, []>(
        `SELECT id FROM media_requests WHERE status IS NOT
         (SELECT "to" FROM media_request_history WHERE request_id = media_requests.id ORDER BY sequence DESC LIMIT 1)`,
      )
      .all()
      .map(({ id }) => `media requests: ${id} does not stand where its history ends`),
};

/** News for users, and what of it they have read. */
export const notifications: Pledge = {
  name: "notifications",
  async visit({ place, user, random, ledger, isOver }) {
    const token = await tokenOf(user);
    while (!place.isGone && !isOver()) {
      const api = random.of(["studio", "requests"] as const);
      const news = { userId: user, type: "success", title: "News", message: "Something has happened" };
      const made = await place.call(api, "POST", "/api/v1/notifications", "key", news);
      const id = (made?.data as Made | undefined)?.id;
      if (id) {
        ledger.note(id, 1);
        const read = await place.call(api, "PATCH", `/api/v1/notifications/${id}`, token, { read: true });
        if (read) ledger.note(id, 2);
      }
      await Bun.sleep(random.whole(20, 120));
    }
  },
  stored: (db) => pairs(db, "SELECT id, CASE WHEN read_at IS NULL THEN 1 ELSE 2 END FROM notifications"),
};
