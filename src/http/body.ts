import type { Context } from "hono";
import * as v from "valibot";
import { parse } from "../parse";
import { Refusal } from "../refusal";
import { MAX_BODY_BYTES, type RestEnv } from "./rest";
import type { Schema } from "./route";

/**
 * The JSON body of a call, as its schema gives it.
 *
 * @throws Refusal `invalid_request`; its `reason` is `media_type` or `too_large` where HTTP has a status of its own
 */
export async function readJson<S extends Schema>(c: Context<RestEnv>, schema: S): Promise<v.InferOutput<S>> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new Refusal("invalid_request", "body must be JSON: send Content-Type: application/json", {
      reason: "media_type",
    });
  }
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength > MAX_BODY_BYTES) {
    throw new Refusal("invalid_request", `body must be at most ${MAX_BODY_BYTES} bytes`, { reason: "too_large" });
  }
  let input: unknown;
  try {
    input = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal("invalid_request", "body is not valid JSON", { field: "body" });
  }
  return parse(schema, input, "body");
}

/** As `readJson`, for a body that may be left out: an empty one is an object without fields. */
export async function readOptionalJson(c: Context<RestEnv>, schema: Schema): Promise<unknown> {
  // Many a client names a type for a body that it does not send.
  const isEmpty = c.req.header("content-type") === undefined || (await c.req.arrayBuffer()).byteLength === 0;
  return isEmpty ? parse(schema, {}, "body") : readJson(c, schema);
}

/** The fields of an HTML form, as their schema gives them. @throws Refusal `invalid_request` */
export async function readForm(c: Context<RestEnv>, schema: Schema): Promise<unknown> {
  return parse(schema, Object.fromEntries(new URLSearchParams(await c.req.text())), "form");
}

/** The query of a call, as its schema gives it. @throws Refusal `invalid_request` */
export function readQuery<S extends Schema>(c: Context<RestEnv>, schema: S): v.InferOutput<S> {
  return parse(schema, c.req.query(), "query");
}

/** A whole number in a query. */
export function digits(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.string(),
    v.metadata({ type: "integer", minimum: min, maximum: max }),
    v.check((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, message),
    v.transform(Number),
  );
}

/** An object that nothing here looks into. */
export function anyObject() {
  return v.pipe(
    v.unknown(),
    v.metadata({ type: "object" }),
    // To valibot an array is an object like any other.
    v.check((value) => typeof value === "object" && value !== null && !Array.isArray(value), "must be an object"),
    v.record(v.string(), v.unknown()),
  );
}

/** JSON that is passed on to sockets, whatever it holds. @throws Refusal past `maxBytes` serialised; HTTP says 413 */
export function demandFits(value: unknown, maxBytes: number, field: string): void {
  if (value === undefined || Buffer.byteLength(JSON.stringify(value)) <= maxBytes) return;
  throw new Refusal("invalid_request", `${field} must be at most ${maxBytes} bytes`, { reason: "too_large", field });
}

/** An http(s) URL that is passed on to clients (CONTRACT §3.4). */
export function webUrl() {
  return v.pipe(
    v.string(),
    v.trim(),
    v.check((text) => text.length <= 2048, "must have at most 2048 characters"),
    v.check((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), "must be an http(s) URL"),
  );
}
