import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Fault } from "../../src/runtime/fault";
import { openStore, type Store } from "../../src/store/database";
import { migrationsFolder } from "../../src/store/migrations";
import { temporaryFolder } from "../harness";

/** Every file of a folder with its bytes, to say that nothing was touched. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder)
    .filter((name) => !name.endsWith("-shm"))
    .sort();
  return Object.fromEntries(files.map((name) => [name, Bun.SHA256.hash(readFileSync(join(folder, name)), "hex")]));
}

/** Makes a database with a few hundred rows in it, and closes it. */
async function made(folder: string): Promise<string> {
  const store = await openStore(folder);
  const insert = store.db.$client.query("INSERT INTO progress VALUES (?, 'tv', ?, 1, 0.5, 1)");
  store.db.$client.transaction(() => {
    for (let item = 0; item < 300; item++) insert.run(`u${item % 7}`, `episode ${item}`);
  })();
  store.close();
  return join(folder, "headend.db");
}

/** The database of a server that was killed: what was written last is in the log beside it. */
async function killed(folder: string, write: (store: Store) => void): Promise<string> {
  using elsewhere = temporaryFolder();
  await made(elsewhere.path);
  const store = await openStore(elsewhere.path);
  write(store);
  for (const name of ["headend.db", "headend.db-wal"]) cpSync(join(elsewhere.path, name), join(folder, name));
  store.close();
  return join(folder, "headend.db");
}

/** What an operator is told instead of a store. */
async function faultOf(work: Promise<Store>): Promise<string> {
  const error = await work.then(
    (store) => store.close(),
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(Fault);
  return error.message;
}

function addMigration({ path }: { path: string }, sql: string): void {
  cpSync(migrationsFolder(), path, { recursive: true });
  const journalPath = join(path, "meta", "_journal.json");
  const journal = JSON.parse(readFileSync(journalPath, "utf8"));
  journal.entries.push({ idx: 99, version: "6", when: 9_999_999_999_998, tag: "0099_next", breakpoints: true });
  writeFileSync(journalPath, JSON.stringify(journal));
  writeFileSync(join(path, "0099_next.sql"), sql);
}

const tables = ({ db }: Store) =>
  (db.$client.query("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[]).map(
    ({ name }) => name,
  );

const countOf = ({ db }: Store) => (db.$client.query("SELECT count(*) AS n FROM progress").get() as { n: number }).n;

test("a database is made for its owner's eyes only, durable to the last commit", async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "deep", "data");
  const store = await openStore(data);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  for (const file of ["headend.db", "headend.db-wal", "headend.db-shm"]) {
    expect([file, statSync(join(data, file)).mode & 0o777]).toEqual([file, 0o600]);
  }
  const pragma = (name: string) => Object.values(store.db.$client.query(`PRAGMA ${name}`).get() as object)[0];
  expect(pragma("journal_mode")).toBe("wal");
  // FULL: what is acknowledged survives a power cut. 0.1 s: as long as a foreign lock may freeze every API.
  expect([pragma("synchronous"), pragma("foreign_keys"), pragma("busy_timeout")]).toEqual([2, 1, 100]);
  store.close();
});

test("the log that grew while somebody read for long shrinks again once that is over", async () => {
  using folder = temporaryFolder();
  const path = await made(folder.path);
  const store = await openStore(folder.path);
  const write = (rows: number) => {
    const insert = store.db.$client.query("INSERT INTO progress VALUES ('u', 'tv', ?, 1, 0.5, 1)");
    store.db.$client.transaction(() => {
      for (let row = 0; row < rows; row++) insert.run(crypto.randomUUID().repeat(10));
    })();
  };
  const reader = new Database(path);
  reader.run("BEGIN");
  reader.query("SELECT count(*) FROM progress").get();
  write(20_000);
  const logBytes = () => statSync(`${path}-wal`).size;
  expect(logBytes()).toBeGreaterThan(8 << 20);
  reader.run("COMMIT");
  for (let times = 0; times < 3; times++) write(1);
  expect(logBytes()).toBeLessThanOrEqual(4 << 20);
  reader.close();
  store.close();
});

test("a store that is closed leaves one file with everything in it, and opens again as it was", async () => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const path = await made(folder.path);
  expect(
    readdirSync(folder.path).filter((name) => name.endsWith("-wal") && statSync(join(folder.path, name)).size > 0),
  ).toEqual([]);
  cpSync(path, join(copy.path, "headend.db"));
  const store = await openStore(copy.path);
  expect(countOf(store)).toBe(300);
  store.close();
});

