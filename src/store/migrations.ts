import { existsSync } from "node:fs";
import { join } from "node:path";

/** The folder of generated SQL: beside the sources, or inside the compiled program. */
export function migrationsFolder(): string {
  const beside = join(import.meta.dir, "..", "..", "drizzle");
  return existsSync(join(beside, "meta", "_journal.json")) ? beside : join(import.meta.dir, "drizzle");
}
