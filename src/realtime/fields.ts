import * as v from "valibot";

// The field rules that every contract shares (CONTRACT §3.4).

/** C0 and C1 controls (tab and newline apart), line separators, and what overrides the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

/** ASCII on one line without space around it: there is nothing to clean. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** One spelling for what looks the same: well-formed, NFC, no hidden characters, no space around it. */
export function clean(text: string): string {
  if (PLAIN.test(text)) return text;
  // Normalised last: what a hidden character kept apart may be one character without it.
  return text.toWellFormed().replace(HIDDEN, "").normalize("NFC").trim();
}

/** As `clean`, on one line. */
function cleanLine(text: string): string {
  return PLAIN.test(text) ? text : clean(text.replace(/[\t\n]+/g, " "));
}

/** Whether a text has no more than so many code points; it has no more of them than code units. */
function isWithin(text: string, max: number): boolean {
  if (text.length <= max) return true;
  let count = 0;
  for (const _ of text) count++;
  return count <= max;
}

/** Text of `min` to `max` code points on one line, cleaned first. */
export function line(min: number, max: number) {
  return v.pipe(
    v.string(),
    v.metadata({ minLength: min, maxLength: max }),
    v.transform(cleanLine),
    v.check((text) => text.length >= min && isWithin(text, max), `must have ${min} to ${max} characters`),
  );
}

/** As `line`, keeping newlines and tabs: what people say to each other. */
export function text(min: number, max: number) {
  return v.pipe(
    v.string(),
    v.metadata({ minLength: min, maxLength: max }),
    v.transform(clean),
    v.check((value) => value.length >= min && isWithin(value, max), `must have ${min} to ${max} characters`),
  );
}

/** An id of 1 to 128 characters; a whole number is taken as its digits. */
export function id() {
  return v.pipe(
    v.union([v.string(), v.pipe(v.number(), v.safeInteger())], "must be a string or a whole number"),
    v.metadata({ type: ["string", "integer"], minLength: 1, maxLength: 128 }),
    v.transform((value) => cleanLine(String(value))),
    v.check((text) => text.length > 0 && isWithin(text, 128), "must have 1 to 128 characters"),
  );
}

/** A token or password: left exactly as it is, only bounded, since a change of a character would change its meaning. */
export function secret(maxLength: number) {
  return v.pipe(
    v.string(),
    v.metadata({ minLength: 1, maxLength }),
    v.check((text) => text.length > 0, "must not be empty"),
    v.check((text) => text.length <= maxLength, `must have at most ${maxLength} characters`),
  );
}

/** A finite number from `min` to `max`. */
export function amount(min: number, max = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));
}

/** A field that may be left out, or be null: what a client has no value for, some languages send as nothing. */
export function maybe<S extends v.GenericSchema>(schema: S) {
  return v.nullish(schema, () => undefined);
}
