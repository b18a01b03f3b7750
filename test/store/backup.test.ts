import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../src/runtime/fault";
import { backUp } from "../../src/store/backup";
import { openStore } from "../../src/store/database";
import { lockFolder } from "../../src/store/lock";
import { restore } from "../../src/store/restore";
import { temporaryFolder } from "../harness";

const STAMP = "20260101T000000000Z";

/**
 * Adds an account to a data folder, which is made where there is none. Nothing of this process keeps it open then, as
 * statements that are prepared and not collected yet would.
 */
async function made(folder: string, userId: string): Promise<string> {
  const path = join(folder, "headend.db");
  if (!existsSync(path)) {
    using elsewhere = temporaryFolder();
    (await openStore(elsewhere.path)).close();
    cpSync(join(elsewhere.path, "headend.db"), path);
  }
  const db = new Database(path);
  db.run("INSERT INTO accounts (id, name, roles, created_at) VALUES (?, 'n', '', 0)", [userId]);
  db.close();
  return path;
}

function accountsIn(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    return db
      .query<{ id: string }, []>("SELECT id FROM accounts ORDER BY id")
      .all()
      .map(({ id }) => id);
  } finally {
    db.close();
  }
}

function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((name) => !/-shm$|\.lock$/.test(name));
  return Object.fromEntries(
    files.sort().map((name) => [name, Bun.SHA256.hash(readFileSync(join(folder, name)), "hex")]),
  );
}

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).message).not.toContain("\n");
    return (error as Fault).message;
  }
  throw new Error("nothing was refused");
}

test("a backup is one sound file for its owner's eyes, of what is committed, while others write", async () => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  const path = await made(folder.path, "ann");
  const server = await openStore(folder.path);
  server.db.$client.run("INSERT INTO accounts (id, name, roles, created_at) VALUES ('bob', 'n', '', 0)");
  server.db.$client.run("BEGIN IMMEDIATE");
  server.db.$client.run("INSERT INTO accounts (id, name, roles, created_at) VALUES ('half', 'n', '', 0)");
  const file = join(elsewhere.path, "backup.db");
  expect(backUp(folder.path, file)).toBe(statSync(file).size);
  server.db.$client.run("ROLLBACK");
  server.close();
  expect(readdirSync(elsewhere.path)).toEqual(["backup.db"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(accountsIn(file)).toEqual(["ann", "bob"]);
  expect(accountsIn(path)).toEqual(["ann", "bob"]);
});

test("a backup is not written over anything, nor of nothing, nor of what is damaged, and leaves nothing behind then", async () => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  const file = join(elsewhere.path, "backup.db");
  expect(faultOf(() => backUp(folder.path, file))).toContain("there is no database");
  const path = await made(folder.path, "ann");
  writeFileSync(file, "precious");
  expect(faultOf(() => backUp(folder.path, file))).toContain("exists already");
  expect(readFileSync(file, "utf8")).toBe("precious");
  const nowhere = join(elsewhere.path, "nowhere", "backup.db");
  expect(faultOf(() => backUp(folder.path, nowhere))).toContain(`cannot be backed up to ${nowhere}`);
  writeFileSync(path, Buffer.from(readFileSync(path)).fill(0xff, 4_096, 12_288));
  const other = join(elsewhere.path, "other.db");
  expect(faultOf(() => backUp(folder.path, other))).toContain(path);
  expect(readdirSync(elsewhere.path)).toEqual(["backup.db"]);
});

test("what is restored is what was backed up; what was there is kept aside, whole", async () => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  const path = await made(folder.path, "ann");
  const file = join(elsewhere.path, "backup.db");
  backUp(folder.path, file);
  chmodSync(file, 0o644);
  const before = contents(elsewhere.path);
  await made(folder.path, "bob");
  // Left by a restore that was cut off.
  writeFileSync(`${path}.restoring`, "half of it");
  const kept = restore(folder.path, file, STAMP);
  expect(kept).toBe(`${path}.before-restore-${STAMP}`);
  expect(accountsIn(path)).toEqual(["ann"]);
  expect(accountsIn(kept ?? "")).toEqual(["ann", "bob"]);
  for (const each of [path, kept ?? ""]) expect(statSync(each).mode & 0o777).toBe(0o600);
  expect(contents(elsewhere.path)).toEqual(before);
  expect(readdirSync(folder.path).filter((name) => /restoring|pid|-wal|-shm/.test(name))).toEqual([]);
  const store = await openStore(folder.path);
  expect(store.db.$client.query("SELECT id FROM accounts").all()).toEqual([{ id: "ann" }]);
  store.close();
});

