import { toJsonSchema } from "@valibot/to-json-schema";
import type { Schema } from "../../src/realtime/contract";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** A payload that its schema does not allow. */
export interface Malformed {
  readonly payload: unknown;
  /** What is at fault, one of which the refusal must name: a field, or the whole as `payload`. */
  readonly names: readonly string[];
}

const WRONG_FIELDS = [{}, [], null, true, "NaN", "1; DROP TABLE accounts"];
const WRONG_PAYLOADS = ["text", "", 5, true, [], null];

/**
 * Payloads that an event must refuse, made of its example by what its schema says in JSON Schema, which is what clients
 * are shown: the validator itself is not asked.
 */
export function malformed(schema: Schema, example: unknown): Malformed[] {
  const json = toJsonSchema(schema as never, { typeMode: "input", errorMode: "ignore" }) as JsonSchema;
  const required = isFields(example) ? (branchOf(json, example).required ?? []) : [];
  const wholes = [...WRONG_PAYLOADS, ...(isFields(example) ? [[example]] : [])]
    .filter((payload) => !allows(json, payload))
    // An array has none of the fields, which is as good a thing to say of it.
    .map((payload) => ({ payload, names: ["payload", ...(Array.isArray(payload) ? required : [])] }));
  return [...wholes, ...wrongFields(json, example).map(({ field, payload }) => ({ payload, names: [field] }))];
}

function wrongFields(json: JsonSchema, example: unknown): { field: string; payload: unknown }[] {
  if (!isFields(example)) return [];
  const { properties = {}, required = [] } = branchOf(json, example);
  return Object.entries(properties).flatMap(([name, property]) => {
    const without = Object.fromEntries(Object.entries(example).filter(([key]) => key !== name));
    const removed = required.includes(name) ? [{ field: name, payload: without }] : [];
    const replaced = WRONG_FIELDS.filter((value) => !allows(property, value)).map((value) => ({
      field: name,
      payload: { ...example, [name]: value },
    }));
    const inside = wrongFields(property, example[name]).map(({ field, payload }) => ({
      field: `${name}.${field}`,
      payload: { ...example, [name]: payload },
    }));
    return [...removed, ...replaced, ...inside];
  });
}

/** Of several shapes that a payload may have, the one that the example has. */
function branchOf(json: JsonSchema, example: Fields): JsonSchema {
  const branches = json.anyOf ?? json.oneOf;
  if (!branches) return json;
  const fits = branches.find(({ properties = {}, required = [] }) => {
    const hasAll = required.every((name) => example[name] !== undefined);
    return (
      hasAll &&
      Object.entries(properties).every(([name, { const: only }]) => only === undefined || only === example[name])
    );
  });
  if (!fits) throw new Error(`the example ${JSON.stringify(example)} fits no branch of its schema`);
  return branchOf(fits, example);
}

/** Whether JSON of this type may stand here; says nothing of lengths and ranges. */
function allows(json: JsonSchema, value: unknown): boolean {
  const branches = json.anyOf ?? json.oneOf;
  if (branches) return branches.some((branch) => allows(branch, value));
  if (json.const !== undefined) return json.const === value;
  if (json.enum) return json.enum.includes(value);
  if (json.type === undefined) return true;
  return (
    [json.type].flat().includes(typeOf(value)) || ([json.type].flat().includes("integer") && Number.isInteger(value))
  );
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
