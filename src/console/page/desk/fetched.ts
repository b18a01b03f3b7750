import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { CallFailed, sentenceOf } from "./calls";
import { useDesk } from "./desk";

export interface Fetched<T> {
  /** The last answer; kept while later calls fail. */
  readonly value: T | undefined;
  /** Why the last call failed, in words. */
  readonly trouble: string | undefined;
  readonly again: () => Promise<void>;
}

/**
 * What the server answers at a path, asked anew from time to time while somebody looks.
 *
 * @param path undefined asks nothing
 * @param everyMs undefined asks once
 */
export function useFetched<T>(path: string | undefined, everyMs?: number): Fetched<T> {
  const { calls, signedIn } = useDesk();
  const [answer, setAnswer] = useState<{ path: string | undefined; value?: T; trouble?: string }>({ path });
  const current = useRef(path);
  current.current = path;

  const again = useCallback(async () => {
    if (path === undefined) return;
    try {
      const value = await calls.get<T>(path);
      if (current.current === path) setAnswer({ path, value });
    } catch (error) {
      if (error instanceof CallFailed && error.status === 401) void signedIn.refresh();
      if (current.current !== path) return;
      setAnswer((last) => ({ ...(last.path === path ? last : { path }), trouble: sentenceOf(error) }));
    }
  }, [calls, signedIn, path]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const look = async () => {
      if (!document.hidden) await again();
      if (everyMs !== undefined && !isOver) timer = setTimeout(look, everyMs);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [again, everyMs]);

  const isCurrent = answer.path === path;
  return { value: isCurrent ? answer.value : undefined, trouble: isCurrent ? answer.trouble : undefined, again };
}
