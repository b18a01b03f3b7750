import { ADMIN, FRIEND, GAMER, INCEPTION, VIEWERS } from "../cast";
import { DECLINES, FAILURES, SEARCHES, TITLES } from "../script/titles";
import { ask, type Stage } from "../stage";

interface Request {
  readonly id: string;
  readonly userId: string;
  readonly tmdbId: string;
  readonly title: string;
  readonly mediaType: "movie" | "tv";
  readonly status: string;
}
interface List<T> {
  readonly data: readonly T[];
}

const GIGABYTE = 1_000_000_000;
/** Requests of the cast that are over; older ones are cleared away, so that a night of them fills no page. */
const MAX_KEPT = 30;
const SHIFT_MS = 20 * 60_000;

/** A household that wants films, an admin who decides, a downloader, a media server, and people who search. */
export function playRequests(stage: Stage): void {
  const { random, pace, place } = stage;
  const cast = new Set(VIEWERS.map(({ id }) => id));
  const server = stage.rest("requests");
  const admin = async () => stage.rest("requests", await place.sign(ADMIN.id));
  const all = async (status: string) =>
    (await (await admin()).get<List<Request>>(`/api/v1/media/requests?all=true&status=${status}`)).data;

  stage.act("somebody with a wish", async () => {
    await pace.wait(6_000, 20_000);
    const { id, name, email } = random.of(VIEWERS);
    const { title, type, tmdbId } = random.of(TITLES);
    const wish = { mediaType: type, tmdbId, title, ...(type === "tv" && { seasons: [1] }) };
    const call = stage.rest("requests", await place.sign(id, { username: name, email }));
    // Who has asked for it already is told so.
    await call.post("/api/v1/media/requests", wish).catch(() => {});
  });

  stage.act("the admin", async () => {
    await pace.wait(5_000, 12_000);
    const call = await admin();
    // What the documents' users have asked for is left for whoever looks at the demo.
    const waiting = (await all("pending")).filter(({ userId }) => cast.has(userId));
    const request = waiting.at(-1);
    const decide = (step: string, body: object) => call.post(`/api/v1/admin/requests/${request?.id}/${step}`, body);
    if (request && random.isLikely(0.8)) await decide("approve", { reason: "Movie night" });
    else if (request) await decide("decline", { reason: random.of(DECLINES) });
    for (const failed of (await all("failed")).slice(0, 1)) {
      await call.post(`/api/v1/admin/requests/${failed.id}/approve`, { reason: "Once more, with feeling" });
    }
  });

  for (const name of ["downloader A", "downloader B"]) {
    stage.act(name, async () => {
      await pace.wait(2_000, 6_000);
      const request = random.shuffled(await all("approved"))[0];
      if (request) await download(request);
    });
  }

  stage.act("the cleaner", async () => {
    await pace.wait(60_000);
    const call = await admin();
    const over = [...(await all("available")), ...(await all("declined"))].filter(({ userId }) => cast.has(userId));
    for (const { id } of over.slice(MAX_KEPT)) await call.delete(`/api/v1/media/requests/${id}`);
  });

  stage.act("somebody who searches", async () => {
    await pace.wait(5_000, 15_000);
    const { id } = random.of(VIEWERS);
    await stage.with("requests", { token: await place.sign(id) }, "/media", async (socket) => {
      const query = random.of(SEARCHES);
      // As it is typed, two letters at a time.
      for (let length = 2; length < query.length + 2; length += 2) {
        await ask(socket, "media:search", { query: query.slice(0, length) });
        await pace.wait(120, 400);
      }
    });
  });

  stage.act("the media server", async () => {
    await pace.wait(25_000, 60_000);
    const library = random.of([
      { libraryId: "1", libraryName: "Movies" },
      { libraryId: "2", libraryName: "TV shows" },
    ]);
    const tell = (event: string, more: object = {}) =>
      server.post("/api/v1/library/sync", { ...library, event, ...more });
    await tell("sync_started");
    for (let progress = random.whole(5, 20); progress < 100; progress += random.whole(10, 30)) {
      await pace.wait(800, 2_000);
      await tell("sync_progress", { progress });
    }
    if (random.isLikely(0.1)) await tell("sync_failed", { message: "The cable is out again" });
    else await tell("sync_completed", { progress: 100 });
  });

  // They look at what they hear no more than anybody does; it is their presence that makes the server tell it.
  stage.act("the people on the couch", async () => {
    const sockets = [];
    for (const { id } of [GAMER, FRIEND, ...VIEWERS.slice(0, 4)]) {
      const auth = { token: await place.sign(id) };
      for (const namespace of ["/media", "/authenticated"]) sockets.push(await stage.open("requests", auth, namespace));
    }
    const auth = { token: await place.sign(ADMIN.id) };
    for (const namespace of ["/", "/admin", "/media", "/system"]) {
      sockets.push(await stage.open("requests", auth, namespace));
    }
    await pace.wait(SHIFT_MS);
    for (const socket of sockets) stage.close(socket);
  });

  stage.act("somebody who reads the news", async () => {
    await pace.wait(4_000, 9_000);
    const { id } = random.of([...VIEWERS, FRIEND]);
    const call = stage.rest("requests", await place.sign(id));
    const { data } = await call.get<List<{ id: string }>>("/api/v1/notifications?unread=true");
    for (const news of data.slice(0, 5)) await call.patch(`/api/v1/notifications/${news.id}`, { read: true });
  });

  /** In pieces, as downloaders tell it; some stop half-way. */
  async function download({ id, title, tmdbId, mediaType }: Request): Promise<void> {
    const totalBytes = random.whole(2, 12) * GIGABYTE;
    const file = `${title.replace(/[^\p{L}\p{N}]+/gu, ".")}.1080p.mkv`;
    const report = (downloadedBytes: number) =>
      server.put(`/api/v1/media/requests/${id}/download`, {
        downloadId: `download-${id}`,
        downloadedBytes,
        totalBytes,
        currentFile: file,
      });
    const fails = tmdbId !== INCEPTION.tmdbId && random.isLikely(0.15);
    const end = fails ? 0.43 : 1;
    for (let share = 0; share < end; share += 0.02 + random.next() * 0.06) {
      await report(Math.floor(totalBytes * share));
      await pace.wait(1_000, 2_500);
    }
    const call = await admin();
    if (fails) {
      await call.post(`/api/v1/admin/requests/${id}/fail`, { reason: random.of(FAILURES) });
      return;
    }
    await report(totalBytes);
    await pace.wait(1_500, 4_000);
    // Half of the homes have Overseerr, which says it its own way.
    const isHeard = { notification_type: "MEDIA_AVAILABLE", media: { media_type: mediaType, tmdbId } };
    if (random.isLikely(0.5)) await server.post("/api/v1/webhooks/overseerr", isHeard);
    else await call.post(`/api/v1/admin/requests/${id}/available`);
  }
}
