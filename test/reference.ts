import { ACCESS } from "../src/http/access";
import { refusedStatuses } from "../src/http/refused";
import type { Rest } from "../src/http/rest";
import type { Route, Schema } from "../src/http/route";
import { successesOf } from "../src/http/truth";
import { jsonSchema } from "../src/jsonschema";

// The tables of the reference in `docs/`, as they follow from contracts and routes.

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(heading), row(heading.map(() => "---")), ...rows.map(row)].join("\n");
}

export function routeTable({ routes }: Rest): string {
  const rows = Object.values(routes).map((route) => [
    callOf(route),
    ACCESS[route.access].words + (route.only === undefined ? "" : `; ${route.only}`),
    answerOf(route),
    refusedStatuses(route).filter(isTelling).join(" "),
    route.summary,
  ]);
  return table(["call", "who", "answer", "refused", "meaning"], rows);
}

/** One of everything that is answered. */
export function shapeTable({ routes }: Rest): string {
  const shapes = new Map<string, unknown>();
  for (const { answer } of Object.values(routes)) {
    const shape = answer?.items ?? answer;
    if (shape) shapes.set(shape.name, shape.example);
  }
  return table(
    ["answer", "example"],
    [...shapes]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, example]) => [name, `\`${JSON.stringify(example)}\``]),
  );
}

/** The others may be met by any call, or by any with a body. */
function isTelling(status: number): boolean {
  return ![413, 415, 500, 503].includes(status);
}

function callOf({ method, path, query, body, bodyIs }: Route): string {
  const names = Object.keys(query ? shapeOf(query).properties : {});
  const search = names.length > 0 ? `?${names.map((name) => `${name}=`).join("&")}` : "";
  const sent = body ? ` ${shapeOf(body).text}${bodyIs === "form" ? " as a form" : ""}` : "";
  return `\`${method} ${path}${search}${sent}\``;
}

function answerOf(route: Route): string {
  const { answer } = route;
  const name = !answer ? "" : answer.items ? ` [${answer.name}]` : ` ${answer.name}`;
  return successesOf(route)
    .map((status) => (status === 204 ? "204" : `${status}${name}`))
    .join(", ");
}

/** `{a, b?}` */
function shapeOf(schema: Schema): { text: string; properties: object } {
  const { properties, text } = spell(jsonSchema(schema, "input") as JsonSchema);
  return { text, properties };
}

function spell({ properties = {}, required = [], anyOf, allOf }: JsonSchema): { text: string; properties: object } {
  if (allOf) {
    const merged = { properties: {}, required: allOf.flatMap((each) => each.required ?? []) };
    for (const each of allOf) Object.assign(merged.properties, each.properties);
    return spell(merged);
  }
  if (anyOf) return { text: anyOf.map((each) => spell(each).text).join(" or "), properties };
  const fields = Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`));
  return { text: `{${fields.join(", ")}}`, properties };
}
