import { describe, expect, test } from "bun:test";
import { APIS } from "../../src/apis";
import type { Access, Route } from "../../src/http/route";
import { FakeClock } from "../clock";
import { startTestApp } from "../harness";
import type { Outcome } from "./attempt";
import { CALLERS, type Caller, ERRANDS, PASSWORD, type Scene } from "./errands";
import { Cast, MEANINGS, type Person } from "./people";
import { expectWritten, type Line, tableOf } from "./table";
import { KEY, WORLDS } from "./world";

// As events.test.ts, for every REST route of every API: by everybody there is, and by other servers with a key.

const ENV = { HEADEND_API_KEY: KEY, HEADEND_REGISTRATION: "open" };
const INTRO = `Made by \`test/authorization/routes.test.ts\`, which calls every route of every API as each of these people and
servers, and compares. \`bun run docs\` writes it anew.`;
const COLUMNS = {
  ...MEANINGS,
  "api key": "another server, with a key for this API",
  "other key": "another server, with a key for something else (`metrics`)",
};
const OUTCOME_OF: Readonly<Record<number, Outcome>> = { 401: "sign in", 403: "no", 404: "hidden" };
/** So much of it that nobody is refused for how often they have come: 20 writes a second. */
const PAUSE_MS = 1_000;

/** What follows from the word of access alone, whatever the table says. */
const NEVER: Readonly<Partial<Record<Access, (caller: Caller) => boolean>>> = {
  key: (caller) => caller !== "api key",
  "key in query": (caller) => caller !== "api key",
  admin: (caller) => caller !== "admin",
};
const NOBODY: readonly Caller[] = ["anonymous", "expired", "revoked", "other key"];

let number = 0;

/** What becomes of a call. */
async function outcomeOf(api: string, name: string, route: Route, scene: Scene, otherKey: string): Promise<Outcome> {
  const { app, cast, clock, caller } = scene;
  clock.pass(PAUSE_MS);
  const errand = (await ERRANDS[api]?.[name]?.(scene)) ?? {};
  const path = route.path.replace(/:(\w+)(?:\{[^}]*\})?/g, (_, part) => {
    const given = errand.params?.[part];
    if (given === undefined) throw new Error(`${name}: test/authorization/errands.ts does not say which ${part}`);
    return encodeURIComponent(given);
  });
  const headers = new Headers(await credentials());
  const body = "body" in errand ? errand.body : route.example;
  if (body !== undefined && !(body instanceof URLSearchParams)) headers.set("content-type", "application/json");
  const sent = body instanceof URLSearchParams || body === undefined ? body : JSON.stringify(body);
  const { $client } = app.app.house.store.db;
  const written = () => ($client.query("SELECT total_changes() AS n").get() as { n: number }).n;
  const before = written();
  const { status, body: answer } = await app.call(api, path + (errand.query ?? ""), {
    method: route.method,
    headers,
    ...(sent !== undefined && { body: sent }),
  });
  const changes = written() - before;
  await cast.restore(caller as Person);
  const isTenant = caller === "wrong tenant" && api === "live";
  const outcome = status < 300 ? (isTenant && route.access !== "anyone" ? "own app" : "yes") : OUTCOME_OF[status];
  if (!outcome) throw new Error(`${name} as ${caller}: ${status} ${JSON.stringify(answer)}`);
  // Live notes what rank a token shows, whatever becomes of the call.
  if (outcome !== "yes" && outcome !== "own app" && !(api === "live" && caller === "demoted")) {
    expect([name, caller, outcome, changes]).toEqual([name, caller, outcome, 0]);
  }
  return outcome;

  async function credentials(): Promise<Record<string, string>> {
    if (caller === "api key" || caller === "other key") return { "x-api-key": caller === "api key" ? KEY : otherKey };
    const token = await cast.spentToken(caller);
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }
}

describe("who may call what", () => {
  const tables = new Map<string, string>();
  const write = expectWritten("routes.md", "Who may call what", INTRO, COLUMNS);

  test.each(APIS.map((api) => [api.name, api.rest?.routes ?? {}] as const))(
    "on %s",
    async (api, routes) => {
      const clock = new FakeClock();
      await using app = await startTestApp({ clock, env: ENV });
      using cast = await Cast.of(app, clock, KEY);
      const otherKey = await app.app.house.apiKeys.add("other", ["metrics"]);
      await app.app.house.accounts.add({ id: "login", email: "login@example.com", password: PASSWORD });
      const errands = Object.keys(ERRANDS[api] ?? {});
      for (const errand of errands) expect(Object.keys(routes)).toContain(errand.split(" ")[0] as string);
      await WORLDS[api]?.reset(app);
      const lines: Line[] = [];
      const ways = Object.entries(routes).flatMap(([name, route]) => {
        const others = errands.filter((errand) => errand.startsWith(`${name} `));
        return [name, ...others].map((errand) => ({ errand, route, way: errand.slice(name.length + 1) }));
      });
      for (const { errand, route, way } of ways) {
        const outcomes: Outcome[] = [];
        for (const caller of CALLERS) {
          const scene = { app, cast, clock, caller, number: ++number };
          const outcome = await outcomeOf(api, errand, route, scene, otherKey);
          const isNever = route.access === "anyone" ? false : NOBODY.includes(caller) || NEVER[route.access]?.(caller);
          const isIn = outcome === "yes" || outcome === "own app";
          expect([errand, caller, isNever && isIn]).not.toEqual([errand, caller, true]);
          outcomes.push(outcome);
        }
        lines.push({ what: [route.method, way === "" ? route.path : `${route.path} (${way})`], outcomes });
      }
      tables.set(api, tableOf(["method", "path", ...CALLERS], { title: api, lines }));
      expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
    },
    60_000,
  );

  test("is as the table says", () => write([...tables.values()]));
});
