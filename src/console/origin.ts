import type { Peer } from "../http/peer";

// Which page makes a call. SameSite=Strict is not enough: another port of this machine is the same site.

/** Whether it is a page of the console itself, as far as a browser says so; a call that says nothing is none. */
export function isOwn(request: Request, peer: Peer): boolean {
  const { headers } = request;
  const isSaid = headers.has("origin") || headers.get("sec-fetch-site") === "same-origin";
  return isSaid && !isForeign(request, peer);
}

/** Whether it is a page of somebody else, as browsers say it with every call of one. */
export function isForeign({ headers }: Request, { host }: Peer): boolean {
  const site = headers.get("sec-fetch-site");
  // `none`: somebody typed the address.
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = headers.get("origin");
  if (origin === null) return false;
  const url = URL.parse(origin);
  // A host may be written with the port that its protocol has anyway.
  return url === null || URL.parse(`${url.protocol}//${host}`)?.origin !== url.origin;
}
