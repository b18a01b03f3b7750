import { expect, test } from "bun:test";
import { type TestApp, token } from "../../harness";
import { startPlayback } from "./fixture";

const NOT_FOUND = { status: 404, body: { message: "Client not found" } };

async function player(app: TestApp, user: string, options = {}) {
  const client = await app.connect("playback", options);
  await client.ask("authenticate", { token: await token(user) });
  return client;
}

test.each([
  [{ type: "episode", id: "e-1" }, { episodeId: "e-1" }],
  [{ type: "tv", id: 7 }, { episodeId: "7" }],
  [{ type: "movie", id: "m-1" }, { movieId: "m-1" }],
  [{ episodeId: "e-2" }, { episodeId: "e-2" }],
  [{ movieId: "m-2" }, { movieId: "m-2" }],
])("POST %j makes the client hear play %j, once and nobody else", async (json, played) => {
  await using app = await startPlayback();
  const target = await player(app, "u1");
  const other = await player(app, "u1");
  const jwt = await token("u1");
  expect(await app.call("playback", `/client/${target.id}/playback`, { token: jwt, json })).toMatchObject({
    status: 200,
    body: { status: "sent" },
  });
  expect(await target.next("play")).toEqual(played);
  expect(await target.rest()).toEqual([]);
  expect(await other.rest()).toEqual([]);
});

test("with confirm the call waits for the client: confirmed, too late, or gone", async () => {
  await using app = await startPlayback();
  const target = await player(app, "u1");
  const jwt = await token("u1");
  const { id } = target;
  const play = (confirm: number | string) =>
    app.call("playback", `/client/${id}/playback?confirm=${confirm}`, { token: jwt, json: { movieId: "m" } });

  target.socket.once("play", (_item, acknowledge) => acknowledge());
  expect(await play(5_000)).toMatchObject({ status: 200, body: { status: "confirmed" } });

  expect(await play(50)).toMatchObject({ status: 504, body: { message: "The client did not confirm" } });

  target.socket.once("play", () => target.close());
  const begun = performance.now();
  expect((await play(30_000)).status).toBe(504);
  expect(performance.now() - begun).toBeLessThan(10_000);

  for (const wrong of [0, 30_001, "soon", "1e3"]) {
    expect(await play(wrong)).toMatchObject({
      status: 400,
      body: { message: "confirm must be a whole number from 1 to 30000" },
    });
  }
});

test("somebody else's client, an unknown one and one that left are all not found", async () => {
  await using app = await startPlayback();
  const target = await player(app, "u1");
  const gone = await player(app, "u2");
  const goneId = gone.id;
  const left = gone.disconnected();
  gone.close();
  await left;
  await target.rest();
  for (const id of [target.id, "nobody", goneId]) {
    const answer = await app.call("playback", `/client/${id}/playback`, {
      token: await token("u2"),
      json: { movieId: "m" },
    });
    expect(answer).toMatchObject(NOT_FOUND);
  }
  expect(await target.rest()).toEqual([]);
});

test("GET /clients shows the caller's own connected clients, with what they play", async () => {
  await using app = await startPlayback();
  const jwt = await token("u1");
  const named = await player(app, "u1", { auth: { name: " Living\u202e room " } });
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const unnamed = await player(app, "u1", { extraHeaders: { "user-agent": firefox } });
  await player(app, "u2");
  const report = { type: "tv", episodeId: "e-1", time: 30, progress: 0.25 };
  await named.ask("playing", report);
  const { status, body } = await app.call("playback", "/clients", { token: jwt });
  expect(status).toBe(200);
  const connectedAt = "2026-01-01T00:00:00.000Z";
  expect(body).toEqual([
    { clientId: named.id, clientName: "Living room", connectedAt, activity: report },
    { clientId: unnamed.id, clientName: "Firefox on Linux", connectedAt, activity: null },
  ]);
});

test.each([
  [{}, "body must have type and id, or episodeId, or movieId"],
  [{ type: "song", id: "1" }, "body must have type and id, or episodeId, or movieId"],
  [{ type: "movie" }, "body must have type and id, or episodeId, or movieId"],
  [[], "body must have type and id, or episodeId, or movieId"],
])("a body of %j is refused with what is wrong", async (json, message) => {
  await using app = await startPlayback();
  const target = await player(app, "u1");
  const answer = await app.call("playback", `/client/${target.id}/playback`, { token: await token("u1"), json });
  expect(answer).toMatchObject({ status: 400, body: { message } });
  expect(await target.rest()).toEqual([]);
});

test("bodies that are no JSON, of another type or too large have their own statuses", async () => {
  await using app = await startPlayback();
  const target = await player(app, "u1");
  const post = async (body: string, type = "application/json") =>
    app.call("playback", `/client/${target.id}/playback`, {
      method: "POST",
      token: await token("u1"),
      headers: { "content-type": type },
      body,
    });
  expect(await post("{")).toMatchObject({ status: 400, body: { message: "body is not valid JSON" } });
  expect((await post('{"movieId":"m"}', "text/plain")).status).toBe(415);
  expect(await post(`{"movieId":"${"m".repeat(1 << 20)}"}`)).toMatchObject({
    status: 413,
    body: { message: "body must be at most 1048576 bytes" },
  });
  expect((await post("[".repeat(100) + "]".repeat(100))).body).toEqual({
    message: "body is nested deeper than 32 levels",
  });
  expect(await target.rest()).toEqual([]);
});

test("40 calls at once, then 429 with Retry-After", async () => {
  await using app = await startPlayback();
  const target = await player(app, "u1");
  const jwt = await token("u1");
  const play = () => app.call("playback", `/client/${target.id}/playback`, { token: jwt, json: { movieId: "m" } });
  const answers = await Promise.all(Array.from({ length: 41 }, play));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toEqual({ message: "Too many requests" });
  expect(refused?.headers.get("retry-after")).toBe("1");
});
