import { expect, test } from "bun:test";
import { token } from "../../harness";
import { refusal, StudioApp } from "./fixture";

const AT = "2026-01-01T00:00:00.000Z";
const URL_OF = "https://media.example.com/1.png";
const NOT_FOUND = { success: false, error: "Media not found", code: "not_found" };

test("a job is answered whole when it is made, claimed, reported on, completed and read", async () => {
  await using studio = await StudioApp.start();
  const given = { kind: "image", prompt: "A castle\nin fog", projectId: "project-123" };
  const { status, body } = await studio.as("u1", "/media", given);
  const mediaId = body.data.id;
  const queued = {
    id: mediaId,
    mediaId,
    userId: "u1",
    ...given,
    status: "queued",
    worker: null,
    progress: 0,
    stage: "queued",
    message: null,
    url: null,
    thumbnailUrl: null,
    metadata: null,
    error: null,
    code: null,
    createdAt: AT,
    claimedAt: null,
    updatedAt: AT,
    finishedAt: null,
  };
  expect([status, body]).toEqual([201, { success: true, data: queued }]);
  await studio.clock.advance(1_000);
  const one = "2026-01-01T00:00:01.000Z";
  const claimed = {
    ...queued,
    status: "processing",
    worker: "gpu-1",
    stage: "claimed",
    claimedAt: one,
    updatedAt: one,
  };
  const claim = await studio.asServer("/media/claim", { worker: "gpu-1", kinds: ["video", "image"] });
  expect([claim.status, claim.body]).toEqual([200, { success: true, data: claimed }]);
  expect(await studio.asServer("/media/claim", { worker: "gpu-2" })).toMatchObject({ status: 204, body: undefined });
  await studio.clock.advance(1_000);
  const two = "2026-01-01T00:00:02.000Z";
  const reported = { ...claimed, progress: 12.5, stage: "rendering", message: "Row 64", updatedAt: two };
  const report = { progress: 12.5, stage: "rendering", message: "Row 64" };
  expect((await studio.asServer(`/media/${mediaId}/progress`, report)).body).toEqual({ success: true, data: reported });
  // What is not stored yet is read all the same.
  expect((await studio.as("u1", `/media/${mediaId}`)).body.data).toEqual(reported);
  expect((await studio.as("u1", "/media")).body.data).toEqual([reported]);
  const metadata = { width: 512, nested: { a: [1] } };
  const result = { url: URL_OF, thumbnailUrl: `${URL_OF}?small`, metadata };
  const completed = { ...reported, ...result, status: "completed", progress: 100, finishedAt: two };
  expect((await studio.asServer(`/media/${mediaId}/complete`, result)).body).toEqual({
    success: true,
    data: completed,
  });
  expect((await studio.as("u1", `/media/${mediaId}`)).body).toEqual({ success: true, data: completed });
});

test("claims: oldest first, only the kinds that are asked for, each job once", async () => {
  await using studio = await StudioApp.start();
  const ids: string[] = [];
  for (const kind of ["image", "video", "image", "audio"]) {
    // A clock that goes back does not make a job older.
    studio.clock.jump(-60_000);
    ids.push(await studio.job("u1", { kind }));
  }
  const claim = async (kinds?: string[]) => {
    const { status, body } = await studio.asServer("/media/claim", { worker: "w", kinds });
    return status === 204 ? null : ids.indexOf(body.data.mediaId);
  };
  expect(await claim(["audio", "video"])).toBe(1);
  expect(await claim(["text"])).toBeNull();
  expect(await claim()).toBe(0);
  expect(await claim(["video"])).toBeNull();
  expect((await Promise.all([claim(), claim(), claim()])).sort()).toEqual([2, 3, null] as never);
});

