import { expect, test } from "bun:test";
import fc from "fast-check";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { Household, INCEPTION, only } from "./fixture";

const STATUS = "media:request:status";

test("a request is made, and its owner and the admins see it, and nobody else", async () => {
  await using home = await Household.start();
  const [ann, second, bob, boss] = [
    await home.connect("ann", "/media"),
    await home.connect("ann", "/media", { transports: ["polling"] }),
    await home.connect("bob", "/media"),
    await home.connect("boss", "/media"),
  ];
  const { status, body } = await home.call("ann", "/media/requests", { ...INCEPTION, tmdbId: 27205, userId: "bob" });
  expect(status).toBe(201);
  expect(body).toEqual({
    success: true,
    data: {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      userId: "ann",
      mediaType: "movie",
      tmdbId: "27205",
      title: "Inception",
      seasons: null,
      status: "pending",
      previousStatus: null,
      approvedBy: null,
      estimatedCompletion: null,
      reason: null,
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
    },
  });
  const told = {
    requestId: body.data.id,
    userId: "ann",
    previousStatus: null,
    currentStatus: "pending",
    timestamp: "2026-01-01T00:00:00.000Z",
    request: INCEPTION_SHOWN,
  };
  for (const client of [ann, second, boss]) expect(await client.rest()).toEqual([{ event: STATUS, payload: told }]);
  expect(await bob.rest()).toEqual([]);
});

const INCEPTION_SHOWN = { title: "Inception", mediaType: "movie", tmdbId: "27205" };

test("approving tells when, by whom and what for, and leaves news for the owner", async () => {
  await using home = await Household.start();
  const id = await home.request("ann");
  const ann = await home.connect("ann", "/media");
  await ann.next(STATUS);
  const [news, root, others, boss] = [
    await home.connect("ann", "/authenticated"),
    await home.connect("ann", "/"),
    await home.connect("bob", "/authenticated"),
    await home.connect("boss", "/media"),
  ];
  await home.clock.advance(1_000);
  const answer = await home.decide(id, "approve", {
    reason: "Fine with me",
    estimatedCompletion: "2026-01-01T16:00:00",
  });
  expect([answer.status, answer.body.data]).toMatchObject([
    200,
    { id, status: "approved", previousStatus: "pending", approvedBy: "boss" },
  ]);
  const told = {
    requestId: id,
    userId: "ann",
    previousStatus: "pending",
    currentStatus: "approved",
    timestamp: "2026-01-01T00:00:01.000Z",
    request: INCEPTION_SHOWN,
    approvedBy: "boss",
    estimatedCompletion: "2026-01-01T16:00:00.000Z",
    reason: "Fine with me",
  };
  for (const client of [ann, boss]) expect(await client.rest()).toEqual([{ event: STATUS, payload: told }]);
  const notification = {
    id: expect.any(String),
    type: "media_request_approved",
    title: "Media Request Approved",
    message: "Your request for 'Inception' has been approved: Fine with me",
    timestamp: "2026-01-01T00:00:01.000Z",
    metadata: { requestId: id, mediaType: "movie", tmdbId: "27205" },
    actions: [{ label: "View Details", url: `/requests/${id}` }],
  };
  for (const client of [news, root]) {
    expect(await client.rest()).toEqual([{ event: "user:notification", payload: notification }]);
  }
  expect(await others.rest()).toEqual([]);
});

test("decline, available and fail leave news too, a download does not", async () => {
  await using home = await Household.start();
  const ann = await home.connect("ann", "/authenticated");
  const ids = [await home.request("ann", { ...INCEPTION, tmdbId: "1" }), await home.request("ann", { ...INCEPTION })];
  await home.decide(ids[0] ?? "", "decline", { reason: "Too long" });
  await home.decide(ids[1] ?? "", "approve");
  await home.report(ids[1] ?? "", 5);
  await home.decide(ids[1] ?? "", "fail", { reason: "No space" });
  await home.decide(ids[1] ?? "", "approve");
  await home.decide(ids[1] ?? "", "available");
  expect(only(await ann.rest(), "user:notification").map(({ type, message }) => [type, message])).toEqual([
    ["media_request_declined", "Your request for 'Inception' has been declined: Too long"],
    ["media_request_approved", "Your request for 'Inception' has been approved"],
    ["media_request_failed", "Your request for 'Inception' has failed: No space"],
    ["media_request_approved", "Your request for 'Inception' has been approved"],
    ["media_request_available", "'Inception' is now available"],
  ]);
});

