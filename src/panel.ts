// What an API shows of itself on the console, as data: a table of what there is, and what an operator can do to it. The
// console renders panels without knowing what they are about, so an API that has something to show adds one and no more.

/** How a value is shown. `state` is one of a few words and gets a colour; `time` is epoch ms, `percent` 0 to 100. */
export type ColumnKind = "text" | "id" | "number" | "percent" | "bytes" | "time" | "state";

export interface Column {
  readonly key: string;
  readonly title: string;
  readonly kind: ColumnKind;
}

/** One line of a table, by the columns' keys. `id` is what actions and details name it by; it may be any text. */
export type Row = { readonly id: string } & Readonly<Record<string, string | number | boolean | null>>;

/** One thing to fill in for an action. */
export interface Field {
  readonly name: string;
  readonly title: string;
  readonly kind: "text" | "number" | "password" | "choice";
  readonly choices?: readonly string[];
  readonly isOptional?: boolean;
  /** What stands in it at first. */
  readonly initial?: string;
  readonly hint?: string;
}

/** Something that an operator can do: to one row, or (`isForNone`) without one, as making a new thing. */
export interface Action {
  readonly name: string;
  readonly title: string;
  readonly isForNone?: boolean;
  /** It cannot be undone: asked for twice. */
  readonly isDangerous?: boolean;
  /** Offered only where the row's column `key` has one of these values; everywhere when absent. */
  readonly offeredFor?: { readonly key: string; readonly values: readonly (string | boolean)[] };
  readonly fields: readonly Field[];
}

/** A second table, about one row: a stream's moderation log, a class's progress. */
export interface Section {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** Who acts, and from where. */
export interface Operator {
  /** The admin's, or `console` for whoever holds the console's token. */
  readonly userId: string;
  readonly username: string;
  readonly address: string;
  readonly userAgent: string;
}

/** A panel as its owner makes it. */
export interface Panel {
  /** In addresses: lower case letters. Unique within its owner. */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly actions: readonly Action[];
  /** Newest first, at most `MAX_ROWS`; `search` is what the operator typed, "" for all. */
  rows(search: string): Promise<readonly Row[]>;
  /** More about a row. @throws Refusal `not_found` */
  details?(id: string): Promise<readonly Section[]>;
  /**
   * Does an action, by the same ways as the API's own calls: what they emit, store and refuse happens here too.
   *
   * @param id of the row; "" for actions without one
   * @param fields by name, as typed; optional ones may be missing
   * @returns a sentence that says what has been done; may hold a secret that is shown once
   * @throws Refusal that names the field
   */
  act?(action: string, id: string, fields: Readonly<Record<string, string>>, by: Operator): Promise<string>;
}

export const MAX_ROWS = 200;