test("progress never goes back: a lower report is heard as a sign of life and by nobody else", async () => {
  await using studio = await StudioApp.start();
  const mediaId = await studio.claimed("u1");
  const client = await studio.follower("u1", mediaId);
  const report = async (progress: number, stage: string) => {
    const { status, body } = await studio.asServer(`/media/${mediaId}/progress`, { progress, stage });
    return [status, body.data.progress, body.data.stage];
  };
  expect(await report(40, "a")).toEqual([200, 40, "a"]);
  expect(await report(39.9, "b")).toEqual([200, 40, "a"]);
  expect(await report(40, "c")).toEqual([200, 40, "c"]);
  expect(await report(100, "d")).toEqual([200, 100, "d"]);
  expect(await report(0, "e")).toEqual([200, 100, "d"]);
  expect((await client.rest()).map(({ payload }) => payload)).toEqual([
    { mediaId, progress: 40, stage: "a" },
    { mediaId, progress: 40, stage: "c" },
    { mediaId, progress: 100, stage: "d" },
  ]);
  for (const [change, field] of [
    [{ progress: -1 }, "progress"],
    [{ progress: 100.1 }, "progress"],
    [{ progress: "50" }, "progress"],
    [{ progress: null }, "progress"],
    [{ stage: "" }, "stage"],
    [{ message: {} }, "message"],
  ] as const) {
    const answer = await studio.asServer(`/media/${mediaId}/progress`, { progress: 50, stage: "s", ...change });
    expect([change, answer.status, answer.body.error.details]).toEqual([change, 400, { field }]);
  }
  expect(await client.rest()).toHaveLength(3);
});

const ENDS = {
  complete: { path: "complete", json: { url: URL_OF }, event: "mediaComplete", payload: { url: URL_OF } },
  fail: {
    path: "error",
    json: { error: "Out of memory", code: "OOM" },
    event: "mediaError",
    payload: { error: "Out of memory", code: "OOM" },
  },
  "fail without a code": { path: "error", json: { error: "No" }, event: "mediaError", payload: { error: "No" } },
};

test.each(Object.entries(ENDS))(
  "%s: one terminal event, and 409 to everything after it",
  async (_, { path, json, event, payload }) => {
    await using studio = await StudioApp.start();
    const mediaId = await studio.claimed("u1");
    const client = await studio.follower("u1", mediaId);
    expect((await studio.asServer(`/media/${mediaId}/${path}`, json)).status).toBe(200);
    const after = [
      ["progress", { progress: 100, stage: "s" }],
      ["complete", { url: URL_OF }],
      ["error", { error: "e" }],
    ] as const;
    for (const [call, body] of after)
      expect(await studio.asServer(`/media/${mediaId}/${call}`, body)).toMatchObject({
        status: 409,
        body: refusal("conflict"),
      });
    expect((await studio.as("u1", `/media/${mediaId}`, undefined, "DELETE")).status).toBe(409);
    await studio.clock.advance(200_000);
    expect(await client.rest()).toEqual([{ event, payload: { mediaId, ...payload } }]);
    // Who comes late hears the last state, once per subscription; the place is free again.
    const late = await studio.user("u1", "/media");
    expect(await late.ask("subscribeMedia", mediaId)).toEqual({ success: true, mediaId });
    expect(await late.rest()).toEqual([{ event, payload: { mediaId, ...payload } }]);
    for (const each of [client, late])
      expect(await each.ask("getConnectionInfo")).toMatchObject({ rooms: ["user:u1"] });
  },
);

