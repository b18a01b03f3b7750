import type { Socket } from "socket.io-client";
import { type ConnectOptions, connect, type Token } from "./connect";
import type { LiveCommands, LiveEvents } from "./events";

export type LiveSocket = Socket<LiveEvents, LiveCommands>;

export interface LiveOptions extends ConnectOptions {
  readonly token: Token;
  /** The tenant; the token's own where it is left out. */
  readonly appId?: string;
}

/** The live API. Signs in with the handshake, which the document recommends. */
export function connectLive(url: string, { token, appId, ...options }: LiveOptions): LiveSocket {
  return connect(url, options, {
    namespace: "/",
    token,
    handshake: (jwt) => ({ token: jwt, ...(appId !== undefined && { app_id: appId }) }),
    // Failed sign-ins come as `unauthorized` and as `error`; one of them is enough.
    refusals: ["error"],
  });
}
