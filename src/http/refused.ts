import { Refusal } from "../refusal";
import { type Rest, statusOf } from "./rest";
import type { Route } from "./route";
import { refusalsOf } from "./truth";

// How the OpenAPI document says what is refused.

/** One refusal of each status, as an API says it. */
const REFUSALS: readonly Refusal[] = [
  new Refusal("invalid_request", "title is required", { field: "title" }),
  new Refusal("authentication_failed", "Authentication required: send Authorization: Bearer <token>"),
  new Refusal("permission_denied", "Admin access required"),
  new Refusal("not_found", "There is no such thing"),
  new Refusal("conflict", "id is taken", { field: "id" }),
  new Refusal("invalid_request", "body must be at most 1048576 bytes", { reason: "too_large" }),
  new Refusal("invalid_request", "body must be JSON: send Content-Type: application/json", { reason: "media_type" }),
  Refusal.rateLimited(1_000),
  new Refusal("internal", "Internal error"),
  new Refusal("unavailable", "The server cannot store this now"),
  new Refusal("unavailable", "The client did not confirm", { reason: "no_answer" }),
];

const MEANING: Readonly<Record<number, string>> = {
  400: "Something that was sent is wrong; the message names the field. Nothing was changed.",
  401: "No credential, or one that does not count.",
  403: "The credential counts, but not for this.",
  404: "There is no such thing, or none that the caller may know of.",
  409: "It does not go with what is there.",
  413: "Too large.",
  415: "Not JSON.",
  429: "Too much at once; `Retry-After` says how long to wait.",
  500: "A fault of the server's.",
  503: "The server cannot do this now, as when its disk is full; the same call may succeed in a moment.",
  504: "Nobody answered in time.",
};

const HEADERS: Readonly<Record<number, Record<string, unknown>>> = {
  401: { "WWW-Authenticate": { schema: { type: "string", const: "Bearer" } } },
  429: { "Retry-After": { description: "Seconds.", schema: { type: "integer" } } },
};

/** What may be wrong with a body of JSON besides what is in it. */
const BODY_REASONS = ["too_large", "media_type"];

/** The statuses of a route's refusals, in order. */
export function refusedStatuses(route: Route): number[] {
  const codes = refusalsOf(route);
  const reasons = new Set<string | undefined>([undefined]);
  if (route.body && route.bodyIs !== "form") for (const reason of BODY_REASONS) reasons.add(reason);
  if (route.waits) reasons.add("no_answer");
  return REFUSALS.filter(({ code, reason }) => codes.has(code) && reasons.has(reason)).map(statusOf);
}

/** The refusals of an API as responses that its operations refer to, `live.404`. */
export function refusedResponses(name: string, rest: Rest): Record<string, unknown> {
  const used = new Set(Object.values(rest.routes).flatMap(refusedStatuses));
  return Object.fromEntries(
    REFUSALS.filter((refusal) => used.has(statusOf(refusal))).map((refusal) => {
      const status = statusOf(refusal);
      const headers = HEADERS[status];
      const content = {
        schema: { $ref: `#/components/schemas/${nameOf(name, "Refusal")}` },
        example: rest.refusal(refusal),
      };
      const response = {
        description: MEANING[status] ?? "",
        ...(headers && { headers }),
        content: { "application/json": content },
      };
      return [`${name}.${status}`, response];
    }),
  );
}

/** What an API's shape is called among those of all: `LiveStream`. */
export function nameOf(api: string, shape: string): string {
  return api.charAt(0).toUpperCase() + api.slice(1) + shape;
}
