import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What the household's libraries hold. The words of the titles are in the FTS5 table `library_words`, by `row`. */
export const libraryItems = sqliteTable(
  "library_items",
  {
    row: integer().primaryKey(),
    id: text().notNull().unique(),
    title: text().notNull(),
    type: text().notNull(),
    year: integer(),
    tmdbId: text("tmdb_id"),
    /** The folded words of the title, with spaces between them. */
    words: text().notNull(),
    /** The same without spaces. */
    compact: text().notNull(),
  },
  (table) => [index("library_items_title").on(table.compact)],
);

/**
 * Beginnings of words, under themselves and under what is left of them when one letter is missing: two beginnings that
 * are one typing error apart have such a key in common, whatever the error.
 */
export const librarySpellings = sqliteTable(
  "library_spellings",
  { key: text().notNull(), stem: text().notNull() },
  (table) => [primaryKey({ columns: [table.key, table.stem] })],
);
