import { expect, test } from "bun:test";
import fc from "fast-check";
import { NAMESPACES, refusal, StudioApp } from "./fixture";

const REFUSED = { success: false, error: expect.any(String), code: "permission_denied" };

test.each(NAMESPACES)("%s: joining and leaving answer by event and by acknowledgement", async (namespace) => {
  await using studio = await StudioApp.start();
  const client = await studio.user("u1", namespace);
  for (const [event, told] of [
    ["joinRoom", "roomJoined"],
    ["joinRoom", "roomJoined"],
    ["leaveRoom", "roomLeft"],
    // What one is not in is left all the same.
    ["leaveRoom", "roomLeft"],
  ] as const) {
    expect(await client.ask(event, " project-123 ")).toEqual({ success: true, room: "project-123" });
    expect(await client.rest()).toEqual([{ event: told, payload: { room: "project-123", success: true } }]);
    await client.next(told);
  }
  client.send("joinRoom", "project-123");
  expect(await client.rest()).toEqual([{ event: "roomJoined", payload: { room: "project-123", success: true } }]);
  expect(await client.ask("getConnectionInfo")).toMatchObject({ rooms: ["user:u1", "project-123"] });
});

test("names that are none are refused, with what is wrong", async () => {
  await using studio = await StudioApp.start();
  const client = await studio.user("u1");
  for (const name of ["", " ", "a b", "a/b", "ü", "x".repeat(129), "a\u0000b", "room\u202e", 5, null, [], {}, ["a"]]) {
    const answer = await client.ask("joinRoom", name);
    expect([name, answer]).toEqual([
      name,
      { success: false, error: expect.any(String), code: "invalid_request", field: "payload" },
    ]);
  }
  await studio.clock.advance(2_000);
  for (const name of ["x".repeat(128), "A-z_0:9.", "__proto__", "constructor"])
    expect(await client.ask("joinRoom", name)).toEqual({ success: true, room: name });
});

test("nobody gets into another user's room, a job's, a socket's, or one of the server's, by any name", async () => {
  await using studio = await StudioApp.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "1000" });
  const victim = await studio.user("u1");
  const mediaId = await studio.job("u1");
  const watching = await studio.follower("u1", mediaId);
  const spy = await studio.user("u2");
  const mediaSpy = await studio.user("u2", "/media");
  for (const client of [spy, mediaSpy]) {
    for (const name of ["user:u1", "user:", `media:${mediaId}`, "media:"]) {
      expect([name, await client.ask("joinRoom", name)]).toEqual([name, REFUSED]);
    }
  }
  // What looks like a name inside is a room like any other.
  const inner = [victim.id, watching.id, "User:u1", "user.u1", "roomuser:u1", `media.${mediaId}`, "u1", "room"];
  for (const name of inner) await spy.ask("joinRoom", name);
  for (const name of inner.slice(0, 4)) await mediaSpy.ask("joinRoom", name);
  expect(await spy.ask("joinRoom", "user:u2")).toEqual({ success: true, room: "user:u2" });
  expect(await spy.ask("leaveRoom", "user:u2")).toEqual(REFUSED);
  expect(await spy.ask("leaveRoom", "user:u1")).toEqual({ success: true, room: "user:u1" });
  await studio.asServer("/rooms/user:u1/emit", { event: "secret", payload: 1 });
  await studio.asServer("/media/claim", { worker: "w" });
  await studio.asServer(`/media/${mediaId}/progress`, { progress: 5, stage: "s" });
  for (const client of [spy, mediaSpy]) {
    const events = new Set((await client.rest()).map(({ event }) => event));
    expect([...events].filter((event) => !event.startsWith("room"))).toEqual([]);
  }
  expect(await victim.rest()).toEqual([{ event: "secret", payload: 1 }]);
  expect((await watching.rest()).map(({ event }) => event)).toEqual(["secret", "mediaProgress"]);
});

