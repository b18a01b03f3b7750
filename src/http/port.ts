import { atMost } from "../runtime/clock";
import { Fault } from "../runtime/fault";

/** Where to listen, and which setting said so. */
export interface Address {
  readonly hostname: string;
  readonly hostSetting: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly portSetting: string;
  /** What else the operator can do when the port cannot be had. */
  readonly wayOut: string;
}

/** A port that is being listened on. */
export interface Bound {
  readonly port: number;
  stop(): Promise<void>;
}

/** How long calls that are under way may take to end when a listener stops. */
const GRACE_MS = 1_000;

/**
 * Starts a server on an address.
 *
 * @throws Fault in one line that names the setting and says what to do, when the port cannot be had
 */
export function bind<S>(address: Address, serve: (hostname: string, port: number) => S): S {
  const { hostname, hostSetting, port, portSetting, wayOut } = address;
  try {
    return serve(hostname, port);
  } catch (error) {
    const code = (error as { code?: string }).code ?? "";
    // A host without IPv6 has no `::`; what it can serve is all the same what `::` asks for.
    if (hostname === "::" && /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(code)) {
      return bind({ ...address, hostname: "0.0.0.0" }, serve);
    }
    const taken = { EADDRINUSE: "the port is in use", EACCES: "this user may not listen on that port" }[code];
    if (taken) throw new Fault(`${portSetting}=${port}: ${taken}; choose another (0 = any free)${wayOut}`);
    throw new Fault(`${hostSetting}=${hostname}: cannot listen there (${code || (error as Error).message})`);
  }
}

/** Lets calls under way end, for a moment, and closes what is still open then. */
export async function stopServer(server: Bun.Server<unknown>): Promise<void> {
  await atMost(GRACE_MS, server.stop());
  await server.stop(true);
}
