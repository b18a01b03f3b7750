import { expect, test } from "bun:test";
import { lt } from "drizzle-orm";
import { chatMessages } from "../../src/domain/chat/tables";
import { openStore } from "../../src/store/database";
import { pruneRows } from "../../src/store/prune";
import { temporaryFolder } from "../harness";

test("rows go a few at a time, all that are meant and no others, and others get their turn in between", async () => {
  using folder = temporaryFolder();
  const store = await openStore(folder.path);
  const rows = Array.from({ length: 1_700 }, (_, at) => ({
    id: `m${at}`,
    room: "room",
    userId: "ann",
    username: "Ann",
    text: "Hi",
    createdAt: at,
  }));
  store.db.transaction((tx) => {
    for (const row of rows) tx.insert(chatMessages).values(row).run();
  });
  const left = () => (store.db.$client.query("SELECT count(*) AS n FROM chat_messages").get() as { n: number }).n;
  const seen: number[] = [];
  const watch = setInterval(() => seen.push(left()), 1);
  const pruning = pruneRows(store, chatMessages, lt(chatMessages.createdAt, 1_600));
  expect(left()).toBe(1_200);
  expect(await pruning).toBe(1_600);
  clearInterval(watch);
  expect(seen).toEqual(expect.arrayContaining([1_200, 700]));
  expect(store.db.$client.query("SELECT min(created_at) AS first, count(*) AS n FROM chat_messages").get()).toEqual({
    first: 1_600,
    n: 100,
  });
  expect(await pruneRows(store, chatMessages, lt(chatMessages.createdAt, 1_600))).toBe(0);
  store.close();
});
