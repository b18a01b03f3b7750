import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { startTestApp, token } from "../../harness";

const MOVIE = { type: "movie", movieId: "123-456", time: 60, progress: 0.05 };

for (const transport of ["websocket", "polling"]) {
  test(`the documented client reports progress over ${transport}: in the database within the flush period`, async () => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock });
    const client = await app.connect("playback", { transports: [transport] });
    client.send("authenticate", { token: await token("u1") });
    expect(await client.ask("playing", MOVIE)).toEqual({ success: true });
    expect(app.app.house.progress.buffer.size).toBe(1);
    await clock.advance(10_000);
    expect(app.app.house.progress.buffer.size).toBe(0);
    const { body } = await app.call("playback", "/progress/movie/123-456", { token: await token("u1") });
    expect(body).toEqual({ ...MOVIE, watched: false, updatedAt: "2026-01-01T00:00:00.000Z" });
    expect(await client.rest()).toEqual([]);
  });
}
