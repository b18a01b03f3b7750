import type { Socket } from "socket.io-client";
import { type ConnectOptions, connect, type Token } from "./connect";
import type { LearningCommands, LearningEvents } from "./events";

export type LearningSocket = Socket<LearningEvents, LearningCommands>;

export interface LearningOptions extends ConnectOptions {
  readonly token: Token;
}

/** The learning API. */
export function connectLearning(url: string, { token, ...options }: LearningOptions): LearningSocket {
  return connect(url, options, {
    namespace: "/",
    token,
    handshake: (jwt) => ({ token: jwt }),
    refusals: ["error"],
  });
}
