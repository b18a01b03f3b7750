import type { Peer } from "../http/peer";

/** Where an API listens. */
export interface Listening {
  readonly name: string;
  /** `HEADEND_HOST` */
  readonly host: string;
  readonly port: number;
  /** What stands before `/socket.io/` where several APIs share a port: `/live`. */
  readonly prefix: string;
}

/** Where a browser reaches an API. */
export interface ApiAddress {
  /** `http://localhost:7070` */
  readonly origin: string;
  /** Socket.IO's option of that name. */
  readonly path: string;
}

/**
 * Where the page that makes this call reaches an API: an API that listens on every address is called as the console is,
 * since under that name this machine has just been found.
 */
export function addressOf({ host, port, prefix }: Listening, peer: Peer): ApiAddress {
  const isEverywhere = host === "::" || host === "0.0.0.0";
  const asked = nameIn(peer.host);
  const name = isEverywhere ? asked : host.includes(":") ? `[${host}]` : host;
  // A Content-Security-Policy knows no IPv6 addresses; this one has a name.
  const hostname = name === "[::1]" ? "localhost" : name;
  return { origin: `${peer.secure ? "https" : "http"}://${hostname}:${port}`, path: `${prefix}/socket.io/` };
}

/** The name in a Host header; what is no such name must not get into a header of ours. */
function nameIn(host: string): string {
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  return /^[\w.-]+$|^\[[\da-f:.]+\]$/i.test(name) ? name : "localhost";
}
