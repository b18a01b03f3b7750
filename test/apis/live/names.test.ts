import { expect, test } from "bun:test";
import { LiveApp, STREAM } from "./fixture";

test.each([
  ["Straße", "STRASSE"],
  ["ΟΔΟΣ", "οδοσ"],
  ["Ｓａｍ", "sam"],
  ["Sam", "S\u200bam"],
  ["é", "E\u0301"],
])("%s is taken, so %s is too", async (one, other) => {
  await using live = await LiveApp.start();
  await live.chatter("ann", { username: one });
  const bob = await live.user("bob");
  expect(await bob.ask("chat:join", { stream_id: STREAM, username: other })).toMatchObject({
    success: false,
    code: "conflict",
    field: "username",
  });
});

test("who came by a name keeps it, although somebody else brings the same one in a token", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann", { username: "Sam" });
  const bob = await live.chatter("bob", { username: "sam" });
  // The document's client sends its name with everything.
  for (const [client, username] of [
    [ann, "Sam"],
    [bob, "SAM"],
  ] as const) {
    expect(await live.say(client, "Hello", { username })).toMatchObject({ success: true });
    expect(await client.ask("chat:typing", { stream_id: STREAM, username })).toEqual({ success: true });
    expect(await client.ask("chat:join", { stream_id: STREAM, username })).toEqual({ success: true });
  }
  // But whoever gives it up has lost it.
  expect(await live.say(ann, "Hello", { username: "Ann" })).toMatchObject({ success: true });
  expect(await ann.ask("chat:typing", { stream_id: STREAM, username: "Sam" })).toMatchObject({ code: "conflict" });
});

test("who goes is told under the name that was last heard", async () => {
  await using live = await LiveApp.start();
  const ann = await live.chatter("ann");
  const bob = await live.user("bob", { username: "Robert" });
  await bob.ask("stream:subscribe", { stream_id: STREAM });
  expect(await ann.next("viewer.joined")).toMatchObject({ user_id: "bob", username: "Robert" });
  await bob.ask("chat:join", { stream_id: STREAM, username: "Bob" });
  await live.say(bob, "Bye", { username: "Bobby" });
  await live.leave(bob);
  await live.clock.advance(5_250);
  expect(await ann.next("viewer.left")).toEqual({ stream_id: STREAM, user_id: "bob", username: "Bobby", count: 1 });
});
