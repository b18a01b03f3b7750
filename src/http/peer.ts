import { isIP } from "node:net";

/** Where a request comes from, as far as it can be believed. */
export interface Peer {
  /** IP address; IPv4 without `::ffff:`. */
  readonly address: string;
  /** What limits per address count: an IPv6 host owns a whole /64, so that is one address to them. */
  readonly network: string;
  /** Over TLS, on this listener or at a trusted proxy. */
  readonly secure: boolean;
  /** The host the client asked for, with the port where it is not the usual one. */
  readonly host: string;
  /** Whether cookies count: no page sent the request, or one that may speak for the user (CONTRACT §2). */
  readonly takesCookies?: boolean;
}

/**
 * Reads the peer of a request. What proxies say is believed only as many hops back as the operator trusts, counted
 * from the nearest: whatever is further left may have been written by the client.
 *
 * @param socketAddress of the TCP connection
 * @param trustedHops `HEADEND_TRUSTED_PROXIES`
 */
export function peerOf(request: Request, socketAddress: string, trustedHops: number): Peer {
  const { headers } = request;
  const direct = plainAddress(socketAddress) ?? socketAddress;
  const host = headers.get("host") ?? "";
  const secure = request.url.startsWith("https:");
  if (trustedHops === 0) return { address: direct, network: networkOf(direct), secure, host };
  const address = plainAddress(nthFromRight(headers.get("x-forwarded-for"), trustedHops) ?? "") ?? direct;
  const protocol = nthFromRight(headers.get("x-forwarded-proto"), trustedHops);
  return {
    address,
    network: networkOf(address),
    secure: protocol === undefined ? secure : protocol === "https" || protocol === "wss",
    host: nthFromRight(headers.get("x-forwarded-host"), trustedHops) ?? host,
  };
}

/** A proxy's headers from a peer that is not trusted as one: it may be a proxy that nobody told us of. */
export function isUntrustedProxy(request: Request, socketAddress: string, trustedHops: number): boolean {
  if (trustedHops > 0 || !isPrivate(plainAddress(socketAddress) ?? "")) return false;
  return ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"].some((name) => request.headers.has(name));
}

function nthFromRight(list: string | null, n: number): string | undefined {
  if (list === null) return undefined;
  const items = list.split(",").map((item) => item.trim());
  // A proxy that sets a header anew leaves one value, however many hops there are.
  return items[Math.max(0, items.length - n)] || undefined;
}

function plainAddress(text: string): string | undefined {
  const address = text.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  const version = isIP(address);
  return version === 6 ? (mappedAddress(address) ?? address.toLowerCase()) : version === 4 ? address : undefined;
}

/** The IPv4 address that an IPv6 one stands for, in whichever of its many spellings: `::ffff:1.2.3.4`, `::ffff:102:304`. */
function mappedAddress(address: string): string | undefined {
  // An address of a zone (`fe80::1%eth0`) is no host of a URL, and none that is mapped.
  const spelled = URL.parse(`http://[${address}]`)?.hostname ?? "";
  const [, high, low] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(spelled) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join(".");
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(0, missing)).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function isPrivate(address: string): boolean {
  return isLoopback(address) || /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]|fe80:)/.test(address);
}
