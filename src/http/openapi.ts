import { jsonSchema } from "../jsonschema";
import { ACCESS } from "./access";
import { nameOf, refusedResponses, refusedStatuses } from "./refused";
import type { Rest } from "./rest";
import type { Route, Schema, Status } from "./route";
import { successesOf } from "./truth";

type Json = Record<string, unknown>;

/** An API as the document shows it. */
export interface DescribedApi {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The file name of the document that it follows. */
  readonly document: string;
  readonly rest: Rest;
  /** Where it is reached, `http://localhost:8080`. */
  readonly origin: string;
  /** What stands before its paths there, where several APIs share a port: `/live`. */
  readonly prefix: string;
}

/**
 * The REST calls of APIs as one OpenAPI 3.1 document: a tag and a server for each. Where there are several, paths begin
 * with the API's name, since some have calls of the same path; every listener takes them with and without it.
 *
 * @param version of the server
 */
export function openApi(apis: readonly DescribedApi[], version: string): Json {
  const [only, ...others] = apis;
  const about = only && others.length === 0 ? only : TOGETHER;
  return {
    openapi: "3.1.0",
    info: {
      title: about.title,
      version,
      description: `${about.description}\n\n${MANNERS}`,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [...new Set(apis.map((api) => api.origin + (about === api ? api.prefix : "")))].map((url) => ({ url })),
    tags: apis.map(({ name, description }) => ({ name, description })),
    paths: Object.assign({}, ...apis.map((api) => paths(api, about === api))),
    components: {
      securitySchemes: securitySchemes(apis),
      schemas: Object.assign({}, ...apis.map(schemas)),
      responses: Object.assign({}, ...apis.map(({ name, rest }) => refusedResponses(name, rest))),
    },
  };
}

const TOGETHER = {
  title: "Headend",
  description: [
    "The REST calls of the realtime APIs. Each API has a port of its own; there the path may begin with the API's name, as",
    "it does here, or not: `/live/v1/streams` and `/v1/streams` are the same call. Behind one port the name is needed,",
    "unless the host says it.",
  ].join("\n"),
};

const MANNERS = [
  "Bodies are JSON of at most 1 MiB. A user changes at most 20 things a second (40 at once), over all APIs; API keys are",
  "exempt. Text is NFC-normalised and trimmed; ids have 1 to 128 characters, and a whole number counts as its digits.",
  "Times are ISO 8601 in UTC. A success means that what was said is stored.",
].join("\n");

function securitySchemes(apis: readonly DescribedApi[]): Json {
  const cookies = apis.flatMap(({ name, rest: { cookies = [] } }) =>
    cookies
      .slice(0, 1)
      .map((cookie) => [
        `${name}.cookie`,
        { type: "apiKey", in: "cookie", name: cookie, description: "The token in a cookie that signing in sets." },
      ]),
  );
  return {
    token: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "A user's token." },
    ...Object.fromEntries(cookies),
    key: {
      type: "apiKey",
      in: "header",
      name: "X-API-Key",
      description: "A key with the API's scope, for other servers; taken as Bearer, too.",
    },
    keyInQuery: { type: "apiKey", in: "query", name: "api_key", description: "The same, for callers without headers." },
  };
}

/** What is answered, by name. */
function schemas({ name: api, rest }: DescribedApi): Json {
  const found: Json = { [nameOf(api, "Refusal")]: jsonSchema(rest.refusalSchema, "output") };
  for (const { answer } of Object.values(rest.routes)) {
    const shape = answer?.items ?? answer;
    if (shape) found[nameOf(api, shape.name)] = jsonSchema(shape.schema, "output");
  }
  return found;
}

