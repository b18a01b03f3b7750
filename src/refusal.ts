import { isOutage } from "./store/errors";

/** The closed list of ways to say no (CONTRACT §3.3). Each API's dialect gives them its own names on the wire. */
export type RefusalCode =
  | "authentication_failed"
  | "permission_denied"
  | "rate_limit_exceeded"
  | "invalid_request"
  | "not_found"
  | "conflict"
  | "unavailable"
  | "internal";

interface RefusalDetail {
  /** A finer, machine-readable word under the code, such as `expired` under `authentication_failed`. */
  reason?: string;
  /** Path of the field that is at fault, `a.b`. */
  field?: string;
  /** Waiting this long makes the same call succeed. */
  retryAfterMs?: number;
  /** What else the caller is told, under names of our own: `until` of a ban. */
  facts?: Readonly<Record<string, unknown>>;
  /** What went wrong inside: for the log, never for the wire. */
  cause?: unknown;
}

/**
 * A no that is meant for the caller. `message` is public: it names the field and the reason, and never holds a token,
 * a path or an error of the database. Anything thrown that is not a Refusal is answered as `internal`.
 */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly reason: string | undefined;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: RefusalCode, message: string, detail: RefusalDetail = {}) {
    super(message, { cause: detail.cause });
    this.name = "Refusal";
    this.code = code;
    this.reason = detail.reason;
    this.field = detail.field;
    this.retryAfterMs = detail.retryAfterMs;
    this.facts = detail.facts ?? {};
  }

  /** Anything caught, as a refusal that is safe to send. */
  static from(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    // Full or locked: nothing was changed, and the same call may succeed in a moment.
    if (isOutage(error)) return new Refusal("unavailable", "The server cannot store this now", { cause: error });
    return new Refusal("internal", "Internal error", { cause: error });
  }

  static rateLimited(retryAfterMs: number, message = "Too many requests"): Refusal {
    return new Refusal("rate_limit_exceeded", message, { retryAfterMs });
  }
}
