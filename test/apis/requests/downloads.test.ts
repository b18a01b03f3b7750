import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { temporaryFolder } from "../../harness";
import { Household, only } from "./fixture";

const PROGRESS = "media:download:progress";
type Progress = { progress: { percentage: number; speed: string; eta: string; downloadedBytes: number } };

async function approved(home: Household, who = "ann"): Promise<string> {
  const id = await home.request(who);
  await home.decide(id, "approve");
  return id;
}

test("the first report moves the request on, and owner and admins see how far it is", async () => {
  await using home = await Household.start();
  const id = await approved(home);
  const [ann, bob, boss] = [
    await home.connect("ann", "/media"),
    await home.connect("bob", "/media"),
    await home.connect("boss", "/media"),
  ];
  await ann.next("media:request:status");
  const report = {
    downloadId: "d1",
    downloadedBytes: 1_024_000_000,
    totalBytes: 2_265_678_000,
    currentFile: "Inception.2010.mkv",
    speed: "5.2 MB/s",
    eta: "00:03:45",
  };
  const answer = await home.call("key", `/media/requests/${id}/download`, report, "PUT");
  const { downloadId, currentFile, ...figures } = report;
  const shown = {
    requestId: id,
    downloadId,
    progress: { percentage: 45.2, ...figures },
    currentFile,
    timestamp: "2026-01-01T00:00:00.000Z",
  };
  expect([answer.status, answer.body.data]).toEqual([200, { id: "d1", ...shown }]);
  for (const client of [ann, boss]) {
    expect(await client.rest()).toEqual([
      {
        event: "media:request:status",
        payload: expect.objectContaining({ previousStatus: "approved", currentStatus: "downloading" }),
      },
      { event: PROGRESS, payload: shown },
    ]);
  }
  expect(await bob.rest()).toEqual([]);
  expect((await home.call("ann", `/media/requests/${id}`)).body.data.downloads).toEqual([shown]);
});

test("speed and time left are worked out over the last reports", async () => {
  await using home = await Household.start({ HEADEND_DOWNLOAD_MS: "10" });
  const id = await approved(home);
  const figures = async (bytes: number) => {
    const { progress } = (await home.report(id, bytes)).body.data as Progress;
    return [progress.percentage, progress.speed, progress.eta];
  };
  expect(await figures(0)).toEqual([0, "0 B/s", "--:--:--"]);
  await home.clock.advance(1_000);
  expect(await figures(1_000_000)).toEqual([10, "1.0 MB/s", "00:00:09"]);
  await home.clock.advance(1_000);
  // A jump of one report is smoothed.
  expect(await figures(5_000_000)).toEqual([50, "2.5 MB/s", "00:00:02"]);
  await home.clock.advance(10_000);
  expect(await figures(5_200_000)).toEqual([52, "433.3 KB/s", "00:00:12"]);
  // It has begun again.
  expect(await figures(100)).toEqual([0, "0 B/s", "--:--:--"]);
  await home.clock.advance(1_000);
  expect(await figures(10_000_000)).toEqual([100, "10.0 MB/s", "00:00:00"]);
  const given = await home.report(id, 1_000, { speed: 1_500, eta: 3_725 });
  expect(given.body.data.progress).toMatchObject({ speed: "1.5 KB/s", eta: "01:02:05" });
  // A speed that is given is what the time left follows from, where it can be read.
  for (const [speed, eta] of [
    ["5.2 MB/s", "00:03:59"],
    ["200kb/s", "01:43:29"],
    ["as fast as it can", "--:--:--"],
  ]) {
    const example = { downloadId: `at ${speed}`, totalBytes: 2_265_678_000, speed };
    expect((await home.report(id, 1_024_000_000, example)).body.data.progress).toMatchObject({ speed, eta });
  }
});

test("of many reports at most one in five seconds is shown, and the last one always", async () => {
  await using home = await Household.start();
  const id = await approved(home);
  const ann = await home.connect("ann", "/media");
  for (let second = 0; second < 12; second++) {
    await home.report(id, second * 1_000);
    await home.report(id, second, { downloadId: "d2" });
    await home.clock.advance(1_000);
  }
  await home.clock.advance(5_100);
  const shown = only<{ downloadId: string } & Progress>(await ann.rest(), PROGRESS);
  const of = (which: string) =>
    shown.filter(({ downloadId }) => downloadId === which).map(({ progress }) => progress.downloadedBytes);
  expect(of("d1")).toEqual([0, 4_000, 9_000, 11_000]);
  expect(of("d2")).toEqual([0, 4, 9, 11]);
});

