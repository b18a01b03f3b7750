import type { JWTPayload } from "jose";
import { Refusal } from "../../refusal";

/** Our own tokens carry the account's version under this name. */
export const VERSION_CLAIM = "headend_version";

/** What CONTRACT §2 reads from a token, whatever the issuer calls it. */
export interface Claims {
  readonly userId: string;
  readonly email: string | null;
  readonly username: string;
  readonly roles: readonly string[];
}

const MAX_ID = 128;
/** Code units of an email, or of what a name is made from. */
const MAX_TEXT = 256;
/** Code points, as of a name that is given anywhere else. */
const MAX_NAME = 64;

/**
 * Reads user, email, display name and roles of a payload whose signature has been verified.
 *
 * @throws Refusal `authentication_failed` when it names no user, or names one in a form that is none
 */
export function readClaims(payload: JWTPayload): Claims {
  const userId = userIdOf(payload);
  const email = text(payload.email) || null;
  const names = [text(payload.username), text(payload.name), email?.split("@")[0] ?? "", userId].map(asName);
  return { userId, email, username: names.find((name) => VISIBLE.test(name)) ?? userId, roles: rolesOf(payload) };
}

function userIdOf(payload: JWTPayload): string {
  const given = payload.sub ?? payload.userId ?? payload.user_id ?? payload.id;
  // A payload is JSON of anybody's making: `sub` may be an object whatever its type says.
  const userId = Number.isSafeInteger(given)
    ? String(given)
    : typeof given === "string"
      ? given.normalize("NFC").trim()
      : "";
  if (userId === "" || [...userId].length > MAX_ID || HIDDEN.test(userId) || !userId.isWellFormed()) {
    throw new Refusal("authentication_failed", "Invalid token", { reason: "invalid", cause: "it names no user" });
  }
  return userId;
}

/** An id with invisible characters could pass for another one. */
const HIDDEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
/** Joiners alone are no name. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** One line, cleaned as what clients send (CONTRACT §3.4): an issuer passes on what its users typed. */
function text(value: unknown): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) return "";
  const oneLine = value
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\t\n]+/g, " ");
  return oneLine.replace(new RegExp(HIDDEN, "gu"), "").trim();
}

function asName(value: string): string {
  return [...value].slice(0, MAX_NAME).join("").trim();
}

function rolesOf(payload: JWTPayload): string[] {
  const given = [payload.role, payload.roles].flat().filter((role) => typeof role === "string");
  return [...new Set(given.map((role) => role.trim().toLowerCase()).filter(isRole))].slice(0, 32);
}

/** Roles are kept as a comma list: one with a comma in its name would become two. */
function isRole(role: string): boolean {
  return role !== "" && !role.includes(",");
}
