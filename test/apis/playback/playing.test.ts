import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { type TestApp, token } from "../../harness";
import { startPlayback } from "./fixture";

const MOVIE = { type: "movie", movieId: "123-456", time: 60, progress: 0.05 };
const EPISODE = { type: "tv", episodeId: "e-1", time: 12345, progress: 0.5 };
const AT_START = "2026-01-01T00:00:00.000Z";

for (const transport of ["websocket", "polling"]) {
  test(`the documented client reports progress over ${transport}: in the database within the flush period`, async () => {
    const clock = new FakeClock();
    await using app = await startPlayback({ clock });
    const client = await app.connect("playback", { transports: [transport] });
    client.send("authenticate", { token: await token("u1") });
    expect(await client.ask("playing", MOVIE)).toEqual({ success: true });
    expect(app.app.house.progress.buffer.size).toBe(1);
    await clock.advance(10_000);
    expect(app.app.house.progress.buffer.size).toBe(0);
    const { body } = await app.call("playback", "/progress/movie/123-456", { token: await token("u1") });
    expect(body).toEqual({ ...MOVIE, watched: false, updatedAt: AT_START });
    expect(await client.rest()).toEqual([]);
  });
}

async function connections(app: TestApp): Promise<number> {
  const metrics = await (await fetch(`${app.app.url("console")}/metrics`)).text();
  return Number(/^headend_connections\{api="playback"\} (\d+)$/m.exec(metrics)?.[1]);
}

test("the newest report wins across sockets, and is answered before it is stored", async () => {
  await using app = await startPlayback();
  const jwt = await token("u1");
  const [tv, phone] = [await app.connect("playback"), await app.connect("playback")];
  await tv.ask("authenticate", { token: jwt });
  await phone.ask("authenticate", { token: jwt });
  await tv.ask("playing", { ...EPISODE, time: 10 });
  await phone.ask("playing", { ...EPISODE, time: 5 });
  expect(app.app.house.progress.buffer.size).toBe(1);
  expect((await app.call("playback", "/progress/tv/e-1", { token: jwt })).body).toMatchObject({ time: 5 });
});

test("what a client reported is stored within a second of its leaving, many clients in one transaction", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  const { progress } = app.app.house;
  const clients = [];
  for (let user = 0; user < 5; user++) {
    const client = await app.connect("playback");
    await client.ask("authenticate", { token: await token(`u${user}`) });
    await client.ask("playing", MOVIE);
    clients.push(client);
  }
  for (const client of clients) client.close();
  const observer = await app.connect("playback");
  // The server has heard of it once the connections are gone from its list.
  while ((await connections(app)) > 1) await observer.rest();
  await clock.advance(999);
  expect(progress.buffer.size).toBe(0);
  expect(progress.buffer.written).toBe(5);
});

test.each([
  ["type", { ...MOVIE, type: "music" }],
  ["type", { movieId: "m", time: 1, progress: 0.1 }],
  ["movieId", { type: "movie", time: 1, progress: 0.1 }],
  ["movieId", { ...MOVIE, movieId: "" }],
  ["movieId", { ...MOVIE, movieId: " \u202e " }],
  ["movieId", { ...MOVIE, movieId: "x".repeat(129) }],
  ["movieId", { ...MOVIE, movieId: 1.5 }],
  ["episodeId", { type: "tv", movieId: "m", time: 1, progress: 0.1 }],
  ["time", { ...MOVIE, time: -1 }],
  ["time", { ...MOVIE, time: "60" }],
  ["time", { ...MOVIE, time: null }],
  ["progress", { ...MOVIE, progress: 1.01 }],
  ["progress", { ...MOVIE, progress: -0.1 }],
  ["payload", "movie"],
  ["payload", null],
])("a report with a wrong %s is refused, names it and changes nothing: %j", async (field, payload) => {
  await using app = await startPlayback();
  const client = await app.connect("playback");
  await client.ask("authenticate", { token: await token("u1") });
  const answer = await client.ask<{ error: string }>("playing", payload);
  expect(answer).toMatchObject({ success: false, code: "invalid_request" });
  expect(answer.error).toStartWith(field);
  client.send("playing", payload);
  expect(await client.rest()).toEqual([]);
  expect(app.app.house.progress.buffer.size).toBe(0);
});

test("a number of JSON that is infinite is refused", async () => {
  await using app = await startPlayback();
  const client = await app.connect("playback");
  await client.ask("authenticate", { token: await token("u1") });
  // JSON.stringify cannot write it, a client of another language can.
  const raw = '2["playing",{"type":"movie","movieId":"m","time":1e999,"progress":0.1}]';
  (client.socket.io.engine as unknown as { write(packet: string): void }).write(raw);
  await client.rest();
  expect(app.app.house.progress.buffer.size).toBe(0);
});

test("ids are cleaned: a number is its digits, one spelling for what looks the same", async () => {
  await using app = await startPlayback();
  const client = await app.connect("playback");
  const jwt = await token("u1");
  await client.ask("authenticate", { token: jwt });
  await client.ask("playing", { ...MOVIE, movieId: 27205 });
  expect((await app.call("playback", "/progress/movie/27205", { token: jwt })).body).toMatchObject({
    movieId: "27205",
  });
  await client.ask("playing", { ...MOVIE, movieId: " cafe\u0301\u202e " });
  const { body } = await app.call("playback", `/progress/movie/${encodeURIComponent("caf\u00e9")}`, { token: jwt });
  expect(body).toMatchObject({ movieId: "caf\u00e9" });
});

test("40 reports at once, then 20 a second; what is refused says when to try again, truly", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  const client = await app.connect("playback");
  await client.ask("authenticate", { token: await token("u1") });
  await clock.advance(10_000);
  const answers = await Promise.all(Array.from({ length: 45 }, () => client.ask("playing", MOVIE)));
  expect(answers.filter((answer) => answer.success)).toHaveLength(40);
  const refused = await client.ask<{ retryAfter: number }>("playing", MOVIE);
  expect(refused).toMatchObject({ success: false, code: "rate_limit_exceeded" });
  await clock.advance(refused.retryAfter * 1000 - 1);
  expect(await client.ask("playing", MOVIE)).toMatchObject({ success: false });
  await clock.advance(1);
  expect(await client.ask("playing", MOVIE)).toEqual({ success: true });
  expect(await client.ask("playing", MOVIE)).toMatchObject({ success: false });
});

test("a locked database delays storing and nothing else", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  const jwt = await token("u1");
  const client = await app.connect("playback");
  await client.ask("authenticate", { token: jwt });
  await client.ask("playing", MOVIE);
  const foreign = new Database(`${app.folder}/headend.db`);
  foreign.run("BEGIN IMMEDIATE");
  await clock.advance(15_000);
  expect(await client.ask("playing", EPISODE)).toEqual({ success: true });
  expect(app.app.house.progress.buffer.size).toBe(2);
  const failures = () => app.log.filter((line) => line.level === "error");
  expect(failures()).toHaveLength(1);
  foreign.run("ROLLBACK");
  foreign.close();
  await clock.advance(2_000);
  expect(app.app.house.progress.buffer.size).toBe(0);
  expect(failures()).toHaveLength(1);
  expect((await app.call("playback", "/progress", { token: jwt })).body).toHaveLength(2);
});
