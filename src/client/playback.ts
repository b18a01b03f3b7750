import type { Socket } from "socket.io-client";
import { type ConnectOptions, connect, type Token } from "./connect";
import type { PlaybackCommands, PlaybackEvents } from "./events";

export type PlaybackSocket = Socket<PlaybackEvents, PlaybackCommands>;

export interface PlaybackOptions extends ConnectOptions {
  readonly token: Token;
  /** What the device is called in `GET /clients`. */
  readonly name?: string;
}

/** The playback API. Signs in by `authenticate`, again on every reconnect, before anything else is sent. */
export function connectPlayback(url: string, { token, name, ...options }: PlaybackOptions): PlaybackSocket {
  return connect(url, options, {
    namespace: "/",
    token,
    handshake: () => (name === undefined ? {} : { name }),
    signIn(socket, jwt, refused) {
      // Success is silent. Without an answer the connection is gone, and the next one signs in again.
      socket
        .timeout(30_000)
        .emit("authenticate", { token: jwt }, (failure: Error | null, answer: { success: boolean }) => {
          if (!failure && !answer.success) refused(answer);
        });
    },
    refusals: [],
  });
}
