/** What stands in a secret's place. */
const CENSOR = "[redacted]";
/** What is logged is nested a few levels deep; further down nothing is looked at, so nothing is shown. */
const MAX_DEPTH = 12;

/** Parts of names, and whole names, whose values are nobody's business, in any case and with any sign between words. */
const WORDS =
  "token|secret|passw|passphrase|authorization|cookie|credential|jwt|(api|access|private|signing)[^a-z0-9]?key";
const WHOLE = "auth|bearer|pass|pwd|sid|session[^a-z0-9]?id";
const SECRET_NAME = new RegExp(`${WORDS}|^(${WHOLE})$`, "i");

/** What may be tried from many places is bounded in length, so that hostile text takes no longer than other text. */
const JWT = /eyJ[\w-]{1,2048}\.[\w-]+(\.[\w-]*)*/g;
const BEARER = /\b(bearer|basic)\s+(?=[\w.~+/=-]{8})[\w.~+/=-]+/gi;
/** As `domain/keys` makes them. */
const API_KEY = /hk_[\w-]{20,}/g;
const HEADER = /(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(["']?\s*[:=]\s*)[^\r\n]+/gi;
/** Name and password in a URL. */
const USER_INFO = /:\/\/[^\s/@"'<>]*:[^\s/@"'<>]*@/g;
/** `name=value` of a query, a form or a cookie. */
const PAIR = /(?<![\w.%-])([\w.%-]{1,64})=([^&#;,\s"'<>]+)/g;
/** The same, with its sign escaped: a query within a query. */
const ESCAPED_PAIR = /([\w.-]{1,64})%3D([^%&#;,\s"'<>]+)/gi;
/** `password: value` and `password="value"`, as people write it. */
const STATEMENT = new RegExp(
  String.raw`((?:${WORDS})[\w-]{0,32}\s?(?::\s?|=)\\*["']?)(?!\[redacted\])[^\s"'&,;\\]+`,
  "gi",
);
/** `//user:password@host` */
const USER = /(\/\/[^\s/:@"']{0,256}):[^\s/@"']{1,256}@/g;
/** A name and nothing else. */
const NAME = /^[\w.-]{1,64}$/;
/** `"name":"value"`, within a string that is JSON itself, too. */
const MEMBER = new RegExp(
  String.raw`("(?:[\w.$-]{0,64}(?:${WORDS})[\w.$-]{0,64}|${WHOLE})\\*"\s*:\s*\\*")(?:[^"\\]|\\.)*`,
  "gi",
);

/**
 * JSON without secrets: what a name gives away as a token, password, key or cookie, and what looks like one wherever
 * it stands in a text. For everything that leaves the process as a log.
 *
 * @param known secrets without a form of their own, such as a configured key
 */
export function redact(value: unknown, known: readonly string[] = [], depth = MAX_DEPTH): unknown {
  if (typeof value === "string") return redactText(value, known);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return CENSOR;
  if (Array.isArray(value)) {
    // In ["cookie", "…"] the first says what the second is.
    return value.map((item, at) => (at > 0 && isNameOfSecret(value[at - 1]) ? CENSOR : redact(item, known, depth - 1)));
  }
  // {name: "cookie", value: "…"}, as headers are listed, too.
  const isListed = Object.entries(value).some(
    ([name, inner]) => /^(name|key|header)$/i.test(name) && isNameOfSecret(inner),
  );
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      redactText(name, known),
      (SECRET_NAME.test(name) || (isListed && /^values?$/i.test(name))) && isTelling(inner)
        ? CENSOR
        : redact(inner, known, depth - 1),
    ]),
  );
}

function isNameOfSecret(value: unknown): boolean {
  return typeof value === "string" && NAME.test(value) && SECRET_NAME.test(value);
}

/** A yes, a no or nothing at all tells no secret. */
function isTelling(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== "boolean";
}

function redactText(text: string, known: readonly string[]): string {
  let safe = text;
  for (const secret of known) safe = safe.replaceAll(secret, CENSOR);
  return safe
    .replace(HEADER, (_, name, between) => name + between + CENSOR)
    .replace(JWT, CENSOR)
    .replace(BEARER, `$1 ${CENSOR}`)
    .replace(API_KEY, CENSOR)
    .replace(USER_INFO, `://${CENSOR}@`)
    .replace(PAIR, (pair, name) => (SECRET_NAME.test(decoded(name)) ? `${name}=${CENSOR}` : pair))
    .replace(ESCAPED_PAIR, (pair, name) => (SECRET_NAME.test(name) ? `${name}%3D${CENSOR}` : pair))
    .replace(USER, `$1:${CENSOR}@`)
    .replace(STATEMENT, `$1${CENSOR}`)
    .replace(MEMBER, (_, name) => name + CENSOR);
}

/** As a server would read the name of a parameter. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
