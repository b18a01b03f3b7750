/** On every answer: whatever a page of ours shows, no script and no address but ours has a part in it. */
const ALWAYS: readonly (readonly [string, string])[] = [
  ["cache-control", "no-store"],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
];

/**
 * Puts what browsers are to mind on an answer, over nothing that stands there already.
 *
 * @param origins of the APIs, which the try-it page talks to: `http://localhost:7070`
 */
export function guard(response: Response, origins: readonly string[]): Response {
  const { headers } = response;
  for (const [name, value] of [...ALWAYS, ["content-security-policy", policy(origins)] as const]) {
    if (!headers.has(name)) headers.set(name, value);
  }
  return response;
}

function policy(origins: readonly string[]): string {
  const connect = origins.flatMap((origin) => [origin, origin.replace(/^http/, "ws")]);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...new Set(connect)].join(" ")}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join("; ");
}