test("a folder without a database, or that is not there yet, takes a backup too", async () => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  await made(elsewhere.path, "ann");
  const file = join(elsewhere.path, "backup.db");
  backUp(elsewhere.path, file);
  const data = join(folder.path, "data");
  expect(restore(data, file, STAMP)).toBeUndefined();
  expect(accountsIn(join(data, "headend.db"))).toEqual(["ann"]);
});

test("nothing is restored while a server or a command uses the folder", async () => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  await made(elsewhere.path, "ann");
  const file = join(elsewhere.path, "backup.db");
  backUp(elsewhere.path, file);
  const path = await made(folder.path, "bob");
  const before = contents(folder.path);
  const unlock = lockFolder(folder.path);
  expect(faultOf(() => restore(folder.path, file, STAMP))).toContain("another Headend");
  unlock();
  const command = await openStore(folder.path);
  command.db.$client.query("SELECT 1 FROM accounts").all();
  expect(faultOf(() => restore(folder.path, file, STAMP))).toContain("headend.db is in use");
  command.close();
  expect(contents(folder.path)).toMatchObject(before);
  expect(readdirSync(folder.path).filter((name) => /restor|pid/.test(name))).toEqual([]);
  expect(accountsIn(path)).toEqual(["bob"]);
});

const WRONG: [what: string, prepare: (file: string, backup: Buffer) => void, told: string][] = [
  ["is not there", () => {}, "is no file"],
  ["is a folder", (file) => mkdirSync(file), "is no file"],
  ["is empty", (file) => writeFileSync(file, ""), "is empty"],
  ["is text", (file) => writeFileSync(file, "no database ".repeat(1_000)), "is damaged or no backup"],
  [
    "is cut short",
    (file, backup) => writeFileSync(file, backup.subarray(0, backup.length / 2)),
    "is damaged or no backup",
  ],
  [
    "has bytes that are overwritten",
    (file, backup) => writeFileSync(file, Buffer.from(backup).fill(0xff, 8_192, 16_384)),
    "is damaged or no backup",
  ],
  [
    "is another program's database",
    (file) => {
      const db = new Database(file);
      db.run("CREATE TABLE theirs (x)");
      db.close();
    },
    "is no database of Headend's",
  ],
  [
    "is of a newer version",
    (file, backup) => {
      writeFileSync(file, backup);
      const db = new Database(file);
      db.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)");
      db.close();
    },
    "newer version",
  ],
  [
    "is in use",
    (file, backup) => {
      writeFileSync(file, backup);
      writeFileSync(`${file}-wal`, "a log");
    },
    "has a log beside it",
  ],
];

test.each(WRONG)("a backup that %s is refused and changes nothing", async (_what, prepare, told) => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  const path = await made(folder.path, "bob");
  const sound = join(elsewhere.path, "sound.db");
  backUp(folder.path, sound);
  const file = join(elsewhere.path, "backup.db");
  prepare(file, readFileSync(sound));
  const before = contents(folder.path);
  const message = faultOf(() => restore(folder.path, file, STAMP));
  expect(message).toContain(told);
  expect(contents(folder.path)).toEqual(before);
  expect(accountsIn(path)).toEqual(["bob"]);
});

test("a database that is damaged makes way for a backup and is kept with its log", async () => {
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  await made(elsewhere.path, "ann");
  const file = join(elsewhere.path, "backup.db");
  backUp(elsewhere.path, file);
  const path = join(folder.path, "headend.db");
  writeFileSync(path, "damaged ".repeat(2_000));
  writeFileSync(`${path}-wal`, "a log");
  const kept = restore(folder.path, file, STAMP) ?? "";
  expect(accountsIn(path)).toEqual(["ann"]);
  expect(readFileSync(kept, "utf8")).toStartWith("damaged ");
  expect(existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0).toBe(false);
});

test("the log of a server that was killed is in the backup, and in what is kept aside", async () => {
  using killed = temporaryFolder();
  using folder = temporaryFolder();
  using elsewhere = temporaryFolder();
  await made(killed.path, "ann");
  const store = await openStore(killed.path);
  store.db.$client.run("INSERT INTO accounts (id, name, roles, created_at) VALUES ('last', 'n', '', 0)");
  for (const name of ["headend.db", "headend.db-wal"]) cpSync(join(killed.path, name), join(folder.path, name));
  store.close();
  const file = join(elsewhere.path, "backup.db");
  backUp(folder.path, file);
  expect(accountsIn(file)).toEqual(["ann", "last"]);
  const kept = restore(folder.path, file, STAMP) ?? "";
  expect(accountsIn(kept)).toEqual(["ann", "last"]);
});