test("what nobody claimed, or nobody made, is not reported on", async () => {
  await using studio = await StudioApp.start();
  const queued = await studio.job("u1");
  for (const [path, json] of [
    ["progress", { progress: 1, stage: "s" }],
    ["complete", { url: URL_OF }],
    ["error", { error: "e" }],
  ] as const) {
    expect((await studio.asServer(`/media/${queued}/${path}`, json)).status).toBe(409);
    expect(await studio.asServer(`/media/nothing/${path}`, json)).toMatchObject({
      status: 404,
      body: refusal("not_found", "Media not found"),
    });
  }
  expect((await studio.as("u1", `/media/${queued}`)).body.data.status).toBe("queued");
  for (const [json, field, status] of [
    [{ url: "ftp://example.com" }, "url", 400],
    [{ url: `https://e.com/${"x".repeat(2048)}` }, "url", 400],
    [{}, "url", 400],
    [{ url: URL_OF, thumbnailUrl: "javascript:alert(1)" }, "thumbnailUrl", 400],
    [{ url: URL_OF, metadata: [] }, "metadata", 400],
    [{ url: URL_OF, metadata: { a: "x".repeat(65_536) } }, "metadata", 413],
  ] as const) {
    const answer = await studio.asServer(`/media/${queued}/complete`, json);
    expect([field, answer.status, answer.body.error.details]).toEqual([field, status, { field }]);
  }
  for (const json of [
    {},
    { worker: "" },
    { worker: "w", kinds: [] },
    { worker: "w", kinds: "image" },
    { worker: "w", kinds: ["a b"] },
  ])
    expect((await studio.asServer("/media/claim", json)).status).toBe(400);
});

test("cancelling: queued or processed, by its owner or an admin; the worker hears 409", async () => {
  await using studio = await StudioApp.start();
  const queued = await studio.job("u1");
  const waiting = await studio.follower("u1", queued);
  const cancelled = {
    success: true,
    data: expect.objectContaining({ id: queued, status: "cancelled", code: "CANCELLED", finishedAt: AT }),
  };
  expect(await studio.as("u1", `/media/${queued}`, undefined, "DELETE")).toMatchObject({
    status: 200,
    body: cancelled,
  });
  expect((await studio.asServer("/media/claim", { worker: "w" })).status).toBe(204);
  expect(await waiting.rest()).toEqual([
    { event: "mediaError", payload: { mediaId: queued, error: "The job was cancelled", code: "CANCELLED" } },
  ]);
  const running = await studio.claimed("u1");
  const other = await studio.as("u2", `/media/${running}`, undefined, "DELETE");
  expect(other).toMatchObject({ status: 404, body: refusal("not_found", "Media not found") });
  const admin = await studio.as("boss", `/media/${running}`, undefined, "DELETE", { role: "admin" });
  expect(admin.status).toBe(200);
  expect((await studio.asServer(`/media/${running}/progress`, { progress: 1, stage: "s" })).status).toBe(409);
});

test("a silent worker loses the job, counted from its last report, and no sooner", async () => {
  await using studio = await StudioApp.start({ HEADEND_WORKER_TIMEOUT_MS: "30000" });
  const [a, b] = [await studio.claimed("u1"), await studio.claimed("u1")];
  const [onA, onB] = [await studio.follower("u1", a), await studio.follower("u1", b)];
  const lost = (mediaId: string) => [
    { event: "mediaError", payload: { mediaId, error: "The worker has not been heard of", code: "WORKER_LOST" } },
  ];
  await studio.clock.advance(20_000);
  // A report that is ignored is a report.
  await studio.asServer(`/media/${a}/progress`, { progress: 0, stage: "claimed" });
  await onA.next("mediaProgress");
  await studio.clock.advance(9_999);
  expect(await onB.rest()).toEqual([]);
  await studio.clock.advance(1_001);
  expect(await onB.rest()).toEqual(lost(b));
  expect(await onA.rest()).toEqual([]);
  expect((await studio.asServer(`/media/${b}/complete`, { url: URL_OF })).status).toBe(409);
  await studio.clock.advance(18_999);
  expect(await onA.rest()).toEqual([]);
  await studio.clock.advance(1_001);
  expect(await onA.rest()).toEqual(lost(a));
  expect(await onB.rest()).toEqual(lost(b));
  expect((await studio.as("u1", `/media/${a}`)).body.data).toMatchObject({ status: "failed", code: "WORKER_LOST" });
  // A queued job waits for as long as it takes.
  const queued = await studio.job("u1");
  await studio.clock.advance(300_000);
  expect((await studio.as("u1", `/media/${queued}`)).body.data.status).toBe("queued");
});