/** CONTRACT §5, written down once more. */
const MAY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pending: { approve: "approved", decline: "declined", available: "available" },
  approved: { download: "downloading", available: "available", fail: "failed" },
  downloading: { download: "downloading", available: "available", fail: "failed" },
  failed: { approve: "approved" },
  declined: {},
  available: {},
};

test("whatever is tried in whatever order, only what the contract allows happens, and it is all written down", async () => {
  await using home = await Household.start({ HEADEND_DOWNLOAD_MS: "10" });
  const steps = fc.array(fc.constantFrom("approve", "decline", "available", "fail", "download"), {
    minLength: 3,
    maxLength: 8,
  });
  for (const [n, tried] of fc.sample(steps, 40).entries()) {
    const id = await home.request("ann", { ...INCEPTION, tmdbId: `${n}` });
    let status = "pending";
    const history: unknown[] = [[null, "pending"]];
    for (const step of tried) {
      const answer = step === "download" ? await home.report(id, 1) : await home.decide(id, step);
      const next = MAY[status]?.[step];
      expect([status, step, answer.status]).toEqual([status, step, next ? 200 : 409]);
      if (!next) expect(answer.body.error).toMatchObject({ code: "CONFLICT", details: { status } });
      if (next && next !== status) history.push([status, next]);
      status = next ?? status;
      await home.clock.advance(100);
    }
    const { body } = await home.call("ann", `/media/requests/${id}`);
    expect(body.data.status).toBe(status);
    expect(body.data.history.map(({ from, to }: { from: string; to: string }) => [from, to])).toEqual(history);
  }
});

test("the same title is requested once while somebody waits for it, by everybody for themselves", async () => {
  await using home = await Household.start();
  const ask = (who: string, more: object = {}) => home.call(who, "/media/requests", { ...INCEPTION, ...more });
  const [one, two] = await Promise.all([ask("ann"), ask("ann", { title: "Another spelling" })]);
  expect([one.status, two.status].sort()).toEqual([201, 409]);
  const refused = one.status === 409 ? one : two;
  expect(refused.body.error).toEqual({
    code: "CONFLICT",
    message: "This title is already requested",
    details: { field: "tmdbId" },
  });
  expect((await ask("ann", { mediaType: "tv" })).status).toBe(201);
  expect((await ask("bob")).status).toBe(201);
  const id = (one.status === 201 ? one : two).body.data.id;
  await home.decide(id, "decline");
  expect((await ask("ann")).status).toBe(201);
  // A second try of a failed one is refused while a new one is on its way.
  const failing = await home.request("carl");
  await home.decide(failing, "approve");
  await home.decide(failing, "fail");
  await home.request("carl");
  expect((await home.decide(failing, "approve")).status).toBe(409);
});

test("one sees one's own requests, admins everybody's, and others are not told that they exist", async () => {
  await using home = await Household.start();
  const mine = await home.request("ann");
  await home.clock.advance(1_000);
  const other = await home.request("bob");
  const ids = async (who: string, query = "") =>
    (await home.call(who, `/media/requests${query}`)).body.data.map(({ id }: { id: string }) => id);
  expect(await ids("ann")).toEqual([mine]);
  expect(await ids("boss")).toEqual([]);
  expect(await ids("boss", "?all=true")).toEqual([other, mine]);
  expect(await ids("boss", "?all=true&limit=1&offset=1")).toEqual([mine]);
  expect(await ids("boss", "?all=true&status=approved")).toEqual([]);
  await home.decide(mine, "approve");
  expect(await ids("boss", "?all=true&status=approved")).toEqual([mine]);
  expect((await home.call("ann", "/media/requests?all=true")).body.error).toMatchObject({ code: "FORBIDDEN" });
  expect((await home.call("ann", "/media/requests?status=lost")).body.error).toMatchObject({
    code: "INVALID_REQUEST",
    details: { field: "status" },
  });
  const foreign = await home.call("ann", `/media/requests/${other}`);
  const unknown = await home.call("ann", "/media/requests/nothing");
  expect([foreign.status, foreign.body]).toEqual([unknown.status, unknown.body]);
  expect(foreign.status).toBe(404);
  expect((await home.call("boss", `/media/requests/${other}`)).body.data).toMatchObject({ id: other, userId: "bob" });
  expect((await home.call(null, "/media/requests")).status).toBe(401);
});

