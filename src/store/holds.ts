import { type AnyColumn, or, type SQL, sql } from "drizzle-orm";

/** Whether one of the columns holds a text, whatever the case of its letters; everything does where the text is empty. */
export function holds(text: string, ...columns: readonly AnyColumn[]): SQL | undefined {
  if (text === "") return undefined;
  return or(...columns.map((column) => sql`instr(lower(${column}), lower(${text})) > 0`));
}
