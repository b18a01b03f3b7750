import type { RefusalCode } from "./events";

/** The same words in all five APIs, however each spells them; `timeout` and `disconnected` are the client's own. */
export type ErrorCode = RefusalCode | "timeout" | "disconnected";

/** The spellings that are not one of ours in capitals. */
const SPELLINGS: Readonly<Record<string, RefusalCode>> = {
  unauthorized: "authentication_failed",
  forbidden: "permission_denied",
  rate_limited: "rate_limit_exceeded",
  connection_limit: "conflict",
};

/** What the server refused, or what did not reach it. */
export class HeadendError extends Error {
  readonly code: ErrorCode;
  /** The finer word where the API has one: `user_banned`, `slow_mode`. */
  readonly reason: string | undefined;
  /** The field of the payload that is at fault. */
  readonly field: string | undefined;
  /** The same call works once this time is over. */
  readonly retryAfterMs: number | undefined;
  /** What the server sent, as it came. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "HeadendError";
    this.code = code;
    this.details = details;
    const { code: word, field, retry_after, retryAfter } = { ...asRecord(details.details), ...details };
    this.reason = typeof word === "string" && codeOf(word) !== code ? word : undefined;
    this.field = typeof field === "string" ? field : undefined;
    const seconds = retry_after ?? retryAfter;
    this.retryAfterMs = typeof seconds === "number" ? seconds * 1000 : undefined;
  }
}

/**
 * A refusal of any of the five APIs as an error: an acknowledgement (`{success: false, error, code}`), the payload of an
 * `error`, `authError` or `unauthorized` event, or a `connect_error`.
 *
 * @param fallback where the payload has no code, as in studio's `authError`
 */
export function errorOf(payload: unknown, fallback: RefusalCode = "internal"): HeadendError {
  if (payload instanceof HeadendError) return payload;
  const isError = payload instanceof Error;
  const body = asRecord(isError ? (payload as { data?: unknown }).data : payload);
  const message = [isError ? payload.message : undefined, body.message, body.error].find(
    (text) => typeof text === "string",
  );
  return new HeadendError(codeOf(body.type ?? body.code) ?? fallback, message ?? "Refused", body);
}

function codeOf(word: unknown): RefusalCode | undefined {
  if (typeof word !== "string") return undefined;
  const lower = word.toLowerCase();
  return SPELLINGS[lower] ?? (lower as RefusalCode);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
