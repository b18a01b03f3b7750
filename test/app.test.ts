import { Database } from "bun:sqlite";
import { expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { Accounts } from "../src/domain/accounts/accounts";
import { Limits } from "../src/domain/limits";
import { Fault } from "../src/runtime/fault";
import { openStore } from "../src/store/database";
import { FakeClock } from "./clock";
import { startTestApp, type TestApp, temporaryFolder, token } from "./harness";

const MOVIE = { type: "movie", movieId: "m", time: 60, progress: 0.5 };

/** What a command does in a process of its own, beside the running server. */
async function command(app: TestApp, work: (accounts: Accounts) => Promise<void>): Promise<void> {
  const { clock, log } = app.app.house;
  const store = await openStore(app.folder);
  await work(new Accounts(store, clock, new Limits(clock), log));
  store.close();
}

async function watching(app: TestApp, userId: string) {
  const client = await app.connect("playback");
  await client.ask("authenticate", { token: await token(userId) });
  expect(await client.ask("playing", MOVIE)).toEqual({ success: true });
  return client;
}

test("a user whom a command has disabled is out within two seconds, and nobody else is", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const [ann, bob] = [await watching(app, "ann"), await watching(app, "bob")];
  await command(app, (accounts) => accounts.setEnabled("ann", false));
  const cut = ann.disconnected();
  await clock.advance(2_000);
  expect(await cut).toBe("io server disconnect");
  expect(await bob.ask("playing", MOVIE)).toEqual({ success: true });
  expect((await app.call("playback", "/progress", { token: await token("ann") })).status).toBe(401);
});

test("a user whom a command has deleted leaves nothing behind, not even what was still in memory", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const { progress } = app.app.house;
  const ann = await watching(app, "ann");
  progress.flush();
  await ann.ask("playing", { ...MOVIE, movieId: "n" });
  await command(app, (accounts) => accounts.remove("ann"));
  const cut = ann.disconnected();
  await clock.advance(2_000);
  expect(await cut).toBe("io server disconnect");
  await clock.advance(20_000);
  expect(await progress.recent("ann", 10)).toEqual([]);
  expect(progress.buffer.size).toBe(0);
});

test("what goes wrong with one user's change does not keep the next one's from being heard", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const [ann, bob] = [await watching(app, "ann"), await watching(app, "bob")];
  const foreign = new Database(join(app.folder, "headend.db"));
  foreign.run("CREATE TRIGGER stuck BEFORE DELETE ON progress BEGIN SELECT RAISE(ABORT, 'no'); END");
  foreign.close();
  app.app.house.progress.flush();
  const cut = [ann, bob].map((client) => new Promise((resolve) => client.socket.once("disconnect", resolve)));
  await command(app, async (accounts) => {
    await accounts.remove("ann");
    await accounts.setEnabled("bob", false);
  });
  await clock.advance(5_000);
  expect(await cut[0]).toBe("io server disconnect");
  expect(await Promise.race([cut[1], bob.ask("playing", MOVIE)])).toBe("io server disconnect");
});

test("what a command has changed is not forgotten when the database is locked at the moment the server looks", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const ann = await watching(app, "ann");
  app.app.house.progress.flush();
  await command(app, (accounts) => accounts.setEnabled("ann", false));
  const ended = new Promise((resolve) => ann.socket.once("disconnect", resolve));
  // A backup, say, that only holds the lock and writes nothing.
  const foreign = new Database(join(app.folder, "headend.db"));
  foreign.run("BEGIN IMMEDIATE");
  await clock.advance(1_500);
  foreign.run("ROLLBACK");
  foreign.close();
  await clock.advance(2_000);
  const { status } = await app.call("playback", "/progress", { token: await token("ann") });
  expect(status).toBe(401);
  expect(await Promise.race([ended, ann.ask("playing", MOVIE)])).toBe("io server disconnect");
});

test("what is older than the retention goes soon after the start and then every hour, table by table, whatever fails", async () => {
  const DAY_MS = 86_400_000;
  const clock = new FakeClock();
  await using app = await startTestApp({ clock, env: { HEADEND_RETENTION_DAYS: "30" } });
  const { chat, moderation, notifications, progress, tokens, store } = app.app.house;
  const prune = spyOn(progress, "prune");
  const fill = async () => {
    chat.post("room", { userId: "ann", username: "Ann" }, "Hi");
    chat.flush();
    await moderation.restrict("room", "ban", "bob", 1, { moderatorId: "ann", reason: "r" });
    const { id } = await notifications.post("studio", { userId: "ann", type: "t", title: "T", message: "M" });
    await notifications.mark("studio", "ann", id, true);
    await notifications.post("studio", { userId: "ann", type: "unread", title: "T", message: "M" });
    const exp = Math.floor(clock.now() / 1000) + 60;
    await tokens.revoke(await tokens.verify(await token("ann", { exp, jti: crypto.randomUUID() })));
    await tokens.revoke(await tokens.verify(await token("ann", { jti: crypto.randomUUID() })));
  };
  const counts = () => {
    const count = (table: string) =>
      (store.db.$client.query(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
    return Object.fromEntries(
      ["chat_messages", "moderation_log", "restrictions", "notifications", "revocations"].map((each) => [
        each,
        count(each),
      ]),
    );
  };
  await fill();
  clock.jump(30 * DAY_MS - 100_000);
  store.db.$client.run("CREATE TRIGGER stuck BEFORE DELETE ON chat_messages BEGIN SELECT RAISE(ABORT, 'no'); END");
  await clock.advance(120_000);
  expect(counts()).toEqual({ chat_messages: 1, moderation_log: 0, restrictions: 0, notifications: 1, revocations: 1 });
  expect(app.log).toContainEqual(expect.objectContaining({ level: "warn", msg: "old records stay for now" }));
  expect(prune).toHaveBeenCalledTimes(1);
  store.db.$client.run("DROP TRIGGER stuck");
  await clock.advance(3_470_000);
  await fill();
  await clock.advance(10_000);
  // What is new stays, as does what was never read, and a revocation until its token expires.
  expect(counts()).toEqual({ chat_messages: 1, moderation_log: 1, restrictions: 0, notifications: 3, revocations: 3 });
});

test("the first admin is made once; an account that somebody else may have made does not become one", async () => {
  using folder = temporaryFolder();
  const admin = { HEADEND_ADMIN_EMAIL: "boss@example.com", HEADEND_ADMIN_PASSWORD: "correct horse" };
  const env = { HEADEND_DATA: folder.path, ...admin };
  {
    await using app = await startTestApp({ env: { HEADEND_DATA: folder.path } });
    await app.app.house.accounts.add({ id: "boss", email: "boss@example.com", password: "another password" });
  }
  const error = await startTestApp({ env }).catch((caught) => caught);
  expect(error).toBeInstanceOf(Fault);
  expect(error.message).toStartWith("HEADEND_ADMIN_EMAIL=boss@example.com: ");
  const other = { ...env, HEADEND_ADMIN_EMAIL: "chief@example.com" };
  for (const round of ["first start", "restart"]) {
    await using app = await startTestApp({ env: other });
    const accounts = (await app.app.house.accounts.list()).map(({ email, roles }) => [email, roles]);
    expect([round, accounts.sort()]).toEqual([
      round,
      [
        ["boss@example.com", []],
        ["chief@example.com", ["admin"]],
      ],
    ]);
  }
});
