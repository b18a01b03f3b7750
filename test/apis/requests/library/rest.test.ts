import { expect, test } from "bun:test";
import { Household, only } from "../fixture";

const INCEPTION = { id: "movie-27205", title: "Inception", type: "movie", year: 2010, tmdbId: "27205" };
const SYNC = { event: "sync_started", libraryId: "1", libraryName: "Movies" };

function put(home: Household, items: unknown, who: string | null = "key") {
  return home.call(who, "/library/items", { items }, "PUT");
}

test("what a media server puts in is found by users, over sockets and over REST", async () => {
  await using home = await Household.start();
  const answer = await put(home, [INCEPTION, { id: 7, title: " Heat ", type: "movie" }]);
  expect([answer.status, answer.body]).toEqual([
    200,
    { success: true, data: [INCEPTION, { id: "7", title: "Heat", type: "movie", year: null, tmdbId: null }] },
  ]);
  const [ann, bob] = [await home.connect("ann", "/media"), await home.connect("bob", "/media")];
  expect(await ann.ask("media:search", { query: "incep" })).toEqual({ success: true, superseded: false });
  expect(await ann.rest()).toEqual([
    {
      event: "media:search:result",
      payload: {
        query: "incep",
        results: [{ id: "movie-27205", title: "Inception", type: "movie", year: 2010, match: 0.95 }],
        timestamp: "2026-01-01T00:00:00.000Z",
      },
    },
  ]);
  expect(await bob.rest()).toEqual([]);
  expect((await home.call("bob", "/media/search?query=heat")).body).toEqual({
    success: true,
    data: [{ id: "7", title: "Heat", type: "movie", match: 1 }],
  });
  expect((await home.call("bob", "/media/search?query=")).body.data).toEqual([]);
});

test("only servers with a key put items in and report, and only users look for them", async () => {
  await using home = await Household.start();
  for (const who of [null, "ann", "boss"]) {
    expect((await put(home, [INCEPTION], who)).status).toBe(401);
    expect((await home.call(who, "/library/sync", SYNC)).status).toBe(401);
  }
  for (const who of [null, "key"]) expect((await home.call(who, "/media/search?query=a")).status).toBe(401);
  expect((await home.call("ann", "/media/search?query=inception")).body.data).toEqual([]);
});

test("a wrong item is refused by its field, and none of the call is put in", async () => {
  await using home = await Household.start();
  for (const [item, field] of [
    [{ ...INCEPTION, id: "" }, "items.1.id"],
    [{ ...INCEPTION, title: "\0 " }, "items.1.title"],
    [{ ...INCEPTION, title: "x".repeat(257) }, "items.1.title"],
    [{ ...INCEPTION, type: 7 }, "items.1.type"],
    [{ ...INCEPTION, year: "2010" }, "items.1.year"],
    [{ ...INCEPTION, year: 2010.5 }, "items.1.year"],
    [{ ...INCEPTION, tmdbId: {} }, "items.1.tmdbId"],
  ] as const) {
    const { status, body } = await put(home, [{ ...INCEPTION, id: "good" }, item]);
    expect([status, body.error?.code, body.error?.details?.field]).toEqual([400, "INVALID_REQUEST", field]);
  }
  const many = Array.from({ length: 1_001 }, (_, at) => ({ ...INCEPTION, id: at }));
  expect((await put(home, many)).body.error?.message).toBe("items takes at most 1000");
  expect((await home.call("key", "/library/items", {}, "PUT")).body.error?.details).toEqual({ field: "items" });
  expect((await home.call("ann", "/media/search?query=inception")).body.data).toEqual([]);
  expect((await put(home, many.slice(1))).status).toBe(200);
  expect((await home.call("ann", "/media/search?query=inception")).body.data).toHaveLength(20);
});

test("the same id again replaces an item, also within one call", async () => {
  await using home = await Household.start();
  const { body } = await put(home, [INCEPTION, { ...INCEPTION, title: "Interstellar" }]);
  expect(body.data).toEqual([{ ...INCEPTION, title: "Interstellar" }]);
  expect((await home.call("ann", "/media/search?query=inception")).body.data).toEqual([]);
  await put(home, [INCEPTION]);
  expect((await home.call("ann", "/media/search?query=inter")).body.data).toEqual([]);
  expect((await home.call("ann", "/media/search?query=incep")).body.data).toHaveLength(1);
});