test("when the request is over the last report is shown first, and none after it", async () => {
  await using home = await Household.start();
  const id = await approved(home);
  const ann = await home.connect("ann", "/media");
  await home.report(id, 1);
  await home.report(id, 10_000_000);
  await ann.rest();
  const before = ann.heard.length;
  await home.decide(id, "available");
  await home.clock.advance(60_000);
  const [last, status, ...rest] = (await ann.rest()).slice(before);
  expect(last).toMatchObject({ event: PROGRESS, payload: { progress: { percentage: 100 } } });
  expect(status).toMatchObject({ payload: { currentStatus: "available" } });
  expect(rest).toEqual([]);
  expect((await home.report(id, 5)).status).toBe(409);
});

test("a download that stands still for a minute is shown so, once, and goes on when it does", async () => {
  await using home = await Household.start();
  const id = await approved(home);
  const ann = await home.connect("ann", "/media");
  await home.report(id, 1_000_000);
  await home.clock.advance(1_000);
  await home.report(id, 2_000_000);
  await home.clock.advance(20_000);
  // Reports that say the same are no progress.
  await home.report(id, 2_000_000);
  await home.clock.advance(46_000);
  expect(only<Progress>(await ann.rest(), PROGRESS).at(-1)?.progress).toMatchObject({
    downloadedBytes: 2_000_000,
    speed: "0 B/s",
    eta: "--:--:--",
  });
  const count = ann.heard.length;
  await home.clock.advance(300_000);
  expect((await ann.rest()).length).toBe(count);
  await home.report(id, 2_500_000);
  expect((await ann.rest()).length).toBe(count + 1);
});

test("a second try has downloads of its own, after a restart too", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  const shown = async (home: Household) =>
    only(await (await home.connect("ann", "/media")).rest(), PROGRESS).map(({ downloadId }) => downloadId);
  let id = "";
  {
    await using home = await Household.start(env, clock);
    id = await approved(home);
    for (const downloadId of ["stored", "buffered"]) {
      await home.report(id, 5, { downloadId });
      if (downloadId === "stored") await clock.advance(20_000);
    }
    await home.decide(id, "fail");
    await home.decide(id, "approve");
    expect(await shown(home)).toEqual([]);
    await home.report(id, 5, { downloadId: "new" });
    expect(await shown(home)).toEqual(["new"]);
  }
  await using home = await Household.start(env, clock);
  expect(await shown(home)).toEqual(["new"]);
});

test("a downloader may know better than the bytes tell; what is left keeps it from being all", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  let id = "";
  {
    await using home = await Household.start(env, clock);
    id = await approved(home);
    const percentage = async (bytes: number, more: object = {}) =>
      ((await home.report(id, bytes, more)).body.data as Progress).progress.percentage;
    expect(await percentage(9_999_999)).toBe(99.9);
    expect(await percentage(10_000_000)).toBe(100);
    expect(await percentage(10_000_000, { percentage: null, speed: null, eta: null, currentFile: null })).toBe(100);
    expect(await percentage(0, { percentage: 12.5, totalBytes: 0 })).toBe(12.5);
    expect((await home.report(id, 0, { percentage: 101 })).body.error?.details).toEqual({ field: "percentage" });
  }
  await using home = await Household.start(env, clock);
  const [{ progress }] = only<Progress>(await (await home.connect("ann", "/media")).rest(), PROGRESS) as [Progress];
  expect(progress.percentage).toBe(12.5);
});

test("who comes later sees the last states, after a restart too", async () => {
  using folder = temporaryFolder();
  const clock = new FakeClock();
  const env = { HEADEND_DATA: folder.path };
  let id = "";
  {
    await using home = await Household.start(env, clock);
    id = await approved(home);
    await home.report(id, 1_000_000);
    await home.report(id, 2_000_000);
  }
  await using home = await Household.start(env, clock);
  for (const who of ["ann", "boss"]) {
    const shown = only<Progress>(await (await home.connect(who, "/media")).rest(), PROGRESS);
    expect(shown).toMatchObject([{ requestId: id, progress: { downloadedBytes: 2_000_000 } }]);
  }
  expect(await (await home.connect("bob", "/media")).rest()).toEqual([]);
});

test("reports that make no sense are refused, and so are those of requests that are not to be downloaded", async () => {
  await using home = await Household.start();
  const id = await approved(home);
  for (const [change, field] of [
    [{ downloadId: undefined }, "downloadId"],
    [{ totalBytes: -1 }, "totalBytes"],
    [{ totalBytes: 4 }, "downloadedBytes"],
    [{ totalBytes: "many" }, "totalBytes"],
    [{ speed: { a: 1 } }, "speed"],
    [{ currentFile: "" }, "currentFile"],
  ] as const) {
    const { status, body } = await home.report(id, 5, change);
    expect([status, body.error?.details]).toEqual([400, { field }]);
  }
  expect((await home.call("ann", `/media/requests/${id}`)).body.data.status).toBe("approved");
  expect((await home.report("nothing", 5)).status).toBe(404);
  const pending = await home.request("bob");
  expect((await home.report(pending, 5)).status).toBe(409);
  expect((await home.report(id, 0, { totalBytes: 0 })).body.data.progress.percentage).toBe(0);
});