test("the owner withdraws what is pending, an admin removes anything", async () => {
  await using home = await Household.start();
  const [first, second] = [await home.request("ann"), await home.request("bob")];
  const remove = (who: string, id: string) => home.call(who, `/media/requests/${id}`, undefined, "DELETE");
  expect((await remove("bob", first)).status).toBe(404);
  expect(await remove("ann", first)).toMatchObject({ status: 200, body: { data: { id: first } } });
  expect((await remove("ann", first)).status).toBe(404);
  await home.decide(second, "approve");
  expect(await remove("bob", second)).toMatchObject({
    status: 409,
    body: { error: { code: "CONFLICT", details: { status: "approved" } } },
  });
  expect((await remove("boss", second)).status).toBe(200);
});

test("only admins decide; a key is no admin, and an admin's token no key", async () => {
  await using home = await Household.start();
  const id = await home.request("ann");
  for (const step of ["approve", "decline", "available", "fail"]) {
    const path = `/admin/requests/${id}/${step}`;
    expect(await home.call("ann", path, {})).toMatchObject({
      status: 403,
      body: { error: { code: "FORBIDDEN", message: "Admin access required" } },
    });
    expect((await home.call("key", path, {})).status).toBe(401);
    expect((await home.call("boss", path.replace(id, "nothing"), {})).status).toBe(404);
  }
  const report = { downloadId: "d", downloadedBytes: 1, totalBytes: 2 };
  expect((await home.call("boss", `/media/requests/${id}/download`, report, "PUT")).status).toBe(401);
  for (const [given, field] of [
    [{ estimatedCompletion: "tomorrow" }, "estimatedCompletion"],
    [{ estimatedCompletion: 5 }, "estimatedCompletion"],
    [{ reason: "" }, "reason"],
  ] as const) {
    expect(await home.decide(id, "approve", given)).toMatchObject({
      status: 400,
      body: { error: { details: { field } } },
    });
  }
  expect((await home.call("ann", `/media/requests/${id}`)).body.data.status).toBe("pending");
});

test("nothing to add to a decision may be said in any way", async () => {
  await using home = await Household.start();
  const given = [
    {},
    { headers: { "content-type": "application/json" } },
    { json: {} },
    { json: { reason: null, estimatedCompletion: null } },
  ];
  for (const [n, init] of given.entries()) {
    const id = await home.request("ann", { ...INCEPTION, tmdbId: n });
    const call = { token: await home.token("boss"), method: "POST", ...init };
    const { status, body } = await home.server.call("requests", `/api/v1/admin/requests/${id}/approve`, call);
    expect([status, body]).toMatchObject([
      200,
      { data: { status: "approved", reason: null, estimatedCompletion: null } },
    ]);
  }
});

test("what makes no request is refused and says why", async () => {
  await using home = await Household.start();
  const boss = await home.connect("boss", "/media");
  for (const [change, field] of [
    [{ mediaType: "book" }, "mediaType"],
    [{ mediaType: undefined }, "mediaType"],
    [{ tmdbId: "" }, "tmdbId"],
    [{ tmdbId: { a: 1 } }, "tmdbId"],
    [{ title: " \u202e " }, "title"],
    [{ title: "x".repeat(257) }, "title"],
    [{ seasons: "all" }, "seasons"],
    [{ seasons: [1, -1] }, "seasons.1"],
  ] as const) {
    const { status, body } = await home.call("ann", "/media/requests", { ...INCEPTION, ...change });
    expect([status, body.error?.code, body.error?.details]).toEqual([400, "INVALID_REQUEST", { field }]);
    await home.clock.advance(50);
  }
  expect(
    (await home.call("ann", "/media/requests", { ...INCEPTION, mediaType: "tv", seasons: [1, 2] })).body.data.seasons,
  ).toEqual([1, 2]);
  expect((await boss.rest()).length).toBe(1);
});