test("a library that is full takes no more", async () => {
  await using home = await Household.start();
  home.server.app.house.store.db.$client.run(
    "INSERT INTO library_items (row, id, title, type, words, compact) VALUES (5000000, 'last', 'Last', 'movie', 'last', 'last')",
  );
  const { status, body } = await put(home, [INCEPTION]);
  expect([status, body.error]).toEqual([
    409,
    { code: "CONFLICT", message: "The library takes at most 5000000 items", details: { field: "items" } },
  ]);
  expect((await home.call("ann", "/media/search?query=inception")).body.data).toEqual([]);
});

test("more than 200 characters are refused, counted as people count them", async () => {
  await using home = await Household.start();
  const ann = await home.connect("ann", "/media");
  expect(await ann.ask("media:search", { query: "😀".repeat(200) })).toMatchObject({ success: true });
  expect(await ann.ask("media:search", { query: "😀".repeat(201) })).toEqual({
    success: false,
    error: "query must have 0 to 200 characters",
    code: "INVALID_REQUEST",
  });
  expect(await home.call("ann", `/media/search?query=${"a".repeat(201)}`)).toMatchObject({ status: 400 });
  expect(await home.call("ann", "/media/search")).toMatchObject({ body: { error: { details: { field: "query" } } } });
});

test("who types on hears of the last, and every question is answered once", async () => {
  await using home = await Household.start();
  await put(home, [INCEPTION]);
  const ann = await home.connect("ann", "/media");
  const typed = [..."inception"].map((_, at) => "inception".slice(0, at + 1));
  const answers = await Promise.all(typed.map((query) => ann.ask("media:search", { query })));
  const results = only<{ query: string; results: object[] }>(await ann.rest(), "media:search:result");
  expect(answers.at(-1)).toEqual({ success: true, superseded: false });
  expect(results.at(-1)).toMatchObject({ query: "inception", results: [{ match: 1 }] });
  // What was superseded has no result, and what has one was not.
  expect(results.map(({ query }) => query)).toEqual(typed.filter((_, at) => answers[at]?.superseded === false));
});

test("who asks too often over REST is told when to come back", async () => {
  await using home = await Household.start();
  const answers = await Promise.all(Array.from({ length: 45 }, () => home.call("ann", "/media/search?query=a")));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(5);
  expect(refused[0]?.headers.get("retry-after")).toBe("1");
  expect((await home.call("bob", "/media/search?query=a")).status).toBe(200);
  await home.clock.advance(1_000);
  expect((await home.call("ann", "/media/search?query=a")).status).toBe(200);
});

test("a sync is told to everybody on /media in the document's shape, and to nobody else", async () => {
  await using home = await Household.start();
  const [ann, boss] = [await home.connect("ann", "/media"), await home.connect("boss", "/media")];
  const others = [await home.connect(null, "/"), await home.connect("ann", "/authenticated")];
  const event = { ...SYNC, timestamp: "2026-01-01T00:00:00.000Z" };
  expect((await home.call("key", "/library/sync", SYNC)).body).toEqual({ success: true, data: event });
  for (const client of [ann, boss]) expect(await client.rest()).toEqual([{ event: "media:plex:sync", payload: event }]);
  for (const client of others) expect(await client.rest()).toEqual([]);
  for (const [report, field] of [
    [{ ...SYNC, event: "sync_paused" }, "event"],
    [{ ...SYNC, libraryId: undefined }, "libraryId"],
    [{ ...SYNC, libraryName: "" }, "libraryName"],
    [{ ...SYNC, progress: 101 }, "progress"],
  ] as const) {
    const { status, body } = await home.call("key", "/library/sync", report);
    expect([status, body.error?.details?.field]).toEqual([400, field]);
  }
  expect((await ann.rest()).length).toBe(1);
});

test("who comes during a sync is shown how far it is, until it is over or has said nothing for an hour", async () => {
  await using home = await Household.start();
  const shown = async () => only(await (await home.connect("ann", "/media")).rest(), "media:plex:sync");
  await home.call("key", "/library/sync", SYNC);
  await home.call("key", "/library/sync", { ...SYNC, event: "sync_progress", progress: 40, message: "400 of 1000" });
  await home.call("key", "/library/sync", { ...SYNC, libraryId: "2", libraryName: "TV" });
  expect(await shown()).toMatchObject([
    { event: "sync_progress", libraryId: "1", progress: 40, message: "400 of 1000" },
    { event: "sync_started", libraryId: "2" },
  ]);
  await home.call("key", "/library/sync", { ...SYNC, event: "sync_completed" });
  expect(await shown()).toMatchObject([{ libraryId: "2" }]);
  home.clock.pass(3_600_001);
  expect(await shown()).toEqual([]);
});
