import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { type TestApp, token } from "../../harness";
import { startPlayback } from "./fixture";

const DAY_MS = 86_400_000;

async function watcher(app: TestApp, user: string) {
  const jwt = await token(user);
  const client = await app.connect("playback");
  await client.ask("authenticate", { token: jwt });
  const report = async (movieId: string, progress: number) => {
    expect(await client.ask("playing", { type: "movie", movieId, time: 1, progress })).toEqual({ success: true });
  };
  const ids = async (path: string) => {
    const { body } = await app.call("playback", path, { token: jwt });
    return (body as { movieId: string }[]).map((row) => row.movieId);
  };
  return { jwt, report, ids };
}

test("GET /progress is the caller's own, newest first, in memory or stored", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  const { report, ids, jwt } = await watcher(app, "u1");
  const other = await watcher(app, "u2");
  await other.report("secret", 0.1);
  await report("a", 0.1);
  await clock.advance(20_000);
  await report("b", 0.2);
  await clock.advance(1_000);
  await report("a", 0.3);
  expect(await ids("/progress")).toEqual(["a", "b"]);
  expect(await ids("/progress?limit=1")).toEqual(["a"]);
  await clock.advance(20_000);
  expect(await ids("/progress")).toEqual(["a", "b"]);
  for (const limit of ["0", "1001", "x", "-1"]) {
    const refused = await app.call("playback", `/progress?limit=${limit}`, { token: jwt });
    expect(refused).toMatchObject({ status: 400, body: { message: "limit must be a whole number from 1 to 1000" } });
  }
});

test("GET /watching leaves out what is watched and what was not touched for 7 days", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  const { report, ids, jwt } = await watcher(app, "u1");
  await report("old", 0.5);
  await clock.advance(1_000);
  await report("nearly", 0.899);
  await report("watched", 0.9);
  const seen = await app.call("playback", "/progress/movie/watched", { token: jwt });
  expect(seen.body).toMatchObject({ watched: true });
  await clock.advance(10_000);
  clock.jump(7 * DAY_MS - 11_000);
  expect(await ids("/watching")).toEqual(["nearly", "old"]);
  clock.jump(1);
  expect(await ids("/watching")).toEqual(["nearly"]);
  expect(await ids("/watching?limit=1")).toEqual(["nearly"]);
});

test("one item: 404 when nothing is known of it, whoever else watched it", async () => {
  await using app = await startPlayback();
  const { report } = await watcher(app, "u1");
  await report("m", 0.5);
  const nobody = await token("u2");
  for (const path of ["/progress/movie/m", "/progress/tv/m", "/progress/music/m", "/progress/movie/"]) {
    const answer = await app.call("playback", path, { token: nobody });
    expect([path, answer.status, Object.keys(answer.body as object)]).toEqual([path, 404, ["message"]]);
  }
});

test("every call needs a user's token: none, a bad one and an API key are 401", async () => {
  await using app = await startPlayback({ env: { HEADEND_API_KEY: "k".repeat(32) } });
  for (const path of ["/clients", "/progress", "/progress/movie/m", "/watching"]) {
    for (const jwt of [undefined, "bad", "k".repeat(32)]) {
      const answer = await app.call("playback", path, jwt === undefined ? {} : { token: jwt });
      expect([path, answer.status, typeof (answer.body as { message: string }).message]).toEqual([path, 401, "string"]);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
  }
});