test("after a restart a worker has its time from the start; states and percentages are there for who comes back", async () => {
  await using first = await StudioApp.start();
  const [running, queued] = [await first.claimed("u1"), await first.job("u1")];
  const over = await first.job("u1");
  await first.as("u1", `/media/${over}`, undefined, "DELETE");
  await first.asServer(`/media/${running}/progress`, { progress: 62.5, stage: "rendering", message: "Row 62" });
  await first.clock.advance(55_000);
  await first.asServer(`/media/${running}/progress`, { progress: 70, stage: "rendering" });
  await first.server.app.stop();
  await using studio = await StudioApp.start({ HEADEND_DATA: first.server.folder });
  const client = await studio.user("u1", "/media");
  for (const id of [running, queued, over]) await client.ask("subscribeMedia", id);
  expect((await client.rest()).map(({ payload }) => payload)).toEqual([
    { mediaId: running, progress: 70, stage: "rendering" },
    { mediaId: queued, progress: 0, stage: "queued" },
    { mediaId: over, error: "The job was cancelled", code: "CANCELLED" },
  ]);
  await studio.clock.advance(59_000);
  expect((await studio.as("u1", `/media/${running}`)).body.data.status).toBe("processing");
  await studio.clock.advance(2_000);
  expect((await client.rest()).slice(3).map(({ event, payload }) => [event, payload])).toEqual([
    ["mediaError", { mediaId: running, error: "The worker has not been heard of", code: "WORKER_LOST" }],
  ]);
});

test("who may follow: the owner, declared members of the project's room, admins; for others there is nothing", async () => {
  await using studio = await StudioApp.start();
  const room = "project-123";
  const open = await studio.job("ann", { projectId: "open-1" });
  await studio.asServer(`/rooms/${room}`, { members: ["ann", "bob"] }, "PUT");
  const mine = await studio.job("ann", { projectId: room });
  const may = async (userId: string, mediaId: string, claims = {}) => {
    const client = await studio.user(userId, "/media", claims);
    const answer = await client.ask("subscribeMedia", mediaId);
    const { status } = await studio.as(userId, `/media/${mediaId}`, undefined, "GET", claims);
    expect(await client.rest()).toHaveLength(answer.success ? 1 : 0);
    if (!answer.success) expect(answer).toEqual(NOT_FOUND);
    expect(status).toBe(answer.success ? 200 : 404);
    client.close();
    return answer.success;
  };
  for (const [userId, mediaId, expected] of [
    ["ann", mine, true],
    ["bob", mine, true],
    ["eve", mine, false],
    ["ann", open, true],
    // Anybody can be in a room that is not declared: that makes nobody a member.
    ["bob", open, false],
    ["ann", "nothing", false],
  ] as const)
    expect([userId, mediaId, await may(userId, mediaId)]).toEqual([userId, mediaId, expected]);
  expect(await may("boss", mine, { role: "admin" })).toBe(true);
  // A member sees the job and may not end it; one who is none may not make one there.
  expect((await studio.as("bob", `/media/${mine}`, undefined, "DELETE")).status).toBe(403);
  for (const userId of ["eve", "boss"])
    expect(
      (await studio.as(userId, "/media", { kind: "image", projectId: room }, "POST", { role: "admin" })).body,
    ).toEqual(refusal("permission_denied"));
  expect((await studio.as("eve", "/media", { kind: "image", projectId: "open-1" })).status).toBe(201);
});

