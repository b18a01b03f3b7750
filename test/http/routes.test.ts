import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { APIS } from "../../src/apis";
import { refusedStatuses } from "../../src/http/refused";
import { listOf, Reply, route, shape } from "../../src/http/route";
import { checkAnswer, checkRefusal, refusalsOf, successesOf } from "../../src/http/truth";
import { id } from "../../src/realtime/fields";
import { Refusal } from "../../src/refusal";
import { startTestApp, token } from "../harness";

// Declarations hold for all routes of all APIs; what the routes do is tested with their APIs, where every answer and
// every refusal is compared with what is declared.

const ROUTES = APIS.flatMap((api) =>
  Object.entries(api.rest?.routes ?? {}).map(([name, each]) => [`${api.name}.${name}`, api, each] as const),
);

describe("every route", () => {
  test("is there: all APIs have some", () => {
    expect(new Set(ROUTES.map(([, api]) => api.name)).size).toBe(APIS.length);
    expect(ROUTES.length).toBeGreaterThan(60);
  });

  test("has a method and path that no other one of its API has", () => {
    for (const { rest } of APIS) {
      const calls = Object.values(rest?.routes ?? {}).map(
        ({ method, path }) => `${method} ${path.replace(/:\w+/g, ":")}`,
      );
      expect(calls).toEqual([...new Set(calls)]);
    }
  });

  test.each(ROUTES)(
    "%s has examples that are what it takes and answers",
    (_, _api, { method, body, example, ...row }) => {
      if (body) expect(v.safeParse(body, example).issues).toBeUndefined();
      else expect(example).toBeUndefined();
      if (method === "GET") expect(body).toBeUndefined();
      const { answer } = row;
      if (!answer) return expect(row.status).toBe(204);
      expect(v.parse(answer.schema, answer.example)).toEqual(answer.example);
    },
  );

  test("calls different things by different names", () => {
    for (const { rest } of APIS) {
      const shapes = new Map<string, unknown>();
      for (const { answer } of Object.values(rest?.routes ?? {})) {
        const { name, schema } = answer?.items ?? answer ?? {};
        if (name === undefined) continue;
        expect([name, shapes.get(name) ?? schema]).toEqual([name, schema]);
        shapes.set(name, schema);
      }
    }
  });

  test.each(ROUTES)("%s says in a sentence what it does", (_, _api, { summary }) => {
    expect(summary).toMatch(/^[A-Z`].*\.$/);
  });
});

test("whoever may not call is refused before anything is looked at, in the API's own words", async () => {
  await using app = await startTestApp();
  for (const [name, api, { method, path, access, example }] of ROUTES) {
    if (access === "anyone" || !api.rest) continue;
    // The app of a moderator's call is named in its body, which is read first.
    const json = access.includes("moderator") ? example : "not what is wanted";
    const url = path
      .replace(/\{[^}]*\}/g, "")
      .replace(/:kind/, "tv")
      .replace(/:\w+/g, "x");
    const sent = { method, ...(method !== "GET" && { json }) };
    const { status, body, headers } = await app.call(api.name, url, sent);
    expect([name, status]).toEqual([name, 401]);
    expect([name, headers.get("www-authenticate")]).toEqual([name, "Bearer"]);
    expect([name, v.safeParse(api.rest.refusalSchema, body).issues]).toEqual([name, undefined]);
  }
});

test("whatever is sent by whomever, a route answers as it is declared to", async () => {
  const key = "k".repeat(40);
  await using app = await startTestApp({ env: { HEADEND_API_KEY: key } });
  const bodies = (example: unknown) => [
    { json: example ?? {} },
    { json: [] },
    {
      json: {
        ...(example as object),
        ...Object.fromEntries(Object.keys(example ?? {}).map((name) => [name, { a: 1 }])),
      },
    },
    { body: "{", headers: { "content-type": "application/json" } },
    { body: "a=1", headers: { "content-type": "application/x-www-form-urlencoded" } },
  ];
  let n = 0;
  for (const [name, { name: api, rest }, route] of ROUTES) {
    if (!rest) continue;
    const statuses = [...successesOf(route), ...refusedStatuses(route)].filter((status) => status !== 500);
    const sent = route.method === "GET" ? [{}] : bodies(route.example);
    for (const given of route.names.length > 0 ? ["x", "y".repeat(129)] : [""]) {
      for (const query of route.query ? ["", "?limit=a&app_id=none&all=maybe&status=none&query="] : [""]) {
        for (const init of sent) {
          // A user of their own each time: nobody meets a limit of writes.
          const user = { token: await token(`user${n++}`, { role: n % 2 === 0 ? "admin" : "user" }) };
          for (const who of [user, { headers: { "x-api-key": key } }]) {
            const path =
              route.path
                .replace(/\{[^}]*\}/g, "")
                .replace(/:kind/, "tv")
                .replace(/:\w+/g, given) + query;
            const headers = { ...("headers" in init && init.headers), ...("headers" in who && who.headers) };
            const call = { ...init, ...who, headers, method: route.method };
            const { status, body } = await app.call(api, path, call);
            expect([name, path, call, statuses]).toEqual([name, path, call, expect.arrayContaining([status])]);
            if (status >= 400) expect([name, v.safeParse(rest.refusalSchema, body).issues]).toEqual([name, undefined]);
          }
        }
      }
    }
  }
  expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
});

test("both ways to write a path are the same call: with the API's name, as in the document, and without", async () => {
  await using app = await startTestApp();
  for (const [name, path] of [
    ["playback", "/clients"],
    ["studio", "/api/v1/media"],
    ["live", "/v1/streams"],
  ] as const) {
    const plain = await app.call(name, path);
    expect([plain.status, (await app.call(name, `/${name}${path}`)).body]).toEqual([401, plain.body]);
    expect((await app.call(name, `/${name}/${name}${path}`)).status).toBe(404);
    expect((await app.call(name, `/learning${path}`)).status).toBe(404);
  }
});

describe("what is checked of a declaration", () => {
  const THING = shape("Thing", v.object({ id: v.string(), size: v.optional(v.number()) }), { id: "a" });
  const put = route("PUT /things/:thing_id", {
    summary: "Puts a thing.",
    access: "user",
    query: v.object({ app_id: v.optional(id()) }),
    body: v.object({ size: v.number() }),
    example: { size: 1 },
    answer: THING,
    status: 201,
    also: { 200: "It was there." },
    refuses: ["conflict"],
  });

  test("what follows from it: who may call, and what can be wrong", () => {
    expect(put).toMatchObject({ method: "PUT", path: "/things/:thing_id", names: ["thing_id"] });
    expect([...refusalsOf(put)].sort()).toEqual([
      "authentication_failed",
      "conflict",
      "internal",
      "invalid_request",
      "rate_limit_exceeded",
      "unavailable",
    ]);
    expect(successesOf(put)).toEqual([201, 200]);
    const open = route("GET /things", { summary: "All.", access: "anyone", answer: listOf(THING) });
    expect([...refusalsOf(open)].sort()).toEqual(["internal", "unavailable"]);
    const mine = route("GET /things/:id", { summary: "One.", access: "key", only: "its owner", answer: THING });
    expect(refusalsOf(mine).has("permission_denied")).toBe(true);
    expect(refusalsOf(mine).has("rate_limit_exceeded")).toBe(false);
  });

  test("answers: their status, what is missing, what is too much", () => {
    checkAnswer(put, 201, { id: "a", size: 1 });
    checkAnswer(put, 200, { id: "a", size: undefined });
    expect(() => checkAnswer(put, 204, undefined)).toThrow("does not declare the status 204");
    expect(() => checkAnswer(put, 201, { size: 1 })).toThrow("otherwise than declared: id");
    expect(() => checkAnswer(put, 201, { id: "a", more: 1 })).toThrow("more than is declared");
    expect(new Reply(204, undefined)).toMatchObject({ status: 204 });
  });

  test("refusals: those that are not declared", () => {
    checkRefusal(put, new Refusal("conflict", "taken"));
    expect(() => checkRefusal(put, new Refusal("not_found", "gone"))).toThrow("does not declare not_found: gone");
  });
});
