import type { Socket } from "socket.io-client";
import { type ConnectOptions, connect, type Token } from "./connect";
import type { StudioCommands, StudioEvents, StudioNamespace } from "./events";

export type StudioSocket<N extends StudioNamespace = "/"> = Socket<StudioEvents<N>, StudioCommands<N>>;

export interface StudioOptions<N extends StudioNamespace = "/"> extends ConnectOptions {
  readonly namespace?: N;
  /** Guests have none. */
  readonly token?: Token;
}

/** A namespace of the studio API. Namespaces of one server share one connection. */
export function connectStudio<const N extends StudioNamespace = "/">(
  url: string,
  { namespace = "/" as N, token, ...options }: StudioOptions<N> = {},
): StudioSocket<N> {
  return connect(url, options, {
    namespace,
    token,
    handshake: (jwt) => (jwt === undefined ? {} : { token: jwt }),
    refusals: ["authError", "error"],
  }) as Socket as StudioSocket<N>;
}
