import { expect, test } from "bun:test";
import { Newcomers } from "../../src/domain/accounts/newcomers";
import { pass } from "../../src/runtime/clock";
import { startTestApp, token } from "../harness";

interface Person {
  readonly userId: string;
}

/** A table that knows no more than ids, and refuses what it is told to. */
function start({ refuses = () => false }: { refuses?: (id: string) => boolean | string } = {}) {
  const stored = new Map<string, string>();
  const transactions: string[][] = [];
  const tries: string[] = [];
  const newcomers = new Newcomers<string, Person>({
    find: (id) => stored.get(id),
    insert({ userId }) {
      tries.push(userId);
      const code = refuses(userId);
      if (code) throw Object.assign(new Error(`no ${userId}`), { code });
      transactions.at(-1)?.push(userId);
      stored.set(userId, `row of ${userId}`);
    },
    inTransaction(work) {
      const before = new Map(stored);
      transactions.push([]);
      try {
        work();
      } catch (error) {
        transactions.pop();
        stored.clear();
        for (const [id, row] of before) stored.set(id, row);
        throw error;
      }
    },
  });
  const admit = (...ids: string[]) => Promise.allSettled(ids.map((userId) => newcomers.admit({ userId })));
  return { stored, transactions, tries, newcomers, admit };
}

test("those who come at once are stored in one transaction, and nobody is let in before it", async () => {
  const { stored, transactions, newcomers, admit } = start();
  const order: string[] = [];
  const all = ["a", "b", "c"].map((userId) => newcomers.admit({ userId }).then(() => order.push(`${userId} in`)));
  await Promise.resolve();
  expect([...stored.keys()]).toEqual([]);
  await Promise.all(all);
  expect(order).toEqual(["a in", "b in", "c in"]);
  await admit("d");
  expect(transactions).toEqual([["a", "b", "c"], ["d"]]);
});

test("one who comes twice at once is made known once, and whoever is known by then is told of", async () => {
  const { stored, transactions, admit } = start();
  expect(await admit("a", "a")).toEqual([
    { status: "fulfilled", value: undefined },
    { status: "fulfilled", value: undefined },
  ]);
  stored.set("b", "another way");
  expect(await admit("b", "c")).toEqual([
    { status: "fulfilled", value: "another way" },
    { status: "fulfilled", value: undefined },
  ]);
  expect(transactions).toEqual([["a"], ["c"]]);
});

test("one who cannot be stored costs the others nothing", async () => {
  const { stored, admit } = start({ refuses: (id) => id === "b" });
  const outcomes = await admit("a", "b", "c");
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: new Error("no b") });
  expect([...stored.keys()]).toEqual(["a", "c"]);
});

test("while nothing can be stored everybody hears so, and who comes afterwards is stored", async () => {
  let isFull = true;
  const { stored, tries, admit } = start({ refuses: () => isFull && "SQLITE_BUSY" });
  expect((await admit("a", "b")).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  // Not once for each of them: a locked database takes its time to say so.
  expect(tries).toEqual(["a"]);
  isFull = false;
  await pass();
  await admit("a");
  expect([...stored.keys()]).toEqual(["a"]);
});

test("two hundred strangers who sign in at once are all known, each with what their tokens say", async () => {
  await using app = await startTestApp({ env: { HEADEND_APIS: "playback" } });
  const { accounts, tokens } = app.app.house;
  const names = Array.from({ length: 200 }, (_, n) => `stranger-${n}`);
  const claims = (name: string) => ({ username: `${name}!`, email: "same@example.com", roles: ["Viewer"] });
  const all = await Promise.all(names.map(async (name) => tokens.verify(await token(name, claims(name)))));
  expect(all.map(({ userId, roles }) => [userId, roles])).toEqual(names.map((name) => [name, ["viewer"]]));
  const known = await accounts.list();
  expect(known.map(({ id, name, roles }) => [id, name, roles]).sort()).toEqual(
    names.map((name) => [name, `${name}!`, ["viewer"]]).sort(),
  );
  // An address belongs to one of them only, whoever was first.
  expect(names).toContain((await accounts.find("same@example.com"))?.id ?? "nobody");
});
