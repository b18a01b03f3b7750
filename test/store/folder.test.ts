import { expect, test } from "bun:test";
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareFolder } from "../../src/store/folder";
import { startTestApp, temporaryFolder } from "../harness";

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

test("a folder and files that were open to others are closed to them at start", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path, HEADEND_JWT_SECRET: "" };
  {
    await using _first = await startTestApp({ env });
  }
  for (const name of readdirSync(folder.path)) chmodSync(join(folder.path, name), 0o644);
  writeFileSync(join(folder.path, "headend.pid"), "1\n", { mode: 0o666 });
  writeFileSync(join(folder.path, "notes.txt"), "mine", { mode: 0o644 });
  chmodSync(folder.path, 0o755);
  await using app = await startTestApp({ env });
  expect(modeOf(folder.path)).toBe("700");
  const files = readdirSync(folder.path).filter((name) => name !== "notes.txt");
  expect(files).toEqual(
    expect.arrayContaining([
      "headend.db",
      "headend.db-shm",
      "headend.db-wal",
      "headend.lock",
      "headend.pid",
      "jwt.secret",
    ]),
  );
  for (const name of files) expect([name, modeOf(join(folder.path, name))]).toEqual([name, "600"]);
  // What is not ours is left alone.
  expect(modeOf(join(folder.path, "notes.txt"))).toBe("644");
  expect(app.log.filter(({ level }) => level === "warn")).toEqual([]);
});

test("a folder in which everybody may make files stays as it is, and that is told", async () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o1777);
  expect(prepareFolder(folder.path)).toEqual([folder.path]);
  await using app = await startTestApp({ env: { HEADEND_DATA: folder.path } });
  expect(modeOf(folder.path)).toBe("1777");
  expect(modeOf(join(folder.path, "headend.db"))).toBe("600");
  expect(app.log).toContainEqual(expect.objectContaining({ level: "warn", paths: [folder.path] }));
});
