import type { Refusal } from "../../refusal";

/** The finer words that the wire knows (CONTRACT §7, moderators). */
const WIRE_REASONS = new Set(["user_banned", "user_muted", "slow_mode"]);

interface Body {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly field?: string;
  /** Seconds. */
  readonly retry_after?: number;
}

/** A refusal as an `error` event and as a REST answer: `type`, `message` and, where it helps, `retry_after`. */
export function refusalBody({ code, message, reason, field, retryAfterMs, facts }: Refusal): Body {
  return {
    type: code,
    message,
    ...(reason !== undefined && WIRE_REASONS.has(reason) && { code: reason }),
    ...(field !== undefined && { field }),
    // Rounded up to the millisecond: waiting that long is enough.
    ...(retryAfterMs !== undefined && { retry_after: Math.ceil(retryAfterMs) / 1000 }),
    ...facts,
  };
}

/** A refusal as an acknowledgement. */
export function refusalAnswer(refusal: Refusal): Record<string, unknown> {
  const { message, ...rest } = refusalBody(refusal);
  return { success: false, error: message, code: rest.type, ...rest };
}
