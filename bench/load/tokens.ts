import { SignJWT } from "jose";

/** The secret of one run, which all servers know. */
export const SECRET = crypto.getRandomValues(new Uint8Array(32)).toHex();

/** One user a token: limits that go by user shall not be what is measured. */
export function mintTokens(count: number, prefix = "viewer"): Promise<string[]> {
  const key = new TextEncoder().encode(SECRET);
  const mint = (userId: string) =>
    new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject(userId).setExpirationTime("1h").sign(key);
  return Promise.all(Array.from({ length: count }, (_, at) => mint(`${prefix}-${at}`)));
}
