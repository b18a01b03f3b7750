import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../harness";
import { headend, ROOT } from "../process/server";

const PIECE_BYTES = 1 << 20;
const PIECES = 70;
/** Gives a command a terminal of its own. */
const hasScript = Bun.which("script") !== null;

test.skipIf(!hasScript)(
  "on a terminal long work shows how far it is, and elsewhere nothing but its result",
  async () => {
    using folder = temporaryFolder();
    const env = { HEADEND_DATA: folder.path };
    await headend(["user", "add", "ann@example.com"], env);
    const sqlite = new Database(join(folder.path, "headend.db"));
    sqlite.run("CREATE TABLE filler (piece)");
    sqlite.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${PIECES}) INSERT INTO filler SELECT zeroblob(${PIECE_BYTES}) FROM n`,
    );
    sqlite.close();
    const onTerminal = async (...words: string[]) => {
      const command = [process.execPath, join(ROOT, "src", "main.ts"), ...words].join(" ");
      const child = Bun.spawn(["script", "-qec", command, "/dev/null"], {
        env: { ...process.env, ...env },
        stdin: "ignore",
        stdout: "pipe",
      });
      const shown = await new Response(child.stdout).text();
      return { code: await child.exited, shown };
    };
    const file = join(folder.path, "backup.db");
    for (const command of ["backup", "restore"]) {
      const { code, shown } = await onTerminal(command, file);
      expect([command, code, code === 0 ? "" : shown]).toEqual([command, 0, ""]);
      expect(shown).toMatch(new RegExp(`\\r${command} \\[[█░]{30}\\] \\d+ %`));
      // The bar is wiped away before the result is told.
      expect(shown.split("\r\x1b[K").at(-1)).toContain(file);
    }
    const refused = await onTerminal("backup", file);
    expect(refused.code).toBe(1);
    expect(refused.shown).toContain(`${file} exists already`);
    const { stdout, stderr } = await headend(["backup", `${file}.2`], env);
    expect([stdout.split("\n").length, stderr]).toEqual([2, ""]);
  },
  60_000,
);
