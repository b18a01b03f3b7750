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
    overrideAction: ({ valibotAction, jsonSchema }) => {
      if (valibotAction.type !== "metadata" || !("metadata" in valibotAction)) return undefined;
      const metadata = valibotAction.metadata as Record<string, unknown>;
      // What says its types itself needs no list of alternatives.
      const { anyOf, ...plain } = jsonSchema;
      return metadata.type === undefined ? { ...jsonSchema, ...metadata } : { ...plain, ...metadata };
    },
  });
  return rest;
}
