import { expect, test } from "bun:test";
import { token } from "../../harness";
import { refusal, StudioApp } from "./fixture";

const NEWS = { userId: "u1", type: "success", title: "Ready", message: "Your picture\nis ready" };

test("a notification is stored, heard by its user's sockets of /notifications at once, and by nobody else", async () => {
  await using studio = await StudioApp.start();
  const one = await studio.user("u1", "/notifications");
  const polling = await studio.user("u1", "/notifications", {}, { transports: ["polling"] });
  const others = [
    await studio.user("u2", "/notifications"),
    await studio.user("u1"),
    await studio.user("u1", "/media"),
  ];
  const guest = await studio.guest("/notifications");
  await one.rest();
  const data = { mediaId: "m1", tags: ["a"] };
  const { status, body } = await studio.asServer("/notifications", { ...NEWS, data });
  const payload = { id: expect.any(String), ...NEWS, timestamp: "2026-01-01T00:00:00.000Z", data };
  const { userId: _, ...event } = payload;
  expect([status, body]).toEqual([201, { success: true, data: { ...payload, read: false, readAt: null } }]);
  for (const client of [one, polling])
    expect(await client.rest()).toEqual([{ event: "notification", payload: { ...event, id: body.data.id } }]);
  for (const client of [...others, guest]) expect(await client.rest()).toEqual([]);
});

test("the newest 50 unread ones come again, oldest first, when a socket of /notifications is signed in", async () => {
  await using studio = await StudioApp.start();
  const titles = Array.from({ length: 55 }, (_, n) => `news ${n}`);
  const ids: string[] = [];
  for (const title of titles) ids.push((await studio.asServer("/notifications", { ...NEWS, title })).body.data.id);
  await studio.asServer("/notifications", { ...NEWS, userId: "u2", title: "other" });
  expect(await studio.as("u1", `/notifications/${ids[54]}`, { read: true }, "PATCH")).toMatchObject({
    status: 200,
    body: { success: true, data: { id: ids[54], read: true, readAt: "2026-01-01T00:00:00.000Z" } },
  });
  const replayed = titles.slice(4, 54);
  const heardBy = async (client: { rest(): Promise<{ event: string; payload: unknown }[]> }) =>
    (await client.rest())
      .filter(({ event }) => event === "notification")
      .map(({ payload }) => (payload as { title: string }).title);
  expect(await heardBy(await studio.user("u1", "/notifications"))).toEqual(replayed);
  expect(await heardBy(await studio.user("u1", "/"))).toEqual([]);
  const guest = await studio.guest("/notifications");
  expect(await heardBy(guest)).toEqual([]);
  await guest.ask("authenticate", { token: await token("u1") });
  expect(await heardBy(guest)).toEqual(replayed);
  // A later token of the same user brings nothing again; another user's brings theirs.
  await guest.ask("authenticate", { token: await token("u1") });
  expect(await heardBy(guest)).toHaveLength(50);
  await guest.ask("authenticate", { token: await token("u2") });
  expect((await heardBy(guest)).slice(50)).toEqual(["other"]);
  await guest.ask("logout");
  await studio.asServer("/notifications", { ...NEWS, userId: "u2", title: "late" });
  expect(await heardBy(guest)).toHaveLength(51);
  await guest.ask("authenticate", { token: await token("u2") });
  expect((await heardBy(guest)).slice(51)).toEqual(["other", "late"]);
});

test("one that is posted while a socket signs in comes once", async () => {
  await using studio = await StudioApp.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "1000" });
  for (let round = 0; round < 20; round++) {
    const userId = `u${round}`;
    const posts = Array.from({ length: 5 }, (_, n) =>
      studio.asServer("/notifications", { ...NEWS, userId, title: `${n}` }),
    );
    const [client] = await Promise.all([studio.user(userId, "/notifications"), ...posts]);
    const heard = (await client.rest()).map(({ payload }) => (payload as { title: string }).title);
    expect(heard.sort()).toEqual(["0", "1", "2", "3", "4"]);
  }
});

