import { isOutage } from "./errors";

interface Outcome<Row> {
  /** Rows that the database refuses by themselves, with why: not worth another try. */
  readonly bad: readonly { row: Row; error: unknown }[];
}

/**
 * Writes rows in one transaction. When one row is at fault, writes again without those that fail alone, so that one
 * bad row never costs the others.
 *
 * @param inTransaction runs its argument in one transaction, rolled back when it throws
 * @throws what the database said when it cannot be written at all; then no row is written
 */
export function writeRows<Row>(
  rows: readonly Row[],
  inTransaction: (work: () => void) => void,
  write: (row: Row) => void,
): Outcome<Row> {
  try {
    inTransaction(() => {
      for (const row of rows) write(row);
    });
    return { bad: [] };
  } catch (error) {
    if (isOutage(error)) throw error;
  }
  const bad: { row: Row; error: unknown }[] = [];
  inTransaction(() => {
    for (const row of rows) {
      try {
        write(row);
      } catch (error) {
        if (isOutage(error)) throw error;
        bad.push({ row, error });
      }
    }
  });
  return { bad };
}
