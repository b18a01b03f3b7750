import type { Refusal, RefusalCode } from "../../refusal";

/** How messages begin (Error Handling, Event Errors). */
const PREFIX: Partial<Record<RefusalCode, string>> = { permission_denied: "Forbidden: ", not_found: "Not found: " };

/** What a refusal says, as an event and as a REST answer. */
export function messageOf({ code, message }: Refusal): string {
  const prefix = PREFIX[code] ?? "";
  return message.startsWith(prefix) ? message : prefix + message;
}

/** A refusal as an `error` event. */
export function refusalBody(refusal: Refusal) {
  const { code, field, retryAfterMs, facts } = refusal;
  const details = { ...(field !== undefined && { field }), ...facts };
  return {
    message: messageOf(refusal),
    code,
    ...(Object.keys(details).length > 0 && { details }),
    // Seconds, rounded up to the millisecond: waiting that long is enough.
    ...(retryAfterMs !== undefined && { retry_after: Math.ceil(retryAfterMs) / 1000 }),
  };
}

/** A refusal as an acknowledgement. */
export function refusalAnswer(refusal: Refusal): Record<string, unknown> {
  const { message, ...rest } = refusalBody(refusal);
  return { success: false, error: message, ...rest };
}