test("whatever a room is called, only what is sent to that very name is heard in it", async () => {
  await using studio = await StudioApp.start({ HEADEND_MAX_CONNECTIONS_PER_USER: "1000" });
  const client = await studio.user("u1");
  const letters = fc.constantFrom(..."aAuser:media-_.1 ".split(""));
  const name = fc.string({ unit: letters, minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(name, name, async (joined, sent) => {
      const answer = await client.ask<{ success: boolean; room?: string }>("joinRoom", joined);
      const { status, body } = await studio.asServer(`/rooms/${encodeURIComponent(sent)}/emit`, {
        event: "e",
        payload: sent,
      });
      const heard = (await client.rest()).filter(({ event }) => event === "e");
      while (client.heard.length > 0) await client.next(client.heard[0]?.event ?? "");
      const isSame =
        status === 200 && (body.data.room === "user:u1" || (answer.success && body.data.room === answer.room));
      expect([joined, sent, heard.length]).toEqual([joined, sent, isSame ? 1 : 0]);
      if (answer.room !== undefined) await client.ask("leaveRoom", answer.room);
      while (client.heard.length > 0) await client.next(client.heard[0]?.event ?? "");
      await studio.clock.advance(500);
    }),
    { numRuns: 60 },
  );
});

test("a declared room admits members only; who is removed is taken out of it, with every socket, and hears so", async () => {
  await using studio = await StudioApp.start();
  const room = "project-123";
  const early = await studio.user("stranger");
  await early.ask("joinRoom", room);
  await early.next("roomJoined");
  const declare = (members: unknown) => studio.asServer(`/rooms/${room}`, { members }, "PUT");
  const { status, body } = await declare(["ann", "bob", "ann", 7]);
  expect([status, body]).toEqual([201, { success: true, data: { id: room, room, members: ["ann", "bob", "7"] } }]);
  expect(await early.rest()).toEqual([{ event: "roomLeft", payload: { room, success: true } }]);
  expect(await early.ask("joinRoom", room)).toEqual(REFUSED);
  expect(await (await studio.user("boss", "/", { role: "admin" })).ask("joinRoom", room)).toEqual(REFUSED);
  const sockets = await Promise.all(NAMESPACES.map((namespace) => studio.user("ann", namespace)));
  const bob = await studio.user("bob");
  const seven = await studio.user("7");
  for (const client of [...sockets, bob, seven]) {
    expect(await client.ask("joinRoom", room)).toEqual({ success: true, room });
    await client.next("roomJoined");
  }
  expect((await declare(["bob"])).status).toBe(200);
  for (const client of [...sockets, seven])
    expect(await client.rest()).toEqual([{ event: "roomLeft", payload: { room, success: true } }]);
  expect(await bob.rest()).toEqual([]);
  await studio.asServer(`/rooms/${room}/emit`, { event: "projectUpdate", payload: 1 });
  expect(await bob.rest()).toEqual([{ event: "projectUpdate", payload: 1 }]);
  expect((await sockets[0]?.rest())?.length).toBe(1);
});

test("members outlive a restart", async () => {
  await using first = await StudioApp.start();
  const env = { HEADEND_DATA: first.server.folder };
  await first.asServer("/rooms/project-123", { members: ["ann"] }, "PUT");
  await first.server.app.stop();
  await using studio = await StudioApp.start(env);
  expect(await (await studio.user("ann")).ask("joinRoom", "project-123")).toMatchObject({ success: true });
  expect(await (await studio.user("eve")).ask("joinRoom", "project-123")).toEqual(REFUSED);
});

test("what a server sends reaches the room in all three namespaces, and websockets as well as pollers", async () => {
  await using studio = await StudioApp.start();
  const clients = await Promise.all(
    NAMESPACES.flatMap((namespace) => [
      studio.user("ann", namespace),
      studio.user("bob", namespace, {}, { transports: ["polling"] }),
    ]),
  );
  for (const client of clients) {
    await client.ask("joinRoom", "project-123");
    await client.next("roomJoined");
  }
  const payload = { title: "<b>", deep: [{ a: null }] };
  const { status, body } = await studio.asServer("/rooms/project-123/emit", { event: "projectUpdate", payload });
  expect([status, body.data]).toEqual([200, { id: "project-123", room: "project-123", event: "projectUpdate" }]);
  await studio.asServer("/rooms/project-123/emit", { event: "nothing" });
  for (const client of clients)
    expect(await client.rest()).toEqual([
      { event: "projectUpdate", payload },
      { event: "nothing", payload: null },
    ]);
});

test("servers may not speak as the server itself, nor to media rooms; and payloads have a limit", async () => {
  await using studio = await StudioApp.start();
  const own = ["welcome", "authenticated", "authError", "roomJoined", "pong", "mediaComplete", "notification", "error"];
  const reserved = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
  for (const event of [...own, ...reserved, " welcome ", "", "x".repeat(129), 5, null]) {
    const { status, body } = await studio.asServer("/rooms/project-123/emit", { event, payload: 1 });
    expect([event, status, body.error.details]).toEqual([event, 400, { field: "event" }]);
  }
  for (const room of ["media:1", "media:"])
    expect((await studio.asServer(`/rooms/${room}/emit`, { event: "e" })).status).toBe(403);
  for (const room of ["user:u1", "media:1"])
    expect((await studio.asServer(`/rooms/${room}`, { members: [] }, "PUT")).status).toBe(403);
  expect((await studio.asServer("/rooms/a%20b/emit", { event: "e" })).body).toEqual(refusal("invalid_request"));
  const fits = "x".repeat(65_534);
  expect((await studio.asServer("/rooms/r/emit", { event: "e", payload: fits })).status).toBe(200);
  expect((await studio.asServer("/rooms/r/emit", { event: "e", payload: `${fits}x` })).status).toBe(413);
  const deep = JSON.parse(`${"[".repeat(33)}${"]".repeat(33)}`);
  expect((await studio.asServer("/rooms/r/emit", { event: "e", payload: deep })).status).toBe(400);
  for (const members of [undefined, null, "ann", {}, [null], [""], ["x".repeat(129)]])
    expect((await studio.asServer("/rooms/r", { members }, "PUT")).body).toEqual(refusal("invalid_request"));
  for (const [path, json] of [
    ["/rooms/r/emit", { event: "e" }],
    ["/rooms/r", { members: [] }],
  ] as const) {
    const method = path.endsWith("emit") ? "POST" : "PUT";
    expect((await studio.as("boss", path, json, method, { role: "admin" })).body).toEqual(
      refusal("authentication_failed"),
    );
  }
});

test("a socket is in at most 100 rooms besides its user's", async () => {
  await using studio = await StudioApp.start();
  const client = await studio.user("u1", "/media");
  const mediaId = await studio.job("u1");
  expect(await client.ask("subscribeMedia", mediaId)).toMatchObject({ success: true });
  for (let n = 1; n < 100; n++) {
    expect(await client.ask("joinRoom", `room-${n}`)).toMatchObject({ success: true });
    if (n % 20 === 0) await studio.clock.advance(2_000);
  }
  const full = { success: false, error: "A socket is in at most 100 rooms", code: "conflict" };
  expect(await client.ask("joinRoom", "room-100")).toEqual(full);
  expect(await client.ask("subscribeMedia", await studio.job("u1"))).toEqual(full);
  // What it is in already takes no place.
  expect(await client.ask("joinRoom", "room-1")).toMatchObject({ success: true });
  expect(await client.ask("subscribeMedia", mediaId)).toMatchObject({ success: true });
  await client.ask("leaveRoom", "room-1");
  expect(await client.ask("joinRoom", "room-100")).toMatchObject({ success: true });
});
