import type { Peer } from "./peer";

/**
 * The first of these cookies that a request brings. Browsers send cookies for any page that asks, so what they say
 * counts only where the page may speak for the user.
 */
export function cookieOf(header: string | undefined, names: readonly string[], peer: Peer): string | undefined {
  if (!header || !peer.takesCookies) return undefined;
  const given = new Map<string, string>();
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim();
    // The first of a name is that of the longest path: the most particular one.
    if (at > 0 && !given.has(name)) given.set(name, part.slice(at + 1).trim());
  }
  for (const name of names) {
    const value = given.get(name);
    if (value) return value;
  }
  return undefined;
}

/**
 * A `Set-Cookie` that scripts cannot read and other sites cannot send along.
 *
 * @param maxAgeS 0 removes it
 * @param sameSite `Strict`: not even when somebody follows a link of theirs
 */
export function sessionCookie(
  name: string,
  value: string,
  maxAgeS: number,
  peer: Peer,
  sameSite: "Lax" | "Strict" = "Lax",
): string {
  const secure = peer.secure ? "; Secure" : "";
  return `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=${sameSite}${secure}`;
}
