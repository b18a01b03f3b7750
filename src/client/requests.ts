import type { Socket } from "socket.io-client";
import { type ConnectOptions, connect, type Token } from "./connect";
import type { RequestsCommands, RequestsEvents, RequestsNamespace } from "./events";

export type RequestsSocket<N extends RequestsNamespace = "/"> = Socket<RequestsEvents<N>, RequestsCommands<N>>;

export interface RequestsOptions<N extends RequestsNamespace = "/"> extends ConnectOptions {
  readonly namespace?: N;
  /** Not needed where a cookie signs in (`withCredentials: true`), nor on the public namespace `/`. */
  readonly token?: Token;
}

/** A namespace of the requests API. Namespaces of one server share one connection. */
export function connectRequests<const N extends RequestsNamespace = "/">(
  url: string,
  { namespace = "/" as N, token, ...options }: RequestsOptions<N> = {},
): RequestsSocket<N> {
  return connect(url, options, {
    namespace,
    token,
    handshake: (jwt) => (jwt === undefined ? {} : { token: jwt }),
    refusals: ["error"],
  }) as Socket as RequestsSocket<N>;
}
