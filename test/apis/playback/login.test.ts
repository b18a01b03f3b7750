import { expect, test } from "bun:test";
import { FakeClock } from "../../clock";
import { startPlayback } from "./fixture";

const ADMIN = { HEADEND_ADMIN_EMAIL: "Ann@example.com", HEADEND_ADMIN_PASSWORD: "correct horse" };

test("POST /auth/login gives a token that signs a socket in; the email in either field, in any case", async () => {
  await using app = await startPlayback({ env: ADMIN });
  for (const json of [
    { username: "ann@example.com", password: "correct horse" },
    { email: "ANN@example.com", password: "correct horse" },
    { username: "Ann", password: "correct horse" },
  ]) {
    const { status, body } = await app.call("playback", "/auth/login", { json });
    expect(status).toBe(200);
    const { accessToken, ...rest } = body as { accessToken: string };
    expect(rest).toEqual({});
    const client = await app.connect("playback");
    expect(await client.ask("authenticate", { token: accessToken })).toEqual({ success: true });
  }
});

test("a wrong password and an unknown account are answered alike; five failures a minute, then 429", async () => {
  const clock = new FakeClock();
  await using app = await startPlayback({ env: ADMIN, clock });
  const login = (username: string, password: string) =>
    app.call("playback", "/auth/login", { json: { username, password } });
  const wrong = { status: 401, body: { message: "Wrong user name or password" } };
  for (let tries = 0; tries < 5; tries++) expect(await login("ann@example.com", "guess")).toMatchObject(wrong);
  expect(await login("nobody@example.com", "guess")).toMatchObject(wrong);
  const refused = await login("ann@example.com", "correct horse");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("12");
  await clock.advance(12_000);
  expect((await login("ann@example.com", "correct horse")).status).toBe(200);
});

test.each([
  [{ username: "ann" }, "password is required"],
  [{ password: "x" }, "body needs a username or an email"],
  [{ username: "ann", password: "" }, "password must not be empty"],
  [{ username: 5, password: "x" }, "username must be a string"],
])("a login of %j is 400 and says: %s", async (json, message) => {
  await using app = await startPlayback();
  expect(await app.call("playback", "/auth/login", { json })).toMatchObject({ status: 400, body: { message } });
});
