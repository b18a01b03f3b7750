import { eq, sql } from "drizzle-orm";
import type { Store } from "../../../store/database";
import { keysOf } from "./spelling";
import { libraryItems } from "./tables";

type Row = typeof libraryItems.$inferSelect;
export type LibraryItem = Readonly<Omit<Row, "row">>;
/** What a search looks at. */
export type Title = Readonly<Omit<Row, "row" | "tmdbId">>;

/** An item, and what it is found by besides its title. */
export interface Filing {
  readonly item: LibraryItem;
  /** Beginnings of its words, for those who mistype them. */
  readonly stems: readonly string[];
}

/** How much of an index is read for one question, at most: a single letter begins thousands of titles. */
const MAX_SCANNED = 1_000;
/** Stems that are known to be filed. */
const MAX_REMEMBERED = 100_000;
/** Comes after every letter. */
const LAST = "\u{10ffff}";

/**
 * The titles of the libraries. This is the one file that speaks FTS5: its table `library_words` holds the words of each
 * title and its year under the row of the item, and lists of all beginnings of words up to six letters.
 */
export class LibraryStore {
  readonly #db: Store["db"];
  readonly #statements: ReturnType<typeof prepare>;
  readonly #filed = new Set<string>();

  constructor({ db }: Store) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  /** Adds items, and replaces those with the same id. */
  async put(filings: readonly Filing[]): Promise<void> {
    const filed = new Set<string>();
    this.#db.transaction(
      () => {
        for (const { item, stems } of filings) if (this.#write(item)) this.#file(stems, filed);
      },
      { behavior: "immediate" },
    );
    // Not before it is certain.
    if (this.#filed.size > MAX_REMEMBERED) this.#filed.clear();
    for (const stem of filed) this.#filed.add(stem);
  }

  /** How many items there are: nothing is ever removed, so that is the last row. */
  async size(): Promise<number> {
    return this.#statements.last.get()?.row ?? 0;
  }

  /** Items whose title begins so, spaces aside: the shortest ones. */
  async beginning(compact: string, limit: number): Promise<Title[]> {
    return this.#statements.beginning.all(compact, compact + LAST, MAX_SCANNED, limit);
  }

  /** Items with all of these words, each in one of several spellings; `*` stands for any ending of it. */
  async having(words: readonly (readonly string[])[], limit: number): Promise<Title[]> {
    const query = words.map((spellings) => `(${spellings.map(quote).join(" OR ")})`).join(" AND ");
    return this.#statements.having.all(query, limit);
  }

  /** Beginnings of words that have one of these keys. */
  async spelled(keys: readonly string[]): Promise<string[]> {
    return this.#statements.spelled.all(JSON.stringify(keys)).map(({ stem }) => stem);
  }

  /** @returns whether it is new, or called otherwise than before */
  #write(item: LibraryItem): boolean {
    const { find, write, index } = this.#statements;
    const known = find.get({ id: item.id });
    const row = write.get({ ...item })?.row;
    if (row === undefined || (known?.words === item.words && known.year === item.year)) return false;
    index.run(row, item.year === null ? item.words : `${item.words} ${item.year}`);
    return true;
  }

  #file(stems: readonly string[], filed: Set<string>): void {
    const { isFiled, file } = this.#statements;
    for (const stem of stems) {
      if (this.#filed.has(stem) || filed.has(stem)) continue;
      filed.add(stem);
      // What is filed under itself is filed under the rest of its keys.
      if (isFiled.get(stem, stem)) continue;
      for (const key of keysOf(stem)) file.run(key, stem);
    }
  }
}

/** A word as FTS5 takes it, whatever is in it. */
function quote(word: string): string {
  const isOpen = word.endsWith("*");
  return `"${word.slice(0, isOpen ? -1 : undefined).replaceAll('"', '""')}"${isOpen ? "*" : ""}`;
}

const TITLE = "id, title, type, year, words, compact";

function prepare(db: Store["db"]) {
  const { row, id, words, year } = libraryItems;
  const place = sql.placeholder;
  const item = {
    id: place("id"),
    title: place("title"),
    type: place("type"),
    year: place("year"),
    tmdbId: place("tmdbId"),
    words: place("words"),
    compact: place("compact"),
  };
  const set = Object.fromEntries(
    Object.entries(item)
      .filter(([name]) => name !== "id")
      .map(([name, value]) => [name, sql`${value}`]),
  );
  const client = db.$client;
  return {
    find: db
      .select({ words, year })
      .from(libraryItems)
      .where(eq(id, place("id")))
      .prepare(),
    write: db.insert(libraryItems).values(item).onConflictDoUpdate({ target: id, set }).returning({ row }).prepare(),
    last: db
      .select({ row: sql<number | null>`max(${row})` })
      .from(libraryItems)
      .prepare(),
    // As they are, since this is what somebody waits for at every letter that they type.
    index: client.query<unknown, [number, string]>("INSERT OR REPLACE INTO library_words (rowid, words) VALUES (?, ?)"),
    isFiled: client.query<unknown, [string, string]>("SELECT 1 FROM library_spellings WHERE key = ? AND stem = ?"),
    file: client.query<unknown, [string, string]>("INSERT INTO library_spellings (key, stem) VALUES (?, ?)"),
    spelled: client.query<{ stem: string }, [string]>(
      "SELECT DISTINCT stem FROM library_spellings WHERE key IN (SELECT value FROM json_each(?))",
    ),
    beginning: client.query<Title, [string, string, number, number]>(
      `SELECT ${TITLE} FROM library_items WHERE row IN (
         SELECT row FROM (
           SELECT row, compact FROM library_items WHERE compact >= ? AND compact < ? ORDER BY compact LIMIT ?
         ) ORDER BY length(compact), compact LIMIT ?
       )`,
    ),
    having: client.query<Title, [string, number]>(
      `SELECT ${TITLE} FROM library_items WHERE row IN (
         SELECT rowid FROM library_words WHERE library_words MATCH ? LIMIT ?
       )`,
    ),
  };
}
