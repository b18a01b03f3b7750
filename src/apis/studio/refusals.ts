import type { Refusal } from "../../refusal";

/** What a refusal says besides its code and message. */
function details({ field, retryAfterMs, facts }: Refusal) {
  return {
    ...(field !== undefined && { field }),
    // Seconds, rounded up to the millisecond: waiting that long is enough.
    ...(retryAfterMs !== undefined && { retryAfter: Math.ceil(retryAfterMs) / 1000 }),
    ...facts,
  };
}

/** As an `error` event. */
export function refusalEvent(refusal: Refusal): { message: string; code: string } {
  return { message: refusal.message, code: refusal.code, ...details(refusal) };
}

/** As an acknowledgement. */
export function refusalAnswer(refusal: Refusal): Record<string, unknown> {
  return { success: false, error: refusal.message, code: refusal.code, ...details(refusal) };
}

/** As the answer of a REST call. */
export function refusalBody(refusal: Refusal): Record<string, unknown> {
  const more = details(refusal);
  const { code, message } = refusal;
  return { success: false, error: { code, message, ...(Object.keys(more).length > 0 && { details: more }) } };
}
