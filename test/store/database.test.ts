import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../src/store/database";
import { lockFolder } from "../../src/store/lock";
import { migrationsFolder } from "../../src/store/migrations";
import { temporaryFolder } from "../harness";

const hash = (path: string) => Bun.hash(readFileSync(path));

async function made(folder: string): Promise<string> {
  (await openStore(folder)).close();
  return join(folder, "headend.db");
}

test("a database is made for its owner's eyes only, durable to the last commit", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "deep", "data");
  const store = await openStore(data);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  for (const file of ["headend.db", "headend.db-wal", "headend.db-shm"]) {
    expect([file, statSync(join(data, file)).mode & 0o777]).toEqual([file, 0o600]);
  }
  const pragma = (name: string) => Object.values(store.db.$client.query(`PRAGMA ${name}`).get() as object)[0];
  expect([pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys"), pragma("busy_timeout")]).toEqual([
    "wal",
    2,
    1,
    100,
  ]);
  store.close();
});

test("a database of a newer version is refused and left as it is", async () => {
  using folder = temporaryFolder();
  const path = await made(folder.path);
  const db = new Database(path);
  db.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)");
  db.close();
  const before = hash(path);
  expect(openStore(folder.path)).rejects.toThrow("written by a newer version");
  expect(hash(path)).toBe(before);
});

test("a file that is no database, or a damaged one, is refused and left as it is", async () => {
  using folder = temporaryFolder();
  const path = await made(folder.path);
  const sound = readFileSync(path);
  const damaged = Buffer.from(sound);
  damaged.fill(0xff, 4096, 12_288);
  for (const bytes of [Buffer.from("not a database ".repeat(1000)), damaged]) {
    writeFileSync(path, bytes);
    expect(openStore(folder.path)).rejects.toThrow("is damaged and is left as it is");
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  }
});

test("a store that is closed leaves one file with everything in it", async () => {
  using folder = temporaryFolder();
  const path = await made(folder.path);
  expect(existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0).toBe(false);
  expect(statSync(path).size).toBeGreaterThan(16_384);
});

test("a migration that fails leaves the old database usable", async () => {
  using folder = temporaryFolder();
  using migrations = temporaryFolder();
  const path = await made(folder.path);
  cpSync(migrationsFolder(), migrations.path, { recursive: true });
  const journalPath = join(migrations.path, "meta", "_journal.json");
  const journal = JSON.parse(readFileSync(journalPath, "utf8"));
  journal.entries.push({ idx: 99, version: "6", when: 9_999_999_999_998, tag: "0099_bad", breakpoints: true });
  writeFileSync(journalPath, JSON.stringify(journal));
  writeFileSync(
    join(migrations.path, "0099_bad.sql"),
    "CREATE TABLE half (x);\n--> statement-breakpoint\nCREATE TABLE half (x);",
  );
  expect(openStore(folder.path, migrations.path)).rejects.toThrow("cannot be opened or brought up to date");
  const store = await openStore(folder.path);
  expect(store.db.$client.query("SELECT name FROM sqlite_master WHERE name = 'half'").all()).toEqual([]);
  store.close();
  expect(statSync(path).size).toBeGreaterThan(0);
});

test("a database that another process is making is waited for", async () => {
  using folder = temporaryFolder();
  const foreign = new Database(join(folder.path, "headend.db"));
  foreign.run("BEGIN EXCLUSIVE");
  const waiting = openStore(folder.path);
  await Bun.sleep(300);
  foreign.close();
  (await waiting).close();
});

test("one server to a folder; the lock is given back, and the pid says who has it", () => {
  using folder = temporaryFolder();
  const unlock = lockFolder(folder.path);
  expect(readFileSync(join(folder.path, "headend.pid"), "utf8")).toBe(`${process.pid}\n`);
  expect(() => lockFolder(folder.path)).toThrow(`another Headend (pid ${process.pid}) already serves`);
  unlock();
  lockFolder(folder.path)();
});
