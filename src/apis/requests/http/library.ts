import type { Hono } from "hono";
import * as v from "valibot";
import { rate } from "../../../domain/limits";
import { readJson, readQuery } from "../../../http/body";
import { demandKey } from "../../../http/keys";
import type { RestEnv } from "../../../http/rest";
import { amount, id, line } from "../../../realtime/fields";
import { Refusal } from "../../../refusal";
import { MAX_QUERY } from "../contract";
import { showFound } from "../wire";
import { callers, done, type Parts, SCOPE } from "./parts";

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

const question = v.object({ query: line(0, MAX_QUERY) });
/** As for searches over a socket (CONTRACT §3.6). */
const SEARCHES = rate(20, 1_000, 40);

/** What the libraries hold: told by media servers, looked for by users. */
export function addLibrary(app: Hono<RestEnv>, { house, library, searches, syncs }: Parts): void {
  const key = demandKey(house.apiKeys, SCOPE);
  const { user } = callers(house);

  app.put("/api/v1/library/items", key, async (c) => {
    const given = await readJson(c, items);
    // The last one with an id is the one that is meant.
    const byId = new Map(given.items.map((each) => [each.id, each]));
    if ((await library.size()) + byId.size > MAX_LIBRARY) {
      throw new Refusal("conflict", `The library takes at most ${MAX_LIBRARY} items`, { field: "items" });
    }
    await library.put([...byId.values()]);
    return c.json(done([...byId.values()]));
  });

  app.post("/api/v1/library/sync", key, async (c) => c.json(done(syncs.report(await readJson(c, report)))));

  app.get("/api/v1/media/search", user, async (c) => {
    const { query } = readQuery(c, question);
    const waitMs = house.limits.take([{ key: `searches ${c.var.identity.userId}`, rate: SEARCHES }]);
    if (waitMs > 0) throw Refusal.rateLimited(waitMs);
    return c.json(done(((await searches.run(c, query)) ?? []).map(showFound)));
  });
}