function paths(api: DescribedApi, isAlone: boolean): Json {
  const found: Record<string, Json> = {};
  for (const [name, route] of Object.entries(api.rest.routes)) {
    const path = `${isAlone ? "" : `/${api.name}`}${route.path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}")}`;
    const servers = isAlone ? {} : { servers: [{ url: api.origin }] };
    found[path] = { ...servers, ...found[path], [route.method.toLowerCase()]: operation(api, name, route) };
  }
  return found;
}

function operation(api: DescribedApi, name: string, route: Route): Json {
  const { summary, access, only, source } = route;
  const who = `May be called by: ${ACCESS[access].words}${only === undefined ? "" : `; ${only}`}.`;
  const where = source === undefined ? "" : ` Its event: ${source} in ${api.document}.`;
  const parameters = [...pathParameters(route), ...queryParameters(route)];
  return {
    operationId: `${api.name}.${name}`,
    tags: [api.name],
    summary: inWords(name),
    description: `${summary}\n\n${who}${where}`,
    security: security(api, route),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: requestBody(route, route.body) }),
    responses: responses(api, route),
  };
}

/** `listCourses` as "List courses". */
function inWords(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function security({ name, rest }: DescribedApi, { access }: Route): Json[] {
  return ACCESS[access].takes.flatMap((credential): Json[] => {
    if (credential === "key") return [{ key: [] }];
    if (credential === "key in query") return [{ keyInQuery: [] }];
    return [{ token: [] }, ...(rest.cookies ? [{ [`${name}.cookie`]: [] }] : [])];
  });
}

const ID: Json = { type: "string", minLength: 1, maxLength: 128 };

function pathParameters({ names, params }: Route): Json[] {
  return names.map((name) => {
    const given = params?.[name];
    return { name, in: "path", required: true, schema: given ? jsonSchema(given, "input") : ID };
  });
}

function queryParameters({ query, access }: Route): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = jsonSchema(query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).flatMap(([name, { description, ...schema }]) => {
    // It is a credential, and stands there.
    if (access === "key in query" && name === "api_key") return [];
    const isRequired = required.includes(name);
    const shown = { required: isRequired, ...(description !== undefined && { description }), schema: asText(schema) };
    return [{ name, in: "query", ...shown }];
  });
}

/** A query is text, whatever it means. */
function asText({ default: fallback, ...schema }: Json): Json {
  if (Array.isArray(schema.type)) return { ...schema, type: "string" };
  if (fallback === undefined) return schema;
  return { ...schema, default: schema.type === "integer" ? Number(fallback) : fallback };
}

function requestBody({ bodyIs, example }: Route, body: Schema): Json {
  const type = bodyIs === "form" ? "application/x-www-form-urlencoded" : "application/json";
  return { required: bodyIs !== "optional", content: { [type]: { schema: jsonSchema(body, "input"), example } } };
}

function responses(api: DescribedApi, route: Route): Json {
  return {
    ...Object.fromEntries(successesOf(route).map((status) => [status, success(api, route, status)])),
    ...Object.fromEntries(
      refusedStatuses(route).map((status) => [status, { $ref: `#/components/responses/${api.name}.${status}` }]),
    ),
  };
}

function success({ name, rest }: DescribedApi, { answer, also }: Route, status: Status): Json {
  const description = also?.[status] ?? (status === 201 ? "Made." : "Done.");
  if (status === 204 || !answer) return { description };
  const { envelope } = rest;
  const one = { $ref: `#/components/schemas/${nameOf(name, answer.name)}` };
  const schema = answer.items ? { type: "array", items: one } : one;
  const content = envelope
    ? { schema: wrapped(envelope, schema), example: { ...envelope, data: answer.example } }
    : { schema, example: answer.example };
  return { description, content: { "application/json": content } };
}

function wrapped(envelope: Readonly<Record<string, unknown>>, data: Json): Json {
  const constants = Object.entries(envelope).map(([name, value]) => [name, { const: value }]);
  return {
    type: "object",
    properties: { ...Object.fromEntries(constants), data },
    required: [...Object.keys(envelope), "data"],
  };
}
