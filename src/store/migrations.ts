import { existsSync } from "node:fs";
import { join } from "node:path";

/** The folder of generated SQL: inside the compiled program, or beside the sources. */
export function migrationsFolder(): string {
  const inside = join(import.meta.dir, "drizzle");
  return existsSync(join(inside, "meta", "_journal.json")) ? inside : join(import.meta.dir, "..", "..", "drizzle");
}
