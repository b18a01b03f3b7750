import type { HeadendError } from "headend/client";
import { useEffect, useState } from "react";

/** What every socket of `headend/client` is to a component. */
interface Connection {
  // biome-ignore lint/suspicious/noExplicitAny: handlers of any payload
  on(event: string, handler: (...args: any[]) => void): unknown;
  close(): unknown;
}

export interface Headend<S> {
  /** Undefined until the component is on the page. */
  readonly socket: S | undefined;
  readonly isConnected: boolean;
  /** The last no of the server. */
  readonly error: HeadendError | undefined;
}

/**
 * A connection for as long as the component is on the page, and what the component needs to know of it:
 *
 *     const { socket, isConnected, error } = useHeadend(
 *       (onRefused) => connectLive(url, { token, onRefused }),
 *       (socket) => socket.on("chat:message", …),
 *       [url, token],
 *     );
 *
 * @param open makes the connection; `onRefused` belongs into its options
 * @param listen attaches handlers before anything can be heard
 * @param dependencies as of `useEffect`: another connection is opened when one of them changes
 */
export function useHeadend<S extends Connection>(
  open: (onRefused: (error: HeadendError) => void) => S,
  listen: (socket: S) => void,
  dependencies: readonly unknown[],
): Headend<S> {
  const [socket, setSocket] = useState<S>();
  const [isConnected, setIsConnected] = useState(false);
  const [error, setError] = useState<HeadendError>();

  useEffect(
    () => {
      const opened = open(setError);
      opened.on("connect", () => {
        setError(undefined);
        setIsConnected(true);
      });
      opened.on("disconnect", () => setIsConnected(false));
      listen(opened);
      setSocket(opened);
      return () => {
        opened.close();
        setIsConnected(false);
      };
    },
    // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says on what the connection depends
    dependencies,
  );

  return { socket, isConnected, error };
}
