import { jsonSchema } from "../jsonschema";
import { limitInWords } from "./asyncapi";
import type { Contract, Inbound, Outbound, Schema } from "./contract";

interface Shape {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The events of a contract as a page of Markdown, for people: who may send them, what they carry, an example. */
export function eventReference(contract: Contract, version: string): string {
  const { title, description, document, namespaces } = contract;
  return [
    `# ${title}: events`,
    "",
    description,
    "",
    `Version ${version}, made from the contract that the server checks. After ${document}.`,
    ...Object.entries(namespaces).flatMap(([name, { access, receives, sends }]) => [
      "",
      `## Namespace \`${name}\``,
      "",
      `May be opened by: ${access}.`,
      ...part("Client to server", Object.entries(receives).map(inbound)),
      ...part("Server to client", Object.entries(sends).map(outbound)),
    ]),
    "",
  ].join("\n");
}

function part(title: string, events: readonly string[][]): string[] {
  return events.length === 0 ? [] : ["", `### ${title}`, ...events.flat()];
}

function inbound([event, { summary, source, access, limits, payload, ack, example }]: [string, Inbound]): string[] {
  const often = limits ? `${limits.map(limitInWords).join(" and ")} a user` : "20 a second, burst 40, a socket";
  return [
    ...beginning(event, summary, source),
    `May be sent by: ${access}. At most ${often}.`,
    ...fields(payload, "input"),
    ...(ack ? ["", "A successful answer has `success: true` and", ...fields(ack, "output")] : []),
    ...shown(example),
  ];
}

function outbound([event, { summary, source, payload, example }]: [string, Outbound]): string[] {
  return [...beginning(event, summary, source), ...fields(payload, "output"), ...shown(example)];
}

function beginning(event: string, summary: string, source: string): string[] {
  return ["", `#### \`${event}\``, "", summary, "", `In the document: ${source}.`];
}

function shown(example: unknown): string[] {
  return example === undefined ? [] : ["", "```json", JSON.stringify(example, null, 2), "```"];
}

function fields(schema: Schema, mode: "input" | "output"): string[] {
  const shape = jsonSchema(schema, mode) as Shape;
  const shapes = alternatives(shape).filter(({ properties }) => properties);
  // One text, say, or nothing that matters.
  if (shapes.length === 0) return ["", `Payload: ${typeOf(shape)}`];
  return shapes.flatMap((each, n) => [
    ...(n > 0 ? ["", "or"] : []),
    "",
    "| field | | type |",
    "| --- | --- | --- |",
    ...rows(each, "").map(([name, need, type]) => `| \`${name}\` | ${need} | ${type.replaceAll("|", "\\|")} |`),
  ]);
}

/** Fields, and those inside of them by their way there: `progress.percentage`. */
function rows({ properties = {}, required = [] }: Shape, prefix: string): [string, string, string][] {
  return Object.entries(properties).flatMap(([name, shape]) => {
    const need = required.includes(name) ? "" : "optional";
    const row: [string, string, string] = [prefix + name, need, typeOf(shape)];
    if (shape.properties) return [row, ...rows(shape, `${prefix}${name}.`)];
    return shape.items?.properties ? [row, ...rows(shape.items, `${prefix}${name}[].`)] : [row];
  });
}

function typeOf(shape: Shape): string {
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const)}\``;
  if (shape.enum) return shape.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  if (shape.items) return `list of ${typeOf(shape.items)}`;
  const others = alternatives(shape);
  if (others.length > 1) return [...new Set(others.map(typeOf))].join(" or ");
  const type = [shape.type ?? "anything"].flat().join(" or ");
  return type + bounds(shape);
}

function bounds({ minLength, maxLength, minimum, maximum }: Shape): string {
  const between = (min: number | undefined, max: number | undefined, what: string) => {
    if (min === undefined && max === undefined) return "";
    if (max === undefined) return ` (${min} or more${what})`;
    return min === undefined ? ` (at most ${max}${what})` : ` (${min} to ${max}${what})`;
  };
  return between(minLength, maxLength, " characters") + between(minimum, maximum, "");
}

function alternatives(shape: Shape): readonly Shape[] {
  return shape.anyOf ?? shape.oneOf ?? [shape];
}