test("who is no member or no admin any more follows no longer", async () => {
  await using studio = await StudioApp.start();
  const room = "project-123";
  await studio.asServer(`/rooms/${room}`, { members: ["ann", "bob"] }, "PUT");
  const mediaId = await studio.claimed("ann", { projectId: room });
  const [ann, bob] = [await studio.follower("ann", mediaId), await studio.follower("bob", mediaId)];
  const boss = await studio.follower("boss", mediaId, { role: "admin" });
  await studio.asServer(`/rooms/${room}`, { members: ["ann"] }, "PUT");
  await studio.server.app.house.accounts.setRoles("boss", []);
  // As a command of another process would have it noticed.
  const { Database } = await import("bun:sqlite");
  const other = new Database(`${studio.server.folder}/headend.db`);
  other.run("INSERT INTO account_changes (user_id) VALUES ('boss')");
  other.close();
  await studio.clock.advance(2_000);
  await studio.asServer(`/media/${mediaId}/progress`, { progress: 10, stage: "s" });
  expect((await ann.rest()).map(({ event }) => event)).toEqual(["mediaProgress"]);
  for (const client of [bob, boss])
    expect(await client.rest()).toEqual([{ event: "roomLeft", payload: { room: `media:${mediaId}`, success: true } }]);
});

test("who logs out, changes the user or comes back with a lesser token follows no longer", async () => {
  await using studio = await StudioApp.start();
  const mediaId = await studio.claimed("ann");
  const [out, other, lesser] = [
    await studio.follower("ann", mediaId),
    await studio.follower("ann", mediaId),
    await studio.follower("boss", mediaId, { role: "admin" }),
  ];
  await out.ask("logout");
  await out.ask("authenticate", { token: await token("ann") });
  await other.ask("authenticate", { token: await token("bob") });
  await lesser.ask("authenticate", { token: await token("boss") });
  await studio.asServer(`/media/${mediaId}/progress`, { progress: 10, stage: "s" });
  for (const [client, userId] of [
    [out, "ann"],
    [other, "bob"],
    [lesser, "boss"],
  ] as const) {
    expect(await client.ask("getConnectionInfo")).toMatchObject({ rooms: [`user:${userId}`] });
    expect((await client.rest()).map(({ event }) => event)).not.toContain("mediaProgress");
  }
});

test("subscribing again shows the state again, unsubscribing ends it, both as often as one likes", async () => {
  await using studio = await StudioApp.start();
  const mediaId = await studio.claimed("u1");
  const client = await studio.user("u1", "/media");
  // In one go: the answers keep their order, and what follows each stays with it.
  const answers = await Promise.all([
    client.ask("subscribeMedia", mediaId),
    client.ask("unsubscribeMedia", mediaId),
    client.ask("subscribeMedia", mediaId),
    client.ask("subscribeMedia", mediaId),
    client.ask("unsubscribeMedia", mediaId),
    client.ask("unsubscribeMedia", "nothing"),
  ]);
  expect(answers.map(({ success }) => success)).toEqual(Array(6).fill(true));
  expect(await client.rest()).toHaveLength(3);
  await studio.asServer(`/media/${mediaId}/progress`, { progress: 10, stage: "s" });
  expect(await client.rest()).toHaveLength(3);
  expect(await client.ask("subscribeMedia", mediaId)).toEqual({ success: true, mediaId });
  expect((await client.rest()).at(-1)).toEqual({
    event: "mediaProgress",
    payload: { mediaId, progress: 10, stage: "s" },
  });
  for (const event of ["subscribeMedia", "unsubscribeMedia"]) {
    const elsewhere = await studio.user("u1");
    expect(await elsewhere.ask(event, mediaId)).toMatchObject({ success: false, code: "invalid_request" });
  }
});

