import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { act, rowsOf } from "../../console/desk";
import { token } from "../../harness";
import { startPlayback } from "./fixture";

const PANEL = "playback/clients";

test("clients are on the console with what they play, the newest first; guests are not", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  await app.connect("playback");
  const tv = await app.connect("playback", { auth: { name: "Living room" } });
  await tv.ask("authenticate", { token: await token("u1") });
  await tv.ask("playing", { type: "tv", episodeId: "e1", time: 60, progress: 0.123 });
  clock.pass(1_000);
  const phone = await app.connect("playback", { auth: { name: "Phone" } });
  await phone.ask("authenticate", { token: await token("u2") });
  expect(await rowsOf(app, PANEL)).toEqual([
    {
      id: phone.id,
      client: "Phone",
      user: "u2",
      type: null,
      item: null,
      percent: null,
      seconds: null,
      since: clock.now(),
    },
    {
      id: tv.id,
      client: "Living room",
      user: "u1",
      type: "tv",
      item: "e1",
      percent: 12.3,
      seconds: 60,
      since: clock.now() - 1_000,
    },
  ]);
  for (const search of ["LIVING", "u1", "e1"]) {
    expect((await rowsOf(app, PANEL, search)).map(({ id }) => id)).toEqual([tv.id]);
  }
  phone.close();
  while ((await rowsOf(app, PANEL)).length > 1) await Bun.sleep(1);
});

test("an operator has a client play something, and no other hears of it", async () => {
  await using app = await startPlayback();
  const clients = [];
  for (const user of ["u1", "u1", "u2"]) {
    const client = await app.connect("playback");
    await client.ask("authenticate", { token: await token(user) });
    clients.push(client);
  }
  const [tv, ...others] = clients;
  const play = (fields: Record<string, string>, id = tv?.id) => act(app, PANEL, "play", id, fields);
  expect(await play({ type: "movie", id: "123-456" })).toMatchObject({ status: 200 });
  expect(await tv?.next("play")).toEqual({ movieId: "123-456" });
  expect(await play({ type: "episode", id: "e1" })).toMatchObject({ status: 200 });
  expect(await tv?.next("play")).toEqual({ episodeId: "e1" });
  expect(await play({ type: "movie", id: "x".repeat(200) })).toMatchObject({ status: 400, field: "id" });
  expect(await play({ type: "movie" })).toMatchObject({ status: 400, field: "id" });
  expect(await play({ type: "movie", id: "1" }, "none")).toMatchObject({ status: 404 });
  for (const client of clients) expect(await client.rest()).toEqual([]);
  expect(others).toHaveLength(2);
});
