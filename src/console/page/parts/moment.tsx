import { useDesk } from "../desk/desk";
import { exact, relative } from "../desk/format";
import { useSource } from "../desk/source";

/** A time as how long it is ago; the exact one when asked. */
export function Moment({ at }: { at: number }) {
  const now = useSource(useDesk().clock.now);
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return <span>{String(at)}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={exact(at)}>
      {relative(at, Math.max(now, Date.now() - 5_000))}
    </time>
  );
}
