// JSON Schema as a table that people read: a line for each field.

export interface FieldLine {
  /** `questions[].prompt` */
  readonly path: string;
  /** `text`, `whole number`, `"movie"`, … */
  readonly type: string;
  readonly isRequired: boolean;
  /** Bounds, in words. */
  readonly notes: string;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly description?: string;
}

/** Deeper than any event goes. */
const DEPTH = 6;

/** The forms that a payload may have; mostly there is one. */
export function formsOf(schema: unknown): readonly (readonly FieldLine[])[] {
  const root = asSchema(schema);
  const forms = alternatives(root).filter((form) => form.properties || form.items);
  if (forms.length === 0) return [[line("", root, true)]];
  return forms.map((form) => fieldsOf(form, "", 0));
}

function fieldsOf(schema: Schema, path: string, depth: number): FieldLine[] {
  if (depth > DEPTH) return [];
  if (schema.items) return inside(schema.items, `${path}[]`, depth);
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [line(at, field, required.has(name)), ...inside(field, at, depth)];
  });
}

/** The fields of what a field holds. */
function inside(field: Schema, path: string, depth: number): FieldLine[] {
  return alternatives(field).flatMap((form) => (form.properties || form.items ? fieldsOf(form, path, depth + 1) : []));
}

function line(path: string, schema: Schema, isRequired: boolean): FieldLine {
  return { path, type: typeOf(schema), isRequired, notes: notesOf(schema) };
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return [...new Set(forms.map((form) => typeOf(asSchema(form))))].join(" or ");
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (typeof schema.type === "string") return inWords(schema.type);
  if (schema.type) return schema.type.map(inWords).join(" or ");
  return "anything";
}

function inWords(type: string): string {
  if (type === "string") return "text";
  if (type === "integer") return "whole number";
  if (type === "boolean") return "true or false";
  if (type === "null") return "null";
  return type;
}

function notesOf(schema: Schema): string {
  const forms = schema.anyOf ?? schema.oneOf ?? [];
  const bounds = [schema, ...forms].flatMap((each) => [
    range(each.minLength, each.maxLength, "characters"),
    range(each.minItems, each.maxItems, "entries"),
    range(each.minimum, each.maximum, ""),
    each.format ?? "",
    each.description ?? "",
  ]);
  return [...new Set(bounds)].filter(Boolean).join("; ");
}

function range(low: number | undefined, high: number | undefined, unit: string): string {
  const from = low !== undefined && Math.abs(low) < Number.MAX_SAFE_INTEGER ? low : undefined;
  const to = high !== undefined && Math.abs(high) < Number.MAX_SAFE_INTEGER ? high : undefined;
  const of = unit === "" ? "" : ` ${unit}`;
  if (from !== undefined && to !== undefined) return from === to ? `${from}${of}` : `${from} to ${to}${of}`;
  if (to !== undefined) return `at most ${to}${of}`;
  return from !== undefined ? `at least ${from}${of}` : "";
}

function alternatives(schema: Schema): readonly Schema[] {
  return (schema.anyOf ?? schema.oneOf)?.map(asSchema) ?? [schema];
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null ? value : {};
}
