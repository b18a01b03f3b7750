import type * as v from "valibot";
import type { Contract, Inbound, Outbound, Schema } from "./contract";

// Contracts as plain TypeScript: what an editor shows of an event is its payload and its summary, and who compiles
// against it needs no validator.

/**
 * The events of a contract as declarations, `NAMEEvents` (what the server sends) and `NAMECommands` (what it takes); an
 * API of several namespaces has them by namespace. They need `Answer` beside them.
 */
export function typescript(name: string, { namespaces, title }: Contract): string {
  const names = Object.keys(namespaces);
  const parts = Object.entries(namespaces).map(([namespace, { receives, sends }]) => ({
    namespace,
    events: block(Object.entries(sends).map(([event, row]) => heard(event, row))),
    commands: block(Object.entries(receives).map(([event, row]) => sent(event, row))),
  }));
  const [first] = parts;
  if (parts.length === 1 && first) {
    return [
      `/** ${title}: what the server sends. */`,
      `export interface ${name}Events ${first.events}`,
      `/** ${title}: what the server takes. */`,
      `export interface ${name}Commands ${first.commands}`,
    ].join("\n");
  }
  const byNamespace = (what: "events" | "commands") =>
    block(parts.map(({ namespace, ...part }) => `${JSON.stringify(namespace)}: ${part[what]};`));
  return [
    `export type ${name}Namespace = ${names.map((each) => JSON.stringify(each)).join(" | ")};`,
    `interface ${name}EventsOf ${byNamespace("events")}`,
    `interface ${name}CommandsOf ${byNamespace("commands")}`,
    `/** ${title}: what the server sends in a namespace. */`,
    `export type ${name}Events<N extends ${name}Namespace = "/"> = ${name}EventsOf[N];`,
    `/** ${title}: what the server takes in a namespace. */`,
    `export type ${name}Commands<N extends ${name}Namespace = "/"> = ${name}CommandsOf[N];`,
  ].join("\n");
}

/** What acknowledgements hold, for the declarations above. */
export const ANSWER = `type Answer<T = object> = ({ success: true } & T) | { success: false; error: string; code: string };`;

function heard(event: string, { summary, payload }: Outbound): string {
  return row(event, summary, `(payload: ${typeOf(payload)}, ack?: (answer?: unknown) => void) => void`);
}

function sent(event: string, { summary, payload, ack }: Inbound): string {
  const acknowledge = `(answer: Answer${ack ? `<${typeOf(ack)}>` : ""}) => void`;
  const input = payload as Known;
  if (!isOptional(input)) return row(event, summary, `(payload: ${typeOf(payload)}, ack?: ${acknowledge}) => void`);
  const type = typeOf(payload) === "unknown" ? "null" : typeOf(payload);
  return row(
    event,
    summary,
    `(...args: [payload?: ${type} | undefined, ack?: ${acknowledge}] | [ack: ${acknowledge}]) => void`,
  );
}

function row(event: string, summary: string, type: string): string {
  return `/** ${summary.replaceAll("*/", "* /")} */\n${JSON.stringify(event)}: ${type};`;
}

function block(rows: readonly string[]): string {
  return rows.length === 0 ? "{}" : `{\n${rows.join("\n").replace(/^/gm, "  ")}\n}`;
}

type Entries = Readonly<Record<string, Schema>>;

/** The schemas that contracts are made of. A pipe has the type of its first part, which is what may be sent. */
type Known =
  | v.StringSchema<undefined>
  | v.NumberSchema<undefined>
  | v.BooleanSchema<undefined>
  | v.UnknownSchema
  | v.LiteralSchema<string | boolean, undefined>
  | v.PicklistSchema<readonly string[], undefined>
  | v.ArraySchema<Schema, undefined>
  | v.RecordSchema<v.GenericSchema<string, string>, Schema, undefined>
  | v.NullableSchema<Schema, undefined>
  | v.OptionalSchema<Schema, unknown>
  | v.NullishSchema<Schema, unknown>
  | v.UnionSchema<Schema[], undefined>
  | v.VariantSchema<string, never, undefined>
  | { readonly type: "object" | "loose_object"; readonly entries: Entries };

function isOptional({ type }: Known): boolean {
  return type === "optional" || type === "nullish";
}

function typeOf(schema: Schema): string {
  const known = schema as unknown as Known;
  switch (known.type) {
    case "string":
    case "number":
    case "boolean":
    case "unknown":
      return known.type;
    case "literal":
      return JSON.stringify(known.literal);
    case "picklist":
      return known.options.map((option) => JSON.stringify(option)).join(" | ");
    case "array":
      return `Array<${typeOf(known.item)}>`;
    case "record":
      return `Record<string, ${typeOf(known.value)}>`;
    case "nullable":
      return `${typeOf(known.wrapped)} | null`;
    case "optional":
      return typeOf(known.wrapped);
    case "nullish":
      return `${typeOf(known.wrapped)} | null`;
    case "union":
    case "variant":
      return (known.options as readonly Schema[]).map(typeOf).join(" | ");
    case "object":
      return `{ ${fields(known.entries)} }`;
    case "loose_object":
      return `{ ${fields(known.entries)} [more: string]: unknown }`;
    default:
      throw new Error(`a contract has a kind of schema that typescript.ts does not know: ${(known as Schema).type}`);
  }
}

function fields(entries: Entries): string {
  return Object.entries(entries)
    .map(([key, schema]) => {
      const isLeftOut = isOptional(schema as unknown as Known);
      return `${key}${isLeftOut ? "?" : ""}: ${typeOf(schema)}${isLeftOut ? " | undefined" : ""};`;
    })
    .join(" ");
}
