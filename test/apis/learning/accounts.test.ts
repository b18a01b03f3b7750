import { expect, test } from "bun:test";
import { School } from "./fixture";

async function post(school: School, path: string, json: unknown) {
  const answer = await school.server.call("learning", `/api/v1/auth/${path}`, { json });
  return answer as { status: number; body: { data: { access_token: string; user: { id: string } }; message: string } };
}

const ANN = { email: "ann@example.com", password: "correct horse", name: "Ann" };

test("who registers may sign in at once, and has no role", async () => {
  await using school = await School.start({ HEADEND_REGISTRATION: "open" });
  const { status, body } = await post(school, "register", { ...ANN, role: "admin", roles: ["instructor"] });
  expect(status).toBe(201);
  const user = { id: expect.any(String), email: "ann@example.com", name: "Ann", roles: [] };
  expect(body.data).toEqual({ access_token: expect.any(String), user });
  const login = await post(school, "login", { email: "ANN@example.com ", password: "correct horse" });
  expect(login).toMatchObject({ status: 200, body: { data: { user } } });
  expect(await post(school, "login", { username: ANN.email, password: ANN.password })).toMatchObject({ status: 200 });
  for (const { access_token: token } of [body.data, login.body.data]) {
    const client = await school.server.connect("learning", { auth: { token } });
    expect(await client.next("connected")).toEqual({ status: "Connected successfully" });
    const refused = await school.server.call("learning", "/api/v1/courses", { token, json: { title: "Mine" } });
    expect(refused.status).toBe(403);
  }
});

test("registration is closed unless the operator opens it, and signing in works all the same", async () => {
  await using school = await School.start();
  expect(await post(school, "register", ANN)).toMatchObject({
    status: 403,
    body: { message: "Forbidden: Registration is closed on this server" },
  });
  expect(await post(school, "login", ANN)).toMatchObject({ status: 401 });
  await school.server.app.house.accounts.add(ANN);
  expect(await post(school, "login", ANN)).toMatchObject({ status: 200 });
  expect(await post(school, "login", { ...ANN, password: "wrong" })).toMatchObject({
    status: 401,
    body: { message: "Wrong user name or password" },
  });
});

test("registration names what is wrong, takes an email once, and is limited by itself", async () => {
  await using school = await School.start({ HEADEND_REGISTRATION: "open" });
  for (const [change, message] of [
    [{ email: "ann" }, "email must be an email address"],
    [{ email: undefined }, "email is required"],
    [{ password: "short" }, "password must have at least 8 characters"],
    [{ name: "x".repeat(65) }, "name must have 1 to 64 characters"],
  ] as const) {
    expect(await post(school, "register", { ...ANN, ...change })).toMatchObject({ status: 400, body: { message } });
  }
  expect(await post(school, "register", ANN)).toMatchObject({ status: 201 });
  expect(await post(school, "register", { ...ANN, email: "ANN@example.com" })).toMatchObject({ status: 409 });
  let refused = await post(school, "register", ANN);
  for (let n = 0; n < 20 && refused.status === 409; n++) refused = await post(school, "register", ANN);
  expect(refused.status).toBe(429);
  expect(await post(school, "login", ANN)).toMatchObject({ status: 200 });
});

test("a user changes forty things at once and twenty a second, a server as many as it likes", async () => {
  await using school = await School.start();
  const create = (who: string, n: number) =>
    school.call(who, "/courses", { id: `${who} ${n}`, title: "A", instructor_id: "teacher" });
  const statuses: number[] = [];
  for (let n = 0; n < 42; n++) statuses.push((await create("boss", n)).status);
  expect(statuses).toEqual([...Array<number>(40).fill(201), 429, 429]);
  for (let n = 0; n < 45; n++) expect((await create("key", n)).status).toBe(201);
  await school.clock.advance(50);
  expect((await create("boss", 50)).status).toBe(201);
});

test("a key of another API opens nothing here, and a user's token is no key", async () => {
  await using school = await School.start();
  const { apiKeys } = school.server.app.house;
  const headers = async (scope: "live" | "learning") => ({ "x-api-key": await apiKeys.add(scope, [scope]) });
  const courses = (headers: Record<string, string>) => school.server.call("learning", "/api/v1/courses", { headers });
  expect((await courses(await headers("live"))).status).toBe(401);
  expect((await courses(await headers("learning"))).status).toBe(200);
  expect((await courses({ "x-api-key": await school.token("boss") })).status).toBe(401);
});
