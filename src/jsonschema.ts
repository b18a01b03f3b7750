import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";

/**
 * A schema as JSON Schema. Checks and transformations have none of their own; the fields that use them say their bounds
 * as metadata.
 *
 * @param typeMode `input` for what is sent to us, `output` for what we send
 */
export function jsonSchema(
  schema: v.GenericSchema<unknown, unknown>,
  typeMode: "input" | "output",
): Record<string, unknown> {
  const { $schema: _, ...rest } = toJsonSchema(schema as never, {
    typeMode,
    errorMode: "ignore",
    overrideAction: ({ valibotAction, jsonSchema }) =>
      valibotAction.type === "metadata" && "metadata" in valibotAction
        ? { ...jsonSchema, ...(valibotAction.metadata as object) }
        : undefined,
  });
  return rest;
}