test("the answer comes before the state, however near the job's changes are", async () => {
  await using studio = await StudioApp.start();
  for (let round = 0; round < 20; round++) {
    const mediaId = await studio.claimed("u1");
    const client = await studio.user("u1", "/media");
    const order: string[] = [];
    for (const event of ["mediaProgress", "mediaComplete"]) client.socket.on(event, () => order.push(event));
    const subscribed = client.ask("subscribeMedia", mediaId).then(() => order.push("answer"));
    const ended = studio.asServer(`/media/${mediaId}/complete`, { url: URL_OF });
    await Promise.all([subscribed, ended]);
    await client.rest();
    expect(order[0]).toBe("answer");
    expect(order.filter((event) => event === "mediaComplete")).toHaveLength(1);
    client.close();
    await studio.clock.advance(200);
  }
});

test("a hundred followers of one job, some of them polling, all hear the whole of it in order", async () => {
  await using studio = await StudioApp.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "1000" });
  const mediaId = await studio.claimed("u1");
  const transports = (n: number) => (n % 10 === 0 ? ["polling"] : ["websocket"]);
  const followers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => studio.follower("u1", mediaId, {}, { transports: transports(n) })),
  );
  const steps = [1, 5, 20, 60, 99];
  for (const progress of steps) await studio.asServer(`/media/${mediaId}/progress`, { progress, stage: "s" });
  const late = await studio.user("u1", "/media");
  await late.ask("subscribeMedia", mediaId);
  await studio.asServer(`/media/${mediaId}/complete`, { url: URL_OF });
  const told = steps.map((progress) => ({ event: "mediaProgress", payload: { mediaId, progress, stage: "s" } }));
  const end = { event: "mediaComplete", payload: { mediaId, url: URL_OF } };
  for (const follower of followers) expect(await follower.rest()).toEqual([...told, end]);
  expect(await late.rest()).toEqual([told[4], end] as never);
});

test("one's jobs are listed newest first, by state and page by page", async () => {
  await using studio = await StudioApp.start();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift(await studio.job("u1"));
  await studio.job("u2");
  await studio.asServer("/media/claim", { worker: "w" });
  const listed = async (query: string) =>
    (await studio.as("u1", `/media${query}`)).body.data.map(({ id }: { id: string }) => ids.indexOf(id));
  expect(await listed("")).toEqual([0, 1, 2, 3, 4]);
  expect(await listed("?limit=2")).toEqual([0, 1]);
  expect(await listed(`?limit=2&before=${ids[1]}`)).toEqual([2, 3]);
  expect(await listed("?status=processing")).toEqual([4]);
  expect((await studio.as("u2", `/media?before=${ids[1]}`)).status).toBe(404);
});