test("whatever is posted in the middle of showing what there is comes once, after it", async () => {
  await using studio = await StudioApp.start();
  await studio.asServer("/notifications", { ...NEWS, title: "before" });
  const { notifications } = studio.server.app.house;
  const unread = notifications.unread.bind(notifications);
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  for (const isListedFirst of [true, false]) {
    notifications.unread = async (...given) => {
      const listed = isListedFirst ? await unread(...given) : undefined;
      begun.resolve();
      await gate.promise;
      return listed ?? unread(...given);
    };
    const client = await studio.user("u1", "/notifications");
    await begun.promise;
    const posted = studio.asServer("/notifications", { ...NEWS, title: `during ${isListedFirst}` });
    // It has arrived when the next call is answered.
    await studio.as("u1", "/notifications");
    gate.resolve();
    expect((await posted).status).toBe(201);
    const titles = (await client.rest()).map(({ payload }) => (payload as { title: string }).title);
    expect(titles.slice(-1)).toEqual([`during ${isListedFirst}`]);
    expect(new Set(titles).size).toBe(titles.length);
  }
});

test("what is shown again has at most 256 KiB, the newest of it", async () => {
  await using studio = await StudioApp.start();
  const data = { text: "x".repeat(60_000) };
  for (let n = 0; n < 6; n++) await studio.asServer("/notifications", { ...NEWS, title: `${n}`, data });
  const heard = await (await studio.user("u1", "/notifications")).rest();
  expect(heard.map(({ payload }) => (payload as { title: string }).title)).toEqual(["2", "3", "4", "5"]);
});

test("one's own are listed newest first and marked; another user's are not there", async () => {
  await using studio = await StudioApp.start();
  const first = (await studio.asServer("/notifications", { ...NEWS, title: "first" })).body.data;
  const second = (await studio.asServer("/notifications", { ...NEWS, title: "second" })).body.data;
  const listed = async (userId: string, query = "") =>
    (await studio.as(userId, `/notifications${query}`)).body.data.map(({ title }: { title: string }) => title);
  expect((await studio.as("u1", "/notifications")).body).toEqual({ success: true, data: [second, first] });
  expect(await listed("u2")).toEqual([]);
  expect(await studio.as("u2", `/notifications/${first.id}`, { read: true }, "PATCH")).toMatchObject({
    status: 404,
    body: refusal("not_found"),
  });
  expect((await studio.as("u1", `/notifications/${first.id}`, { read: true }, "PATCH")).status).toBe(200);
  expect(await listed("u1", "?unread=true")).toEqual(["second"]);
  expect(await listed("u1", "?unread=false&limit=1")).toEqual(["second"]);
  expect((await studio.as("u1", `/notifications/${first.id}`, { read: false }, "PATCH")).body.data).toEqual(first);
  expect(await listed("u1", "?unread=true")).toEqual(["second", "first"]);
});

test("bad ones are refused with the field, and nobody hears of them", async () => {
  await using studio = await StudioApp.start();
  const client = await studio.user("u1", "/notifications");
  for (const [change, field, status] of [
    [{ userId: "" }, "userId", 400],
    [{ type: "fatal" }, "type", 400],
    [{ title: "" }, "title", 400],
    [{ title: "x".repeat(257) }, "title", 400],
    [{ message: 5 }, "message", 400],
    [{ data: "text" }, "data", 400],
    [{ data: [1] }, "data", 400],
    [{ data: { text: "x".repeat(65_536) } }, "data", 413],
  ] as const) {
    const answer = await studio.asServer("/notifications", { ...NEWS, ...change });
    expect([change, answer.status, answer.body.error.details]).toEqual([change, status, { field }]);
  }
  for (const json of [{}, { read: "yes" }, { read: null }])
    expect((await studio.as("u1", "/notifications/x", json, "PATCH")).status).toBe(400);
  expect(await client.rest()).toEqual([]);
});
