import { expect, test } from "bun:test";
import fc from "fast-check";
import { Window } from "../../../src/apis/live/window";
import type { Client } from "../../client";
import { temporaryFolder } from "../../harness";
import { APP, LiveApp, STREAM } from "./fixture";

const counts = async (client: Client) =>
  (await client.rest())
    .filter(({ event }) => event === "viewer.count.update")
    .map(({ payload }) => (payload as { count: number }).count);

test("viewers are distinct users, chatting or not; who comes hears the count, the others who came", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann", { username: "Ann" });
  const phone = await live.user("ann");
  expect(await phone.ask("stream:subscribe", { stream_id: STREAM })).toEqual({ success: true });
  expect(await phone.next("stream:subscribed")).toEqual({
    stream_id: STREAM,
    status: "offline",
    title: STREAM,
    started_at: null,
  });
  expect(await phone.next("viewer.count.update")).toMatchObject({ count: 1 });
  const bob = await live.user("bob", { username: "Bob" });
  await bob.ask("stream:subscribe", { stream_id: STREAM });
  await bob.next("stream:subscribed");
  expect(await bob.next("viewer.count.update")).toMatchObject({ count: 2 });
  expect(await bob.rest()).toEqual([]);
  for (const client of [ann, phone]) {
    expect(await client.rest()).toEqual([
      { event: "viewer.joined", payload: { stream_id: STREAM, user_id: "bob", username: "Bob", count: 2 } },
    ]);
  }
});

test("counts come at once after a pause, then at most once in the period, and the last one is never dropped", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  for (const name of ["b", "c", "d"]) await live.chatter(name);
  expect(await counts(ann)).toEqual([]);
  await live.clock.advance(1_000);
  expect(await counts(ann)).toEqual([4]);
  await live.clock.advance(5_000);
  expect(await counts(ann)).toEqual([4]);
  await live.chatter("e");
  expect(await counts(ann)).toEqual([4, 5]);
});

test("however the changes fall, two counts are a whole period apart", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  await live.clock.advance(1_900);
  // At once, since the last one is long ago; the next change waits from here, not for the turn of the second.
  await live.chatter("b");
  expect(await counts(ann)).toEqual([2]);
  await live.clock.advance(50);
  await live.chatter("c");
  await live.clock.advance(900);
  expect(await counts(ann)).toEqual([2]);
  await live.clock.advance(100);
  expect(await counts(ann)).toEqual([2, 3]);
});

test("who comes back within 5 s has not left; after that the others hear of it", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  const bob = await live.chatter("bob", { username: "Bob" });
  await live.leave(bob);
  await live.clock.advance(4_500);
  const back = await live.chatter("bob", { username: "Bob" });
  await live.clock.advance(10_000);
  expect((await ann.rest()).map(({ event }) => event)).toEqual(["viewer.joined", "viewer.count.update"]);
  await live.leave(back);
  await live.clock.advance(4_900);
  expect(await live.viewers(STREAM)).toBe(2);
  await live.clock.advance(400);
  expect(await live.viewers(STREAM)).toBe(1);
  expect(
    (await ann.rest()).slice(2).map(({ event, payload }) => [event, (payload as { count: number }).count]),
  ).toEqual([
    ["viewer.count.update", 1],
    ["viewer.left", 1],
  ]);
});

test("comings and goings are told while there are at most 100 viewers", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  for (let n = 2; n <= 101; n++) await live.chatter(`u${n}`);
  const joined = (await ann.rest()).filter(({ event }) => event === "viewer.joined");
  expect(joined).toHaveLength(99);
  expect(joined.at(-1)?.payload).toMatchObject({ count: 100 });
}, 20_000);

test("a socket follows 100 streams, not more", async () => {
  await using live = await LiveApp.start();
  const ann = await live.user("ann");
  for (let n = 0; n < 100; n++) {
    expect(await ann.ask("stream:subscribe", { stream_id: `s${n}` })).toEqual({ success: true });
    await live.clock.advance(50);
  }
  expect(await ann.ask("stream:subscribe", { stream_id: "one more" })).toMatchObject({
    success: false,
    code: "conflict",
  });
});

test("a window of 60 seconds counts what a list of moments would", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }), (gaps) => {
      const window = new Window();
      const seconds: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        window.add(now);
        seconds.push(Math.floor(now / 1000));
        const wanted = seconds.filter((second) => second > Math.floor(now / 1000) - 60).length;
        expect(window.total(now)).toBe(wanted);
      }
      expect(window.total(now + 60_000)).toBe(0);
    }),
  );
});

test("analytics are counted: viewers, peak, a minute's messages and reactions, average watch time", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_DATA: folder.path };
  {
    await using live = await LiveApp.start(env);
    await live.rest("/v1/streams", { app_id: APP, stream_id: STREAM, title: "T" });
    const ann = await live.chatter("ann");
    const bob = await live.chatter("bob");
    await live.rest(`/v1/streams/${STREAM}/live`, { app_id: APP });
    await ann.ask("analytics:subscribe", { stream_id: STREAM });
    const figures = {
      stream_id: STREAM,
      viewers: 2,
      peak_viewers: 2,
      messages_per_minute: 0,
      reactions_per_minute: 0,
      average_watch_time: 0,
    };
    expect(await ann.next("analytics:update")).toEqual(figures);
    for (let n = 0; n < 3; n++) await live.say(bob, "x");
    for (let n = 0; n < 4; n++) await bob.ask("reaction:send", { stream_id: STREAM, emoji: "x" });
    await live.leave(bob);
    // Three times 50 ms have passed; with the grace and its sweep bob stays 5.25 s.
    await live.clock.advance(9_850);
    const updates = (await ann.rest())
      .filter(({ event }) => event === "analytics:update")
      .map(({ payload }) => payload);
    const busy = { ...figures, messages_per_minute: 3, reactions_per_minute: 4 };
    expect(updates).toEqual([
      { ...busy, average_watch_time: 5 },
      { ...busy, viewers: 1, average_watch_time: 8 },
    ]);
    await live.clock.advance(60_000);
    expect((await ann.rest()).at(-1)?.payload).toMatchObject({ messages_per_minute: 0, reactions_per_minute: 0 });
    const asked = (await ann.rest()).length;
    await live.leave(ann);
    await live.clock.advance(20_000);
    expect(asked).toBeGreaterThan(0);
    await live.rest(`/v1/streams/${STREAM}/offline`, { app_id: APP });
    await live.chatter("x");
    await live.chatter("y");
    await live.chatter("z");
  }
  await using again = await LiveApp.start(env);
  const { body } = await again.rest(`/v1/streams/${STREAM}?app_id=${APP}`);
  expect(body).toMatchObject({ status: "offline", peak_viewers: 2 });
});
