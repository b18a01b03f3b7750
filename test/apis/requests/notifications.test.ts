import { expect, test } from "bun:test";
import { ActivityStore } from "../../../src/apis/requests/store";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { Household, INCEPTION, only } from "./fixture";

const NEWS = { userId: "ann", type: "welcome", title: "Welcome", message: "Make yourself at home" };

test("a server's news reaches its user's sockets, and nobody else's", async () => {
  await using home = await Household.start();
  const mine = [await home.connect("ann", "/authenticated"), await home.connect("ann", "/")];
  const others = [
    await home.connect("ann", "/media"),
    await home.connect("bob", "/authenticated"),
    await home.connect(null, "/"),
    await home.connect("boss", "/admin"),
  ];
  const actions = [
    { label: "Look", url: "/library" },
    { label: "Read", url: "https://example.com/a?b=1" },
  ];
  const { status, body } = await home.call("key", "/notifications", { ...NEWS, metadata: { n: 1 }, actions });
  const { userId: _, ...told } = NEWS;
  const notification = {
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    ...told,
    timestamp: "2026-01-01T00:00:00.000Z",
    metadata: { n: 1 },
    actions,
  };
  expect([status, body.data]).toEqual([201, { ...notification, userId: "ann", read: false, readAt: null }]);
  for (const client of mine) {
    expect(await client.rest()).toEqual([{ event: "user:notification", payload: notification }]);
  }
  for (const client of others) expect(await client.rest()).toEqual([]);
});

test("unread ones come again on connecting to /authenticated, after a restart too, and not once they are read", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  const ids: string[] = [];
  {
    await using home = await Household.start(env, clock);
    for (let n = 0; n < 52; n++) {
      ids.push((await home.call("key", "/notifications", { ...NEWS, title: `${n}` })).body.data.id);
    }
  }
  await using home = await Household.start(env, clock);
  const replayed = async (namespace: string) =>
    only(await (await home.connect("ann", namespace)).rest(), "user:notification").map(({ id }) => id);
  expect(await replayed("/authenticated")).toEqual(ids.slice(2));
  expect(await replayed("/")).toEqual([]);
  const mark = (who: string, id: string, json: object) => home.call(who, `/notifications/${id}`, json, "PATCH");
  const last = ids.at(-1) ?? "";
  expect((await mark("ann", last, { read: true })).body.data).toMatchObject({ id: last, read: true });
  expect((await mark("bob", last, { read: false })).status).toBe(404);
  expect((await mark("ann", last, { read: "yes" })).body.error?.details).toEqual({ field: "read" });
  expect((await replayed("/authenticated")).at(-1)).toBe(ids[50]);
  const listed = async (query: string) =>
    (await home.call("ann", `/notifications${query}`)).body.data.map(({ id }: { id: string }) => id);
  expect((await listed("")).length).toBe(50);
  expect((await listed("?limit=2"))[0]).toBe(last);
  expect((await listed("?unread=true&limit=100")).length).toBe(51);
  expect(await listed("?unread=true&limit=100&offset=50")).toEqual([ids[0]]);
  expect((await home.call("bob", "/notifications")).body.data).toEqual([]);
  expect((await mark("ann", last, { read: false })).body.data).toMatchObject({ read: false, readAt: null });
  expect((await listed("?unread=true&limit=100")).length).toBe(52);
});

test("what arrives while unread ones are shown comes once", async () => {
  await using home = await Household.start();
  for (let round = 0; round < 10; round++) {
    const user = `user ${round}`;
    const posts = Array.from({ length: 10 }, (_, n) =>
      home.call("key", "/notifications", { ...NEWS, userId: user, title: `${n}` }),
    );
    const client = await home.connect(user, "/authenticated");
    const ids = (await Promise.all(posts)).map(({ body }) => body.data.id);
    const heard = only(await client.rest(), "user:notification").map(({ id }) => id as string);
    expect(heard.sort()).toEqual(ids.sort());
  }
});

test("news that makes no sense is refused, and so is too much of it", async () => {
  await using home = await Household.start({ HEADEND_MAX_PAYLOAD: "4096" });
  const ann = await home.connect("ann", "/authenticated");
  for (const [change, status, field] of [
    [{ userId: undefined }, 400, "userId"],
    [{ title: "" }, 400, "title"],
    [{ metadata: [1] }, 400, "metadata"],
    [{ metadata: { text: "x".repeat(5_000) } }, 413, "metadata"],
    [{ actions: [{ label: "A", url: "javascript:alert(1)" }] }, 400, "actions.0.url"],
    [{ actions: [{ label: "A", url: "//evil.example" }] }, 400, "actions.0.url"],
    [{ actions: [{ label: "A", url: "/\\evil.example" }] }, 400, "actions.0.url"],
    [{ actions: [{ label: "A", url: "/\t/evil.example" }] }, 400, "actions.0.url"],
    [{ actions: [{ label: "A", url: "library" }] }, 400, "actions.0.url"],
  ] as const) {
    const answer = await home.call("key", "/notifications", { ...NEWS, ...change });
    expect([answer.status, answer.body.error?.details]).toEqual([status, { field }]);
  }
  for (const who of ["ann", "boss", null]) expect((await home.call(who, "/notifications", NEWS)).status).toBe(401);
  expect(await ann.rest()).toEqual([]);
});

test("admins see who did what from where, live and later; nobody else does", async () => {
  await using home = await Household.start();
  const [boss, ann] = [await home.connect("boss", "/admin"), await home.connect("ann", "/authenticated")];
  const id = await home.request("ann");
  const details = { requestId: id, mediaTitle: "Inception", mediaType: "movie" };
  expect(await boss.next("admin:user:activity")).toEqual({
    userId: "ann",
    username: "ann",
    action: "media_request_submitted",
    details,
    timestamp: "2026-01-01T00:00:00.000Z",
    ipAddress: "127.0.0.1",
    userAgent: expect.stringContaining("Bun"),
  });
  await home.decide(id, "approve");
  expect(await boss.next("admin:user:activity")).toMatchObject({
    userId: "boss",
    action: "media_request_approved",
    details,
  });
  const [{ id: news }] = (await home.call("ann", "/notifications")).body.data;
  await home.call("ann", `/notifications/${news}`, { read: true }, "PATCH");
  await home.decide(id, "fail");
  await home.call("boss", `/media/requests/${id}`, undefined, "DELETE");
  await home.call("ann", "/auth/logout", {});
  const actions = only(await boss.rest(), "admin:user:activity").map(({ action }) => action);
  expect(actions).toEqual(["notification_read", "media_request_failed", "media_request_deleted", "user_logout"]);
  // What changes nothing, and what was refused, is no activity.
  await home.call("bob", "/media/requests");
  await home.call("bob", "/media/requests", { ...INCEPTION, title: "" });
  expect((await boss.rest()).length).toBe(4);
  expect(only(ann.heard, "admin:user:activity")).toEqual([]);
  const stored = (await home.call("boss", "/admin/activity?limit=2")).body.data;
  expect(stored.map(({ action }: { action: string }) => action)).toEqual(["user_logout", "media_request_deleted"]);
  expect((await home.call("bob", "/admin/activity")).status).toBe(403);
});

test("activity is forgotten after the time that the operator keeps things", async () => {
  await using home = await Household.start();
  await home.request("ann");
  const activities = new ActivityStore(home.server.app.house.store);
  const count = async () => (await home.call("boss", "/admin/activity")).body.data.length;
  await activities.prune(home.clock.now());
  expect(await count()).toBe(1);
  await activities.prune(home.clock.now() + 1);
  expect(await count()).toBe(0);
});
