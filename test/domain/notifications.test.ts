import { expect, test } from "bun:test";
import { Notifications } from "../../src/domain/notifications/notifications";
import { openStore } from "../../src/store/database";
import { FakeClock } from "../clock";
import { temporaryFolder } from "../harness";

async function open() {
  const folder = temporaryFolder();
  const store = await openStore(folder.path);
  const clock = new FakeClock();
  return {
    clock,
    notifications: new Notifications(store, clock),
    /** What another start on the same folder would see. */
    reopened: () => new Notifications(store, clock),
    [Symbol.dispose]() {
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

const NEWS = { userId: "u1", type: "ready", title: "Ready", message: "It is there" };

test("they are listed newest first, to their own user and in their own inbox only", async () => {
  using given = await open();
  const { notifications, clock } = given;
  const first = await notifications.post("a", NEWS);
  // A clock that goes back does not change the order.
  clock.jump(-60_000);
  const second = await notifications.post("a", { ...NEWS, data: { requestId: "r1", actions: [{ id: 1 }] } });
  await notifications.post("b", NEWS);
  await notifications.post("a", { ...NEWS, userId: "u2" });

  expect(await given.reopened().list("a", "u1", { limit: 10 })).toEqual([second, first]);
  expect(await notifications.list("a", "u1", { limit: 1 })).toEqual([second]);
  expect(second).toMatchObject({ ...NEWS, data: { requestId: "r1", actions: [{ id: 1 }] }, readAt: null });
  expect(first.data).toBeNull();
});

test("only its own user marks one as read, and the first reading counts", async () => {
  using given = await open();
  const { notifications, clock } = given;
  const { id } = await notifications.post("a", NEWS);
  expect(await notifications.mark("a", "u2", id, true)).toBeUndefined();
  expect(await notifications.mark("b", "u1", id, true)).toBeUndefined();
  expect(await notifications.list("a", "u1", { isUnread: true, limit: 10 })).toHaveLength(1);

  const readAt = clock.now();
  expect(await notifications.mark("a", "u1", id, true)).toMatchObject({ id, readAt });
  await clock.advance(1_000);
  expect(await notifications.mark("a", "u1", id, true)).toMatchObject({ readAt });
  expect(await notifications.list("a", "u1", { isUnread: true, limit: 10 })).toEqual([]);
  expect(await notifications.mark("a", "u1", id, false)).toMatchObject({ readAt: null });
  expect(await notifications.list("a", "u1", { isUnread: true, limit: 10 })).toHaveLength(1);
});

test("who comes back is shown the newest fifty unread ones, in the order they came", async () => {
  using given = await open();
  const { notifications } = given;
  const all = [];
  for (let n = 0; n < 53; n++) all.push(await notifications.post("a", { ...NEWS, title: `${n}` }));
  await notifications.mark("a", "u1", all[50]?.id ?? "", true);
  const titles = (await notifications.unread("a", "u1")).map(({ title }) => Number(title));
  expect(titles).toEqual([...Array(48).keys()].map((n) => n + 2).concat(51, 52));
});

test("what was read long ago is removed; what is unread stays", async () => {
  using given = await open();
  const { notifications, clock } = given;
  const read = await notifications.post("a", NEWS);
  const unread = await notifications.post("a", NEWS);
  await notifications.mark("a", "u1", read.id, true);
  await notifications.prune(clock.now());
  expect(await notifications.list("a", "u1", { limit: 10 })).toHaveLength(2);
  await notifications.prune(clock.now() + 1);
  expect(await notifications.list("a", "u1", { limit: 10 })).toEqual([unread]);
  await notifications.forget("u1");
  expect(await notifications.list("a", "u1", { limit: 10 })).toEqual([]);
});
