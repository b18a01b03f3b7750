import type { ColumnKind } from "../../../panel";
import { bytes, number, shortened } from "../desk/format";
import { Moment } from "./moment";
import { Pill } from "./pill";

interface CellProps {
  readonly kind: ColumnKind;
  readonly value: string | number | boolean | null | undefined;
  /** Where there is room for all of it. */
  readonly isWhole?: boolean;
}

/** A value of a table as its column says. Whatever it holds, it is text: nothing of it is ever markup. */
export function Cell({ kind, value, isWhole = false }: CellProps) {
  if (value === null || value === undefined || value === "") return <None />;
  if (kind === "state") return <Pill state={typeof value === "boolean" ? inWords(value) : String(value)} />;
  if (typeof value === "boolean") return <span>{inWords(value)}</span>;
  if (typeof value === "number" && Number.isFinite(value)) {
    if (kind === "time") return <Moment at={value} />;
    if (kind === "bytes") return <span>{bytes(value)}</span>;
    if (kind === "percent") return <Percent value={value} />;
    if (kind === "number") return <span>{number(value)}</span>;
  }
  const text = String(value);
  if (kind === "id") return <code title={text}>{isWhole ? text : shortened(text)}</code>;
  return (
    <span class={isWhole ? "whole" : "clamped"} title={isWhole ? undefined : text}>
      {text}
    </span>
  );
}

function None() {
  return (
    <span class="none">
      <span aria-hidden="true">–</span>
      <span class="unseen">none</span>
    </span>
  );
}

function Percent({ value }: { value: number }) {
  const share = Math.min(Math.max(value, 0), 100);
  return (
    <span class="percent">
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${share}%` }} />
      </span>
      {number(Math.round(value))} %
    </span>
  );
}

function inWords(value: boolean): string {
  return value ? "yes" : "no";
}
