import { pause } from "../runtime/clock";
import { Fault } from "../runtime/fault";

/** Where to listen, and which setting said so. */
export interface Address {
  readonly hostname: string;
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
export function bind<S>(
  { hostname, port, portSetting, wayOut }: Address,
  serve: (hostname: string, port: number) => S,
): S {
  try {
    return serve(hostname, port);
  } catch (error) {
    const code = (error as { code?: string }).code ?? "";
    // A host without IPv6 has no `::`; what it can serve is all the same what `::` asks for.
    if (hostname === "::" && /^(EAFNOSUPPORT|EADDRNOTAVAIL)$/.test(code)) {
      return bind({ hostname: "0.0.0.0", port, portSetting, wayOut }, serve);
    }
    throw new Fault(`${portSetting}=${port}: ${reason(code, hostname, error)}; choose another (0 = any free)${wayOut}`);
  }
}

/** Lets calls under way end, for a moment, and closes what is still open then. */
export async function stopServer(server: Bun.Server<unknown>): Promise<void> {
  await Promise.race([server.stop(), pause(GRACE_MS)]);
  await server.stop(true);
}

function reason(code: string, hostname: string, error: unknown): string {
  if (code === "EADDRINUSE") return "the port is in use";
  if (code === "EACCES") return "this user may not listen on that port";
  return `cannot listen on ${hostname} (${code || (error as Error).message})`;
}
