import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { APIS } from "../src/apis";
import { SETTINGS } from "../src/config";
import { openApi } from "../src/http/openapi";
import { statusOf } from "../src/http/rest";
import { refusalsOf, successesOf } from "../src/http/truth";
import { describedApi } from "../src/realtime/described";
import type { Setting } from "../src/setting";

// What clients are shown of REST calls changes only on purpose: `bun run docs` writes the snapshot anew.

type Json = Record<string, unknown>;

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  security: Json[];
  parameters?: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Json; example: unknown }> };
  responses: Record<string, Json>;
}

interface Document {
  info: { title: string };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, Json>>;
}

const SNAPSHOT = join(import.meta.dir, "openapi", "openapi.json");
const PORTS = new Map(Object.values<Setting>(SETTINGS).map(({ name, fallback }) => [name, fallback]));

function originOf(api: string): string {
  return `http://localhost:${PORTS.get(`HEADEND_${api.toUpperCase()}_PORT`)}`;
}

const DESCRIBED = APIS.flatMap((api) => describedApi(api, originOf(api.name)) ?? []);

/** As it travels: what JSON cannot say is gone. */
const DOCUMENT: Document = JSON.parse(JSON.stringify(openApi(DESCRIBED, "0.0.0")));

const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => method !== "servers")
    .map(([method, operation]) => ({ path, method, operation })),
);

test("the document is the one in test/openapi", () => {
  if (process.env.UPDATE_DOCS) writeFileSync(SNAPSHOT, `${JSON.stringify(DOCUMENT, null, 2)}\n`);
  expect(DOCUMENT).toEqual(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
});

test("the document is OpenAPI 3.1, as is that of each API alone", async () => {
  const alone = DESCRIBED.map((api) => openApi([api], "0.0.0"));
  for (const document of [DOCUMENT, ...alone]) {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  }
});

test("every API is there with its server, and every call of it with a name of its own", () => {
  expect(DESCRIBED).toHaveLength(APIS.length);
  expect(DOCUMENT.tags.map(({ name }) => name)).toEqual(APIS.map(({ name }) => name));
  const wanted = DESCRIBED.flatMap(({ name, rest }) => Object.keys(rest.routes).map((route) => `${name}.${route}`));
  expect(OPERATIONS.map(({ operation }) => operation.operationId).sort()).toEqual(wanted.sort());
  for (const [path, { servers }] of Object.entries(DOCUMENT.paths)) {
    const [, name = ""] = path.split("/");
    expect(servers as unknown).toEqual([{ url: originOf(name) }]);
  }
});

test("an API alone has the paths that its document speaks of, where it is reached", () => {
  const [, requests] = DESCRIBED;
  if (!requests) throw new Error("requests are not served");
  const alone = openApi(
    [{ ...requests, origin: "http://localhost:9999", prefix: "/requests" }],
    "1",
  ) as unknown as Document;
  expect(alone.info.title).toBe(requests.title);
  expect(alone.servers).toEqual([{ url: "http://localhost:9999/requests" }]);
  expect(Object.keys(alone.paths)).toContain("/api/v1/media/requests/{id}");
  expect(alone.paths["/api/v1/media/requests/{id}"]).not.toHaveProperty("servers");
});

test("every reference leads somewhere, and everything that can be referred to is", () => {
  const used = new Set(everyReference(DOCUMENT));
  const there = Object.entries(DOCUMENT.components).flatMap(([kind, all]) =>
    Object.keys(all).map((name) => `#/components/${kind}/${name}`),
  );
  const schemes = OPERATIONS.flatMap(({ operation }) => operation.security.flatMap(Object.keys));
  for (const scheme of schemes) used.add(`#/components/securitySchemes/${scheme}`);
  expect([...used].sort()).toEqual(there.sort());
});

describe.each(DESCRIBED.map((api) => [api.name, api] as const))("the calls of %s", (name, { rest }) => {
  test.each(Object.entries(rest.routes))("%s is told as it is", (id, route) => {
    const found = OPERATIONS.find(({ operation }) => operation.operationId === `${name}.${id}`);
    if (!found) throw new Error(`${id} is missing`);
    const { operation, path, method } = found;
    expect(method.toUpperCase()).toBe(route.method);

    // The names in the path are its parameters, in order.
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, each]) => each ?? "");
    const parameters = operation.parameters ?? [];
    expect(inPath).toEqual([...route.names]);
    expect(parameters.filter((each) => each.in === "path").map((each) => each.name)).toEqual(inPath);
    for (const { schema } of parameters) expect(schema).toHaveProperty("type", expect.any(String));

    expect(operation.security.length === 0).toBe(route.access === "anyone");
    expect(operation.requestBody === undefined).toBe(route.body === undefined);
    for (const { example } of Object.values(operation.requestBody?.content ?? {}))
      expect(example).toEqual(route.example);

    const statuses = Object.keys(operation.responses).map(Number);
    for (const status of successesOf(route)) expect(statuses).toContain(status);
    for (const code of refusalsOf(route)) expect(statuses).toContain(statusOf({ code, reason: undefined }));
    expect(statuses.includes(413)).toBe(route.body !== undefined && route.bodyIs !== "form");
  });
});

function* everyReference(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inside] of Object.entries(value)) {
    if (key === "$ref") yield String(inside);
    else yield* everyReference(inside);
  }
}