test("what a killed server had committed is there when the next one opens", async () => {
  using folder = temporaryFolder();
  await killed(folder.path, (store) =>
    store.db.$client.run("INSERT INTO progress VALUES ('u', 'tv', 'last', 1, 1, 1)"),
  );
  const store = await openStore(folder.path);
  expect(countOf(store)).toBe(301);
  store.close();
});

test("only what another process has written changes the data version", async () => {
  using folder = temporaryFolder();
  const store = await openStore(folder.path);
  const before = store.dataVersion();
  store.db.$client.run("INSERT INTO progress VALUES ('u', 'tv', 'mine', 1, 1, 1)");
  expect(store.dataVersion()).toBe(before);
  const command = await openStore(folder.path);
  expect(store.dataVersion()).toBe(before);
  command.db.$client.run("INSERT INTO progress VALUES ('u', 'tv', 'theirs', 1, 1, 1)");
  expect(store.dataVersion()).not.toBe(before);
  command.close();
  store.close();
});

const LATER = "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)";

test("a database of a newer version is refused and left as it is", async () => {
  using folder = temporaryFolder();
  const db = new Database(await made(folder.path));
  db.run(LATER);
  db.close();
  const before = contents(folder.path);
  expect(await faultOf(openStore(folder.path))).toContain("written by a newer version of Headend");
  expect(contents(folder.path)).toEqual(before);
});

test("a database of a newer version that was killed is refused and left as it is, its log included", async () => {
  using folder = temporaryFolder();
  await killed(folder.path, (store) => store.db.$client.run(LATER));
  const before = contents(folder.path);
  expect(Object.keys(before)).toEqual(["headend.db", "headend.db-wal"]);
  expect(await faultOf(openStore(folder.path))).toContain("written by a newer version of Headend");
  expect(contents(folder.path)).toEqual(before);
});

test.each<[string, (sound: Buffer) => Buffer]>([
  ["text", () => Buffer.from("not a database ".repeat(1_000))],
  ["a few bytes", () => Buffer.from("abc")],
  ["random bytes", (sound) => Buffer.from(crypto.getRandomValues(new Uint8Array(sound.length)))],
  ["its first half", (sound) => sound.subarray(0, sound.length / 2)],
  ["pages that are overwritten", (sound) => Buffer.from(sound).fill(0xff, 4_096, 12_288)],
  ["a page of rows that is overwritten", (sound) => Buffer.from(sound).fill(0xff, sound.length - 8_192)],
  ["a first page of zeros", (sound) => Buffer.from(sound).fill(0, 0, 4_096)],
  [
    "two pages in each other's place",
    (sound) =>
      Buffer.concat([
        ...[0, 2, 1].map((page) => sound.subarray(page * 4_096, (page + 1) * 4_096)),
        sound.subarray(3 * 4_096),
      ]),
  ],
])("a file that holds %s is refused as damaged and left as it is", async (_what, damage) => {
  using folder = temporaryFolder();
  const path = await made(folder.path);
  for (const name of ["-wal", "-shm"]) rmSync(path + name, { force: true });
  writeFileSync(path, damage(readFileSync(path)));
  const before = contents(folder.path);
  expect(await faultOf(openStore(folder.path))).toContain("is damaged and is left as it is");
  expect(contents(folder.path)).toMatchObject(before);
});

test("a damaged database of a server that was killed is refused and left as it is, its log included", async () => {
  using folder = temporaryFolder();
  const path = await killed(folder.path, (store) =>
    store.db.$client.run("INSERT INTO progress VALUES ('u', 'tv', 'last', 1, 1, 1)"),
  );
  writeFileSync(path, Buffer.from(readFileSync(path)).fill(0xff, 4_096, 12_288));
  const before = contents(folder.path);
  expect(await faultOf(openStore(folder.path))).toContain("is damaged and is left as it is");
  expect(contents(folder.path)).toEqual(before);
});

