import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { act, addPeople, detailsOf, PASSWORD, rowsOf, Source, signIn } from "../../console/desk";
import { Household, INCEPTION, only } from "./fixture";

describe("requests on the console", () => {
  test("are everybody's, last changed first, with what became of them", async () => {
    await using home = await Household.start();
    const id = await home.request("u1");
    home.clock.pass(1_000);
    const other = await home.request("u2", { mediaType: "tv", tmdbId: "1396", title: "Breaking Bad" });
    home.clock.pass(1_000);
    await home.decide(id, "approve", { reason: "Fine" });
    await home.report(id, 4_000_000, { currentFile: "inception.mkv" });
    const rows = await rowsOf(home.server, "requests/media");
    expect(rows.map((row) => row.id)).toEqual([id, other]);
    expect(rows[1]).toEqual({
      id: other,
      title: "Breaking Bad",
      type: "tv",
      status: "pending",
      user: "u2",
      reason: null,
      changed: home.clock.now() - 1_000,
      created: home.clock.now() - 1_000,
    });
    for (const search of ["INCEP", "u1", "downloading", "27205"]) {
      expect((await rowsOf(home.server, "requests/media", search)).map((row) => row.id)).toEqual([id]);
    }
    const [history, downloads] = await detailsOf(home.server, "requests/media", id);
    expect(history?.rows).toMatchObject([
      { from: null, to: "pending", by: "u1" },
      { from: "pending", to: "approved", by: "boss", reason: "Fine" },
      { from: "approved", to: "downloading", by: "server" },
    ]);
    expect(downloads?.rows).toMatchObject([{ file: "inception.mkv", percent: 40, bytes: 4_000_000 }]);
    expect(await rowsOf(home.server, "requests/downloads")).toMatchObject([
      { title: "Inception", file: "inception.mkv", percent: 40, total: 10_000_000 },
    ]);
    expect(await rowsOf(home.server, "requests/downloads", "breaking")).toEqual([]);
  });

  test("are decided by an admin at the console as over REST: owner, admins and the log of activity hear the same", async () => {
    await using home = await Household.start();
    await addPeople(home.server);
    const id = await home.request("u1");
    const [owner, inbox, stranger] = [
      await home.connect("u1", "/media"),
      await home.connect("u1", "/authenticated"),
      await home.connect("u2", "/media"),
    ];
    const admin = await home.connect("boss", "/admin");
    await owner.next("media:request:status");
    const cookie = await signIn(home.server, { login: "boss", password: PASSWORD });
    const headers = { cookie, "sec-fetch-site": "same-origin", "user-agent": "tests/1" };
    const json = { action: "approve", id, fields: { reason: "Good taste" } };
    const { status, body } = await home.server.call("console", "/panels/requests/media", { headers, json });
    expect([status, body]).toEqual([200, { message: "Inception is approved" }]);
    expect(await owner.next("media:request:status")).toMatchObject({
      requestId: id,
      previousStatus: "pending",
      currentStatus: "approved",
      approvedBy: "boss",
      reason: "Good taste",
    });
    expect(await inbox.next("user:notification")).toMatchObject({ type: "media_request_approved" });
    expect(await admin.next("admin:user:activity")).toMatchObject({
      userId: "boss",
      username: "boss",
      action: "media_request_approved",
      details: { requestId: id, mediaTitle: "Inception", mediaType: "movie" },
      ipAddress: "127.0.0.1",
      userAgent: "tests/1",
    });
    expect(only(await stranger.rest(), "media:request:status")).toEqual([]);
  });

  test("go through the steps of a request's life, and no others", async () => {
    await using home = await Household.start();
    const id = await home.request("u1");
    const step = async (action: string, fields = {}) =>
      (await act(home.server, "requests/media", action, id, fields)).status;
    expect(await step("fail")).toBe(409);
    expect(await step("approve", { reason: "x".repeat(1_001) })).toBe(400);
    expect(await step("approve")).toBe(200);
    expect(await step("decline")).toBe(409);
    expect(await step("fail", { reason: "No disk" })).toBe(200);
    expect(await step("approve")).toBe(200);
    expect(await step("available")).toBe(200);
    expect(await step("available")).toBe(409);
    const [row] = await rowsOf(home.server, "requests/media");
    expect(row).toMatchObject({ status: "available" });
    const other = await home.request("u1", { ...INCEPTION, tmdbId: "2" });
    expect(await act(home.server, "requests/media", "decline", other)).toMatchObject({ status: 200 });
    expect(await act(home.server, "requests/media", "approve", "none")).toMatchObject({ status: 404 });
    const activity = (await home.call("boss", "/admin/activity")).body.data as { userId: string; action: string }[];
    expect(activity.filter(({ userId }) => userId === "console").map(({ action }) => action)).toEqual([
      ...["media_request_declined", "media_request_available", "media_request_approved"],
      ...["media_request_failed", "media_request_approved"],
    ]);
  });
});

test("services and alerts are on the console, and those that are offline among its complaints", async () => {
  const service = Bun.serve({ port: 0, fetch: () => new Response("fine") });
  const clock = new FakeClock();
  await using home = await Household.start({ HEADEND_SERVICES: `plex=http://127.0.0.1:${service.port}/` }, clock);
  const statuses = async () =>
    (await rowsOf(home.server, "requests/services")).map(({ id, status }) => [id, status] as const);
  while ((await statuses()).some(([, status]) => status === "unknown")) await Bun.sleep(1);
  expect(await statuses()).toEqual([
    ["database", "online"],
    ["plex", "online"],
  ]);
  expect(await rowsOf(home.server, "requests/alerts")).toEqual([]);
  await service.stop(true);
  // Two samples in a row; a probe of what is gone takes a moment of real time.
  for (let i = 0; i < 2; i++) {
    await clock.advance(15_000);
    while ((await statuses())[1]?.[1] !== "offline") await Bun.sleep(1);
    await Bun.sleep(50);
  }
  expect(await rowsOf(home.server, "requests/services", "PLEX")).toMatchObject([{ id: "plex", status: "offline" }]);
  const alerts = await rowsOf(home.server, "requests/alerts", "plex");
  expect(alerts).toContainEqual(expect.objectContaining({ severity: "warning", title: "plex Is Offline" }));
  await using source = await Source.open(home.server);
  await clock.advance(1_000);
  expect(await source.next("figures")).toMatchObject({ health: "degraded", complaints: ["plex does not answer"] });
});
