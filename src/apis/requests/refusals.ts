import type { Refusal, RefusalCode } from "../../refusal";

/** How the wire spells them (Event Errors; CONTRACT §3.3). */
const CODES: Readonly<Record<RefusalCode, string>> = {
  authentication_failed: "UNAUTHORIZED",
  permission_denied: "FORBIDDEN",
  rate_limit_exceeded: "RATE_LIMITED",
  invalid_request: "INVALID_REQUEST",
  not_found: "NOT_FOUND",
  conflict: "CONFLICT",
  unavailable: "UNAVAILABLE",
  internal: "INTERNAL",
};

export function codeOf({ code }: Refusal): string {
  return CODES[code];
}

function retryAfter({ retryAfterMs }: Refusal) {
  // Seconds, rounded up to the millisecond: waiting that long is enough.
  return retryAfterMs === undefined ? {} : { retryAfter: Math.ceil(retryAfterMs) / 1000 };
}

/** As an `error` event. */
export function refusalEvent(refusal: Refusal): { code: string; message: string; retryAfter?: number } {
  return { code: codeOf(refusal), message: refusal.message, ...retryAfter(refusal) };
}

/** As an acknowledgement. */
export function refusalAnswer(refusal: Refusal): Record<string, unknown> {
  return { success: false, error: refusal.message, code: codeOf(refusal), ...retryAfter(refusal) };
}

/** As the answer of a REST call. */
export function refusalBody(refusal: Refusal): Record<string, unknown> {
  const { field, facts, message } = refusal;
  const details = { ...(field !== undefined && { field }), ...retryAfter(refusal), ...facts };
  const hasDetails = Object.keys(details).length > 0;
  return { success: false, error: { code: codeOf(refusal), message, ...(hasDetails && { details }) } };
}
