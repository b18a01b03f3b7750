import { expect, test } from "bun:test";
import { School } from "./fixture";

test("a token is taken from auth, from the query and from the Authorization header", async () => {
  await using school = await School.start();
  const token = await school.token("u1");
  const ways = [{ auth: { token } }, { query: { token } }, { extraHeaders: { Authorization: `Bearer ${token}` } }];
  for (const options of ways) {
    for (const transports of [["websocket"], ["polling"]]) {
      const client = await school.server.connect("learning", { ...options, transports });
      expect(await client.next("connected")).toEqual({ status: "Connected successfully" });
      expect(await client.rest()).toEqual([]);
      client.close();
    }
  }
});

test("auth counts before the query, and the query before the header", async () => {
  await using school = await School.start();
  const [good, bad] = [await school.token("u1"), "not.a.token"];
  const header = (token: string) => ({ extraHeaders: { Authorization: `Bearer ${token}` } });
  await school.server.connect("learning", { auth: { token: good }, query: { token: bad }, ...header(bad) });
  await school.server.connect("learning", { query: { token: good }, ...header(bad) });
  await expect(
    school.server.connect("learning", { auth: { token: bad }, query: { token: good }, ...header(good) }),
  ).rejects.toThrow("Invalid token");
});

test("no token, one that is none, and one that was taken back are refused as Invalid token", async () => {
  await using school = await School.start();
  const { accounts } = school.server.app.house;
  const revoked = await school.token("gone");
  await school.server.call("learning", "/api/v1/courses", { token: revoked });
  await accounts.setEnabled("gone", false);
  const { SignJWT } = await import("jose");
  const forged = await new SignJWT({ sub: "u1" })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode("another secret of more than 32 bytes, not ours"));
  for (const token of [undefined, "", "x", 5, { a: 1 }, "a.b.c", forged, revoked, "x".repeat(9_000)]) {
    const refused = school.server.connect("learning", { auth: { token } });
    await expect(refused).rejects.toThrow("Invalid token");
    const error = await refused.catch((caught) => caught);
    expect(error.data).toEqual({ code: "authentication_failed" });
  }
});

test("an expired token is accepted, told, and disconnected", async () => {
  await using school = await School.start();
  const token = await school.token("u1", { exp: Math.floor(school.clock.now() / 1000) - 60 });
  const client = school.server.client("learning", { auth: { token } });
  const ended = client.disconnected();
  await client.connected();
  expect(await client.next("error")).toEqual({ message: "Token has expired", code: "authentication_failed" });
  expect(await ended).toBe("io server disconnect");
  expect(client.heard).toEqual([]);
});

test("a token that expires while connected ends the socket within 5 s, told in the same words", async () => {
  await using school = await School.start();
  const token = await school.token("u1", { exp: Math.floor(school.clock.now() / 1000) + 60 });
  const client = await school.server.connect("learning", { auth: { token } });
  await client.next("connected");
  const ended = client.disconnected();
  await school.clock.advance(58_000);
  expect(await client.rest()).toEqual([]);
  await school.clock.advance(7_000);
  expect(await client.next("error")).toEqual({ message: "Token has expired", code: "authentication_failed" });
  expect(await ended).toBe("io server disconnect");
});

test("an account that is disabled while connected ends its sockets", async () => {
  await using school = await School.start();
  const client = await school.user("u1");
  const ended = client.disconnected();
  await school.server.app.house.accounts.setEnabled("u1", false);
  await school.clock.advance(2_000);
  expect(await client.next("error")).toMatchObject({ code: "authentication_failed" });
  expect(await ended).toBe("io server disconnect");
});

test("past the limit of connections a user is told so", async () => {
  await using school = await School.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "2" });
  const first = await school.user("u1");
  await school.user("u1");
  await expect(school.user("u1")).rejects.toThrow("Connection limit exceeded");
  first.close();
  await school.user("u2");
});

test("any page may connect, and none with a user's credentials", async () => {
  await using school = await School.start();
  const url = `${school.server.app.url("learning")}/socket.io/?EIO=4&transport=polling`;
  const foreign = await fetch(url, { headers: { origin: "https://elsewhere.example" } });
  expect([foreign.status, foreign.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
  expect(foreign.headers.get("access-control-allow-credentials")).toBeNull();
});