test("a user has at most 1000 jobs that are not over", async () => {
  await using studio = await StudioApp.start();
  await studio.job("u1");
  const { $client } = studio.server.app.house.store.db;
  $client.run(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
     INSERT INTO studio_jobs (id, user_id, kind, status, progress, stage, created_at, updated_at)
     SELECT 'j' || i, 'u1', 'image', 'queued', 0, 'queued', 0, 0 FROM n`,
  );
  const refused = await studio.as("u1", "/media", { kind: "image" });
  expect(refused).toMatchObject({ status: 409, body: refusal("conflict") });
  expect((await studio.as("u2", "/media", { kind: "image" })).status).toBe(201);
  await studio.as("u1", "/media/j1", undefined, "DELETE");
  expect((await studio.as("u1", "/media", { kind: "image" })).status).toBe(201);
});

test("finished jobs are kept for as long as the operator says, others for ever", async () => {
  await using studio = await StudioApp.start({ HEADEND_RETENTION_DAYS: "1", HEADEND_WORKER_TIMEOUT_MS: "86400000" });
  const over = await studio.job("u1");
  await studio.as("u1", `/media/${over}`, undefined, "DELETE");
  const queued = await studio.job("u1");
  const statuses = () => Promise.all([over, queued].map(async (id) => (await studio.as("u1", `/media/${id}`)).status));
  studio.clock.jump(23 * 3_600_000);
  await studio.clock.advance(3_600_000);
  expect(await statuses()).toEqual([200, 200]);
  await studio.clock.advance(3_600_000);
  expect(await statuses()).toEqual([404, 200]);
});

test("when an account is deleted its jobs are gone; who followed them hears that they are cancelled", async () => {
  await using studio = await StudioApp.start();
  const room = "project-123";
  await studio.asServer(`/rooms/${room}`, { members: ["ann", "bob"] }, "PUT");
  const mediaId = await studio.claimed("ann", { projectId: room });
  const queued = await studio.job("ann");
  const bob = await studio.follower("bob", mediaId);
  const { Database } = await import("bun:sqlite");
  await studio.server.app.house.accounts.remove("ann");
  const other = new Database(`${studio.server.folder}/headend.db`);
  other.run("INSERT INTO account_changes (user_id) VALUES ('ann')");
  other.close();
  await studio.clock.advance(2_000);
  expect(await bob.rest()).toEqual([
    { event: "mediaError", payload: { mediaId, error: "The job was cancelled", code: "CANCELLED" } },
  ]);
  for (const id of [mediaId, queued])
    expect((await studio.as("boss", `/media/${id}`, undefined, "GET", { role: "admin" })).status).toBe(404);
  expect((await studio.asServer("/media/claim", { worker: "w" })).status).toBe(204);
  const { $client } = studio.server.app.house.store.db;
  expect($client.query("SELECT user_id FROM studio_room_members").all()).toEqual([{ user_id: "bob" }]);
  expect(await (await studio.user("bob")).ask("joinRoom", room)).toMatchObject({ success: true });
});

test("a job that is lost while the database is locked ends when that is over; it is logged once", async () => {
  await using studio = await StudioApp.start({ HEADEND_WORKER_TIMEOUT_MS: "5000" });
  const mediaId = await studio.claimed("u1");
  const client = await studio.follower("u1", mediaId);
  const { Database } = await import("bun:sqlite");
  const other = new Database(`${studio.server.folder}/headend.db`);
  other.run("BEGIN IMMEDIATE");
  await studio.clock.advance(8_000);
  expect(await client.rest()).toEqual([]);
  other.run("ROLLBACK");
  other.close();
  await studio.clock.advance(1_000);
  expect((await client.rest()).map(({ payload }) => payload)).toEqual([
    expect.objectContaining({ code: "WORKER_LOST" }),
  ]);
  const told = studio.server.log.filter(({ msg }) => String(msg).includes("lost workers"));
  expect(told).toHaveLength(1);
});

test("while the database is locked nothing is acknowledged, and the same call succeeds afterwards", async () => {
  await using studio = await StudioApp.start();
  const mediaId = await studio.claimed("u1");
  const client = await studio.follower("u1", mediaId);
  await studio.as("u1", "/media");
  const { Database } = await import("bun:sqlite");
  const other = new Database(`${studio.server.folder}/headend.db`);
  other.run("BEGIN IMMEDIATE");
  const result = { url: URL_OF };
  for (const call of [
    () => studio.asServer(`/media/${mediaId}/complete`, result),
    () => studio.as("u1", "/media", { kind: "image" }),
    () => studio.asServer("/media/claim", { worker: "w" }),
    () => studio.asServer("/rooms/r", { members: [] }, "PUT"),
    () => studio.asServer("/notifications", { userId: "u1", type: "info", title: "t", message: "m" }),
  ])
    expect(await call()).toMatchObject({ status: 503, body: refusal("unavailable") });
  // Percentages are written behind, so workers go on.
  expect((await studio.asServer(`/media/${mediaId}/progress`, { progress: 5, stage: "s" })).status).toBe(200);
  await studio.clock.advance(20_000);
  other.run("ROLLBACK");
  other.close();
  expect((await studio.asServer(`/media/${mediaId}/complete`, result)).status).toBe(200);
  expect((await client.rest()).map(({ event }) => event)).toEqual(["mediaProgress", "mediaComplete"]);
});
