import * as v from "valibot";
import { rate } from "../../../domain/limits";
import type { CommonCallers } from "../../../http/access";
import { listOf, type RouteHandlers, route } from "../../../http/route";
import { amount, id, line } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { MAX_QUERY } from "../contract";
import { showFound } from "../wire";
import type { Parts } from "./parts";
import { FOUND, ITEM, SYNC } from "./shapes";

const item = v.object({
  id: id(),
  title: line(1, 256),
  type: line(1, 32),
  year: v.nullish(v.pipe(amount(1, 9999), v.safeInteger()), null),
  tmdbId: v.nullish(id(), null),
});
const MAX_ITEMS = 1_000;
/** Of all calls together: some gigabytes. */
const MAX_LIBRARY = 5_000_000;
const items = v.object({ items: v.pipe(v.array(item), v.maxLength(MAX_ITEMS)) });

const report = v.object({
  event: v.picklist(["sync_started", "sync_progress", "sync_completed", "sync_failed"]),
  libraryId: id(),
  libraryName: line(1, 256),
  progress: v.optional(amount(0, 100)),
  message: v.optional(line(1, 500)),
});

const question = v.object({ query: v.pipe(line(0, MAX_QUERY), v.description("What is typed.")) });
/** As for searches over a socket (CONTRACT §3.6). */
const SEARCHES = rate(20, 1_000, 40);

export const libraryRoutes = {
  putItems: route("PUT /api/v1/library/items", {
    summary: "Adds titles to the library, or replaces those with the same id; at most 1000 at once.",
    access: "key",
    body: items,
    example: { items: [{ id: "library-1", title: "Inception", type: "movie", year: 2010, tmdbId: "27205" }] },
    answer: listOf(ITEM),
    refuses: ["conflict"],
  }),
  reportSync: route("POST /api/v1/library/sync", {
    summary: "Says how far the sync of a library is; everybody on `/media` hears `media:plex:sync`.",
    source: "Media Events, media:plex:sync",
    access: "key",
    body: report,
    example: { event: "sync_progress", libraryId: "1", libraryName: "Movies", progress: 75 },
    answer: SYNC,
  }),
  searchMedia: route("GET /api/v1/media/search", {
    summary: "At most 20 titles of the library, the best first; what is typed may be unfinished or mistyped.",
    source: "Media Events, media:search:result",
    access: "user",
    query: question,
    answer: listOf(FOUND),
    refuses: ["rate_limit_exceeded"],
  }),
};

/** What the libraries hold: told by media servers, looked for by users. */
export function libraryHandlers({
  house,
  library,
  searches,
  syncs,
}: Parts): RouteHandlers<typeof libraryRoutes, CommonCallers> {
  return {
    async putItems({ body }) {
      const given = await body();
      // The last one with an id is the one that is meant.
      const byId = new Map(given.items.map((each) => [each.id, each]));
      if ((await library.size()) + byId.size > MAX_LIBRARY) {
        throw new Refusal("conflict", `The library takes at most ${MAX_LIBRARY} items`, { field: "items" });
      }
      await library.put([...byId.values()]);
      return [...byId.values()];
    },

    reportSync: async ({ body }) => syncs.report(await body()),

    async searchMedia(call) {
      const { query } = call.query;
      const waitMs = house.limits.take([{ key: `searches ${call.identity.userId}`, rate: SEARCHES }]);
      if (waitMs > 0) throw Refusal.rateLimited(waitMs);
      return ((await searches.run(call, query)) ?? []).map(showFound);
    },
  };
}
