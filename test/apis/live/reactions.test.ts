import { expect, test } from "bun:test";
import type { Client } from "../../client";
import { LiveApp, STREAM } from "./fixture";

const react = (client: Client, more: object = {}) =>
  client.ask("reaction:send", { stream_id: STREAM, emoji: "👍", ...more });

test("whoever watches reacts at once, in the chat or not, and all who watch see where", async () => {
  await using live = await LiveApp.start();
  const chatter = await live.chatter("chatter");
  const viewer = await live.user("viewer");
  await viewer.ask("stream:subscribe", { stream_id: STREAM });
  const elsewhere = await live.user("elsewhere");
  await elsewhere.ask("stream:subscribe", { stream_id: "another" });
  expect(await react(viewer, { x: 0, y: 1, user_id: "viewer" })).toEqual({ success: true });
  const seen = {
    stream_id: STREAM,
    emoji: "👍",
    user_id: "viewer",
    x: 0,
    y: 1,
    timestamp: "2026-01-01T00:00:00.000Z",
  };
  for (const client of [chatter, viewer]) expect(await client.next("reaction.sent")).toEqual(seen);
  expect(await react(chatter)).toEqual({ success: true });
  const { x, y } = await viewer.next<{ x: number; y: number }>("reaction.sent");
  for (const at of [x, y]) expect(at >= 0 && at <= 1).toBe(true);
  expect((await elsewhere.rest()).filter(({ event }) => event === "reaction.sent")).toEqual([]);
  // Who watches no more, or only figures, does not react.
  await chatter.ask("chat:leave", { stream_id: STREAM });
  expect(await react(chatter)).toMatchObject({ success: false, code: "permission_denied" });
  await elsewhere.ask("analytics:subscribe", { stream_id: STREAM });
  const held = react(elsewhere);
  await elsewhere.ask("no such event");
  await live.clock.advance(2_250);
  expect(await held).toMatchObject({ success: false, code: "permission_denied" });
  expect((await viewer.rest()).filter(({ event }) => event === "reaction.sent")).toEqual([]);
});

test.each([
  ["1 byte", "x", true],
  ["28 bytes of one flag", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", true],
  ["32 bytes", "👍".repeat(8), true],
  ["33 bytes", `${"👍".repeat(8)}x`, false],
  ["nothing", "", false],
  ["only space", " \n", false],
  ["no text", 7, false],
])("an emoji of %s", async (_, emoji, isTaken) => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  expect(await react(ann, { emoji })).toMatchObject(
    isTaken ? { success: true } : { success: false, code: "invalid_request", field: "emoji" },
  );
});

test("10 reactions a second and 300 a minute, over all of a user's sockets", async () => {
  await using live = await LiveApp.start();
  const [one, two] = [await live.chatter("ann"), await live.chatter("ann")];
  for (let n = 0; n < 10; n++) expect(await react(n % 2 === 0 ? one : two)).toEqual({ success: true });
  expect(await react(two)).toMatchObject({ type: "rate_limit_exceeded", retry_after: 0.1 });
  let sent = 10;
  // As fast as 10 a second allows: the minute's bucket gives 300 and 5 more a second.
  for (let tenth = 0; tenth < 700; tenth++) {
    await live.clock.advance(100);
    if ((await react(one)).success === true) sent++;
  }
  expect(sent).toBe(300 + 350);
}, 20_000);
