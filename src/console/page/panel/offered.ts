import type { Action, Row } from "../../../panel";

/** What can be done to a row, as it is just now. */
export function offersFor(actions: readonly Action[], row: Row): readonly Action[] {
  return actions.filter(({ isForNone, offeredFor }) => {
    if (isForNone) return false;
    if (!offeredFor) return true;
    const value = row[offeredFor.key];
    return value !== null && value !== undefined && offeredFor.values.some((each) => each === value);
  });
}

/** What the operator calls a row: its first column. */
export function nameOf(row: Row, firstKey: string | undefined): string {
  const value = firstKey === undefined ? undefined : row[firstKey];
  return value === null || value === undefined || value === "" ? row.id : String(value);
}
