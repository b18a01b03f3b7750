import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { token } from "../../harness";
import { startPlayback } from "./fixture";

const MOVIE = { type: "movie", movieId: "123-456", time: 60, progress: 0.05 };
const WARNING = { level: "warn", msg: "An unauthorized user attempted connection" };

test("signing in is silent; what is sent before it is ignored and only logged", async () => {
  await using app = await startPlayback();
  const client = await app.connect("playback");
  client.send("playing", MOVIE);
  expect(await client.ask("playing", MOVIE)).toEqual({
    success: false,
    error: "Authentication required",
    code: "authentication_failed",
  });
  expect(app.app.house.progress.buffer.size).toBe(0);
  expect(app.log).toContainEqual(expect.objectContaining({ level: "debug", msg: "an event was refused" }));
  expect(await client.ask("authenticate", { token: await token("u1") })).toEqual({ success: true });
  expect(await client.rest()).toEqual([]);
});

test.each([
  ["an invalid token", { token: "eyJhbG..." }],
  ["no token", {}],
  ["an empty token", { token: "" }],
  ["a token that is no text", { token: { sub: "u1" } }],
  ["nothing at all", undefined],
  ["a token over 8 KiB", { token: "x".repeat(9_000) }],
])("%s logs a warning and disconnects, without any event", async (_what, payload) => {
  await using app = await startPlayback();
  const client = await app.connect("playback");
  const reason = client.disconnected();
  client.send("authenticate", payload);
  expect(await reason).toBe("io server disconnect");
  expect(app.log).toContainEqual(expect.objectContaining(WARNING));
});

test("a failed sign-in answers a callback before it disconnects, and never repeats the token", async () => {
  await using app = await startPlayback();
  const client = await app.connect("playback");
  const reason = client.disconnected();
  const secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1MSJ9.bm90LXRoZS1zaWduYXR1cmU";
  const answer = await client.ask("authenticate", { token: secret });
  expect(answer).toEqual({ success: false, error: "Invalid token", code: "authentication_failed" });
  expect(await reason).toBe("io server disconnect");
  expect(JSON.stringify(app.log)).not.toContain(secret);
});

test("a socket that never signs in is disconnected after the deadline, one that did is not", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  const guest = await app.connect("playback");
  const user = await app.connect("playback");
  await user.ask("authenticate", { token: await token("u1") });
  const reason = guest.disconnected();
  await clock.advance(32_000);
  expect(await reason).toBe("io server disconnect");
  expect(await user.ask("playing", MOVIE)).toEqual({ success: true });
});

test("a token that runs out ends the socket within 5 s; a later token of the same user extends it", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ clock });
  const expires = (seconds: number) => ({ exp: Math.floor(clock.now() / 1000) + seconds });
  const short = await app.connect("playback");
  const extended = await app.connect("playback");
  await short.ask("authenticate", { token: await token("u1", expires(60)) });
  await extended.ask("authenticate", { token: await token("u1", expires(60)) });
  await extended.ask("authenticate", { token: await token("u1", expires(3600)) });
  await clock.advance(59_000);
  expect(await short.ask("playing", MOVIE)).toEqual({ success: true });
  const reason = short.disconnected();
  await clock.advance(6_000);
  expect(await reason).toBe("io server disconnect");
  expect(await extended.ask("playing", MOVIE)).toEqual({ success: true });
});

test("a second authenticate switches the user: nothing of the first one stays", async () => {
  await using app = await startPlayback();
  const client = await app.connect("playback");
  const [first, second] = [await token("u1"), await token("u2")];
  await client.ask("authenticate", { token: first });
  await client.ask("authenticate", { token: second });
  await client.ask("playing", MOVIE);
  expect((await app.call("playback", "/clients", { token: first })).body).toEqual([]);
  expect((await app.call("playback", "/progress", { token: first })).body).toEqual([]);
  expect((await app.call("playback", "/clients", { token: second })).body).toHaveLength(1);
  await client.ask("authenticate", { token: first });
  expect((await app.call("playback", "/clients", { token: first })).body).toMatchObject([{ activity: null }]);
});

test("events that follow authenticate in one burst are handled after it, in their order", async () => {
  await using app = await startPlayback();
  for (let round = 0; round < 50; round++) {
    const client = await app.connect("playback");
    client.send("authenticate", { token: await token(`u${round}`) });
    const last = client.ask("playing", { ...MOVIE, time: 3 });
    client.send("playing", { ...MOVIE, time: 4 });
    expect(await last).toEqual({ success: true });
    await client.rest();
    expect(app.app.house.progress.buffer.get(`u${round}`, "movie123-456")?.time).toBe(4);
    client.close();
  }
});

test("the eleventh connection of a user is refused as a failed sign-in, whatever the order", async () => {
  await using app = await startPlayback();
  const clients = await Promise.all(Array.from({ length: 15 }, () => app.connect("playback")));
  const jwt = await token("u1");
  const answers = await Promise.all(clients.map((client) => client.ask("authenticate", { token: jwt })));
  expect(answers.filter((answer) => answer.success)).toHaveLength(10);
  expect(answers.find((answer) => !answer.success)).toMatchObject({
    error: "Connection limit exceeded",
    code: "conflict",
  });
  expect((await app.call("playback", "/clients", { token: jwt })).body).toHaveLength(10);
});