test("who comes back is shown the hundred requests of theirs that changed last, in the order of the changes", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  const ids: string[] = [];
  {
    await using home = await Household.start(env, clock);
    for (let n = 0; n < 105; n++) {
      ids.push(await home.request("ann", { ...INCEPTION, tmdbId: `${n}` }));
      await clock.advance(100);
    }
    await home.request("bob");
    await home.decide(ids[0] ?? "", "approve");
  }
  await using home = await Household.start(env, clock);
  const shown = only(await (await home.connect("ann", "/media")).rest(), STATUS);
  expect(shown.map(({ requestId }) => requestId)).toEqual([...ids.slice(6), ids[0]]);
  expect(shown.at(-1)).toMatchObject({ previousStatus: "pending", currentStatus: "approved", approvedBy: "boss" });
  expect(shown[0]).toMatchObject({ previousStatus: null, currentStatus: "pending" });
  // One's own only, an admin's too.
  expect(await (await home.connect("boss", "/media")).rest()).toEqual([]);
});

test("what a person asked for goes with the account", async () => {
  await using home = await Household.start();
  const id = await home.request("ann");
  await home.server.app.house.accounts.remove("ann");
  await home.clock.advance(2_000);
  expect((await home.call("boss", `/media/requests/${id}`)).status).toBe(404);
});

test("Overseerr's webhook moves what is open of a title, and takes everything else in silence", async () => {
  await using home = await Household.start();
  const [ann, bob, other] = [
    await home.request("ann"),
    await home.request("bob"),
    await home.request("ann", { ...INCEPTION, mediaType: "tv" }),
  ];
  const boss = await home.connect("boss", "/media");
  const hook = (notification_type: string, media: unknown = { media_type: "movie", tmdbId: "27205", tvdbId: "" }) =>
    home.call("key", "/webhooks/overseerr", {
      notification_type,
      event: "Movie Request Automatically Approved",
      subject: "Inception (2010)",
      message: "A thief who steals corporate secrets",
      image: "https://image.example/poster.jpg",
      media,
      request: { request_id: "1", requestedBy_username: "ann" },
      issue: null,
      comment: null,
      extra: [],
    });
  for (const ignored of [
    await hook("TEST_NOTIFICATION", null),
    await hook("MEDIA_PENDING"),
    await hook("ISSUE_CREATED"),
    await hook("MEDIA_APPROVED", null),
    await hook("MEDIA_APPROVED", { media_type: "music", tmdbId: "27205" }),
    await hook("MEDIA_APPROVED", { media_type: "movie", tmdbId: "1" }),
    await hook("toString"),
  ]) {
    expect([ignored.status, ignored.body.data]).toEqual([200, []]);
  }
  expect(await boss.rest()).toEqual([]);
  const approved = await hook("MEDIA_AUTO_APPROVED", { media_type: "movie", tmdbId: 27205 });
  expect(approved.body.data.map(({ id }: { id: string }) => id)).toEqual([ann, bob]);
  expect(only(await boss.rest(), STATUS).map(({ requestId, approvedBy }) => [requestId, approvedBy])).toEqual([
    [ann, "overseerr"],
    [bob, "overseerr"],
  ]);
  // It is approved already: nothing to do.
  expect((await hook("MEDIA_APPROVED")).body.data).toEqual([]);
  expect((await hook("MEDIA_FAILED")).body.data.length).toBe(2);
  // What has failed is not open any more.
  expect((await hook("MEDIA_AVAILABLE")).body.data).toEqual([]);
  expect((await hook("MEDIA_DECLINED", { media_type: "tv", tmdbId: "27205" })).body.data).toMatchObject([
    { id: other },
  ]);
  expect((await home.call("ann", "/webhooks/overseerr", { notification_type: "MEDIA_APPROVED" })).status).toBe(401);
  expect((await home.call("key", "/webhooks/overseerr", { media: {} })).body.error?.details).toEqual({
    field: "notification_type",
  });
});
