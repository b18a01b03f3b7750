import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Exam, type Finding, ok, problem, warning } from "./finding";

/** Bits a letter must be worth on average; random base64 has about 5 in 43 letters, a sentence 3 to 4. */
const MIN_BITS = 2.5;
const COMMON = /change.?me|secret|password|headend|example|default|12345|qwerty|letmein/i;

/** Whether the secrets could be guessed. */
export const secrets: Exam = ({ config, environment }) => {
  const { jwtSecret, jwtSecretPrevious = [], apiKey, adminPassword } = config;
  const found: Finding[] = [];
  const make = "Make one: openssl rand -base64 32";
  if (jwtSecret === undefined) {
    const isMade = existsSync(join(config.data, "jwt.secret"));
    found.push(
      ok(isMade ? "tokens are signed with a generated secret" : "a secret for tokens is generated at the first start"),
    );
  } else {
    const weak = weakness(jwtSecret);
    found.push(weak ? problem(`HEADEND_JWT_SECRET ${weak}`, make) : ok("HEADEND_JWT_SECRET is hard to guess"));
  }
  if (apiKey !== undefined) {
    const weak = apiKey === jwtSecret ? "is HEADEND_JWT_SECRET as well" : weakness(apiKey);
    found.push(weak ? problem(`HEADEND_API_KEY ${weak}`, make) : ok("HEADEND_API_KEY is hard to guess"));
  }
  if (jwtSecretPrevious.length > 0) {
    const ttl = environment.HEADEND_TOKEN_TTL?.trim() || "24h";
    const advice = `Leave HEADEND_JWT_SECRET_PREVIOUS out once the tokens of before have expired (${ttl} after the change).`;
    found.push(warning("tokens that earlier secrets have signed still count", advice));
  }
  if (adminPassword !== undefined && [...adminPassword].length < 12) {
    found.push(warning("HEADEND_ADMIN_PASSWORD is short", "Twelve characters or more; it opens everything."));
  }
  return found;
};

function weakness(secret: string): string | undefined {
  if (bitsPerLetter(secret) < MIN_BITS) return "repeats itself";
  // A word in a long random text is chance.
  const word = COMMON.exec(secret)?.[0];
  return word && bitsPerLetter(secret.replaceAll(word, "")) < MIN_BITS + 1
    ? `is made of a common word (${word})`
    : undefined;
}

/** Shannon's measure of the letters. */
function bitsPerLetter(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
