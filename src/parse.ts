import * as v from "valibot";
import { Refusal } from "./refusal";

type Schema = v.GenericSchema<unknown, unknown>;

const OBJECTS = new Set(["object", "loose_object", "strict_object", "variant"]);
/** Deeper payloads are refused: whatever walks them must not run out of stack (CONTRACT §3.4). */
const MAX_DEPTH = 32;

/**
 * What came from outside as its schema gives it: known fields only, cleaned.
 *
 * @param what it is called where no field of it is at fault
 * @throws Refusal `invalid_request` that names the first field at fault and never repeats what was sent
 */
export function parse<S extends Schema>(schema: S, input: unknown, what = "payload"): v.InferOutput<S> {
  if (isDeeperThan(input, MAX_DEPTH)) {
    throw new Refusal("invalid_request", `${what} is nested deeper than ${MAX_DEPTH} levels`, { field: what });
  }
  // To valibot an array is an object like any other.
  if (Array.isArray(input) && OBJECTS.has(bare(schema).type)) {
    throw new Refusal("invalid_request", `${what} must be an object`, { field: what });
  }
  const result = v.safeParse(branchOf(schema, input), input, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  throw new Refusal("invalid_request", explain(issue, field ?? what), { field: field ?? what });
}

/**
 * Of a variant the one option that the input says it is; of anything else the schema itself. It is what valibot finds too,
 * by trying all of them and writing an issue for each that does not fit: the third part of what a `playing` took.
 */
function branchOf(schema: Schema, input: unknown): Schema {
  if (schema.type !== "variant" || typeof input !== "object" || input === null) return schema;
  const { key, options } = schema as unknown as { key: string; options: readonly Option[] };
  if (!Object.hasOwn(input, key)) return schema;
  const given = (input as Record<string, unknown>)[key];
  let found: Option | undefined;
  for (const option of options) {
    const mark = option.entries?.[key];
    // Where an option is marked by something else, or two by the same, it takes valibot to choose.
    if (mark?.type !== "literal" || (found && mark.literal === given)) return schema;
    if (mark.literal === given) found = option;
  }
  return found ?? schema;
}

type Option = Schema & { readonly entries?: Record<string, { readonly type: string; readonly literal?: unknown }> };

/** What a schema is when there is something: without `optional` and the like around it. */
function bare(schema: Schema): Schema {
  return "wrapped" in schema ? bare(schema.wrapped as Schema) : schema;
}

function explain(issue: v.BaseIssue<unknown>, field: string): string {
  if (issue.input === undefined) return `${field} is required`;
  switch (issue.type) {
    case "min_value":
      return `${field} must be at least ${issue.requirement}`;
    case "max_value":
      return `${field} must be at most ${issue.requirement}`;
    case "min_length":
      return `${field} needs at least ${issue.requirement}`;
    case "max_length":
      return `${field} takes at most ${issue.requirement}`;
    case "finite":
    case "safe_integer":
    case "integer":
      return `${field} must be a ${issue.type.replace("_", " ")}`;
    case "check":
    case "raw_check":
    case "union":
      // The rule's own words; those of valibot for other kinds repeat what was received.
      return `${field} ${issue.message}`;
    default:
      return `${field} must be ${expected(issue.expected)}`;
  }
}

function expected(type: string | null): string {
  if (type === null) return "valid";
  if (type === "Object") return "an object";
  if (type === "Array") return "an array";
  return /^[a-z]/.test(type) ? `a ${type}` : type.replaceAll(" | ", " or ").replace(/^\((.*)\)$/, "$1");
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}
