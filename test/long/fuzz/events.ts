import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { APIS } from "../../../src/apis";
import type { TokenCarrier } from "../../../src/realtime/api";
import type { Contract, Inbound, Schema } from "../../../src/realtime/contract";
import type { Random } from "../random";
import { anyNumber, anyString, anyValue } from "./values";

/** A namespace of an API as its contract describes it: what there is to attack. */
export interface Front {
  readonly api: string;
  readonly namespace: string;
  readonly carriers: readonly TokenCarrier[];
  readonly events: ReadonlyMap<string, Inbound>;
  /** The event that signs in, where there is one. */
  readonly signIn: string | undefined;
}

export const FRONTS: readonly Front[] = APIS.flatMap(({ name, contract, carriers }) =>
  Object.entries((contract as Contract).namespaces).map(([namespace, { receives }]) => {
    const events = new Map(Object.entries(receives));
    const signIn = [...events].find(([, { signsIn }]) => signsIn)?.[0];
    return { api: name, namespace, carriers, events, signIn };
  }),
);

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const schemas = new Map<Schema, JsonSchema>();

function jsonSchemaOf(schema: Schema): JsonSchema {
  const known = schemas.get(schema);
  if (known) return known;
  const made = toJsonSchema(schema as never, { typeMode: "input", errorMode: "ignore" }) as JsonSchema;
  schemas.set(schema, made);
  return made;
}

/** The example of an event, with some of its fields gone wrong, or at the very edge of what its contract allows. */
export function hostilePayload({ payload, example }: Inbound, random: Random): unknown {
  const json = jsonSchemaOf(payload);
  if (random.isLikely(0.05)) return anyValue(random);
  if (!isFields(example)) return edgeOf(json, random);
  const fields: Record<string, unknown> = { ...example };
  const properties = propertiesOf(json);
  const names = [...new Set([...Object.keys(properties), ...Object.keys(example)])];
  for (let changes = random.whole(1, 3); changes > 0; changes--) {
    const name = names.length > 0 ? random.of(names) : "x";
    const change = random.whole(0, 6);
    if (change === 0) delete fields[name];
    else if (change === 1) own(fields, anyString(random).slice(0, 40), anyValue(random));
    else if (change === 2) fields[name] = [fields[name]];
    else if (change === 3) own(fields, "__proto__", anyValue(random));
    else if (change === 4) fields[name] = anyValue(random);
    else fields[name] = edgeOf(properties[name] ?? {}, random);
  }
  return fields;
}

/** An assignment would change the prototype where the name says so. */
function own(fields: object, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Whether the contract allows a payload as it arrives. */
export function isAllowed({ payload }: Inbound, sent: string | undefined): boolean {
  return v.safeParse(payload, sent === undefined ? undefined : JSON.parse(sent)).success;
}

/** A value just inside or just outside of what stands here. */
function edgeOf(json: JsonSchema, random: Random): unknown {
  const branches = json.anyOf ?? json.oneOf;
  if (branches) return edgeOf(random.of(branches), random);
  if (json.enum) return random.isLikely(0.7) ? random.of(json.enum) : anyString(random);
  const around = (bound: number) => bound + random.of([-1, 0, 1]);
  if (json.type === "number" || json.type === "integer") {
    const bounds = [json.minimum, json.maximum].filter((bound) => bound !== undefined);
    return bounds.length > 0 && random.isLikely(0.6) ? around(random.of(bounds)) : anyNumber(random);
  }
  if (json.type === "string") {
    const bounds = [json.minLength, json.maxLength].filter((bound) => bound !== undefined && bound < 60_000);
    if (bounds.length === 0 || random.isLikely(0.5)) return anyString(random);
    return random.of(["x", "\u20ac", "\u{1f600}"]).repeat(Math.max(0, around(random.of(bounds) as number)));
  }
  return anyValue(random);
}

function propertiesOf(json: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const branches = json.anyOf ?? json.oneOf ?? [];
  return Object.assign({}, json.properties, ...branches.map(propertiesOf)) as Record<string, JsonSchema>;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