test("bytes flipped at random are either harmless or told in one line, and the file is left as it is then", async () => {
  using folder = temporaryFolder();
  const path = await made(folder.path);
  const sound = readFileSync(path);
  let told = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 20,
        size: "max",
      }),
      async (isAtStart, flips) => {
        const damaged = Buffer.from(sound);
        // The header and the schema are the most interesting bytes.
        for (const [at, bits] of flips) {
          const place = isAtStart ? at % 200 : at;
          damaged.writeUInt8(damaged.readUInt8(place) ^ bits, place);
        }
        for (const name of ["-wal", "-shm", "-journal"]) rmSync(path + name, { force: true });
        writeFileSync(path, damaged);
        const outcome = await openStore(folder.path).then(
          (store) => store.close(),
          (error) => error,
        );
        if (outcome === undefined) return;
        told++;
        expect(outcome).toBeInstanceOf(Fault);
        expect(outcome.message).not.toContain("\n");
        expect(Buffer.compare(readFileSync(path), damaged)).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
  expect(told).toBeGreaterThan(20);
});

test("a migration that fails says so and leaves the old database usable, as it was", async () => {
  using folder = temporaryFolder();
  using migrations = temporaryFolder();
  await made(folder.path);
  addMigration(
    migrations,
    [
      "CREATE TABLE half (x);",
      "DELETE FROM progress;",
      "ALTER TABLE progress DROP COLUMN time;",
      "INSERT INTO nowhere\nVALUES (1);",
    ].join("\n--> statement-breakpoint\n"),
  );
  const told = await faultOf(openStore(folder.path, migrations.path));
  expect(told).toContain("cannot be opened or brought up to date: ");
  expect(told).toContain("no such table: nowhere");
  expect(told).not.toContain("\n");
  const store = await openStore(folder.path);
  expect(tables(store)).not.toContain("half");
  expect(countOf(store)).toBe(300);
  expect(store.db.$client.query("SELECT DISTINCT time FROM progress").all()).toEqual([{ time: 1 }]);
  store.close();
});

test("a later migration is applied once, and what was stored stays", async () => {
  using folder = temporaryFolder();
  using migrations = temporaryFolder();
  await made(folder.path);
  addMigration(migrations, "CREATE TABLE more (x);\n--> statement-breakpoint\nINSERT INTO more VALUES (1);");
  for (let times = 0; times < 2; times++) {
    const store = await openStore(folder.path, migrations.path);
    expect(store.db.$client.query("SELECT x FROM more").all()).toEqual([{ x: 1 }]);
    expect(countOf(store)).toBe(300);
    store.close();
  }
  // The version that does not know it stays away from now on.
  expect(await faultOf(openStore(folder.path))).toContain("newer version");
});

test("a database that another process is making is waited for", async () => {
  using folder = temporaryFolder();
  const foreign = new Database(join(folder.path, "headend.db"));
  foreign.run("BEGIN EXCLUSIVE");
  let isOpen = false;
  const waiting = openStore(folder.path).then((store) => {
    isOpen = true;
    return store;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOpen).toBe(false);
  foreign.run("CREATE TABLE theirs (x)");
  foreign.run("COMMIT");
  foreign.close();
  const store = await waiting;
  expect(tables(store)).toContain("theirs");
  expect(tables(store)).toContain("accounts");
  store.close();
});

test("a database that another process does not let go of is told as held, in a few seconds", async () => {
  using folder = temporaryFolder();
  const foreign = new Database(join(folder.path, "headend.db"));
  foreign.run("BEGIN EXCLUSIVE");
  const begun = performance.now();
  const message = await faultOf(openStore(folder.path));
  foreign.close();
  expect(message).toContain("headend.db is held by another process");
  expect(performance.now() - begun).toBeLessThan(9_000);
}, 15_000);

test("two processes may open one database at once, a writer that waits included", async () => {
  using folder = temporaryFolder();
  await made(folder.path);
  const foreign = new Database(join(folder.path, "headend.db"));
  foreign.run("BEGIN IMMEDIATE");
  const [first, second] = await Promise.all([openStore(folder.path), openStore(folder.path)]);
  expect([countOf(first), countOf(second)]).toEqual([300, 300]);
  for (const each of [foreign, first, second]) each.close();
});

test.each<[string, (folder: string) => string]>([
  [
    "a file in the folder's place",
    (folder) => {
      writeFileSync(join(folder, "data"), "");
      return join(folder, "data");
    },
  ],
  [
    "a folder in the database's place",
    (folder) => {
      mkdirSync(join(folder, "headend.db"));
      return folder;
    },
  ],
  ["a folder in which nothing can be made", () => "/proc/self"],
])("%s is told in one line", async (_what, prepare) => {
  using folder = temporaryFolder();
  const data = prepare(folder.path);
  const message = await faultOf(openStore(data));
  expect(message).toContain(data);
  expect(message).not.toContain("\n");
});
