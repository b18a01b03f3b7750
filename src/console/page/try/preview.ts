const LONGEST = 48;
/** What tells people little: it comes after what was said. */
const DULL = /(^|_)(id|at)$|Id$|At$|^(timestamp|success|type)$/;

/** A payload as far as one line goes: `message "Hello" username "GamerPro" stream_id "stream_qwe456"`. */
export function preview(payload: unknown): string {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return short(payload);
  const entries = Object.entries(payload);
  const order = (key: string) => (DULL.test(key) ? 1 : 0);
  return entries
    .sort(([one], [other]) => order(one) - order(other))
    .map(([key, value]) => `${key} ${short(value)}`)
    .join("  ");
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
