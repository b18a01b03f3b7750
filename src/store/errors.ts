/** SQLite's own code of an error (`SQLITE_FULL`), wherever in its chain of causes it stands; empty when it has none. */
function sqliteCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === "string" && code.startsWith("SQLITE_")) return code;
  }
  return "";
}

/** Another process holds the database. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error).startsWith("SQLITE_BUSY");
}

/** What is in the file is not a sound database. */
export function isDamaged(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error));
}

/**
 * The database as a whole cannot be written now (full, locked, read-only, failing disk), so that trying again later
 * may succeed; anything else is the fault of the row.
 */
export function isOutage(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|CORRUPT|NOTADB|PROTOCOL)/.test(sqliteCode(error));
}
