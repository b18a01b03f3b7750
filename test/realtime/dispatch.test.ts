import { expect, test } from "bun:test";
import { Followed } from "../../src/realtime/dispatch";
import type { Client } from "../client";
import { FakeClock } from "../clock";
import { type TestApp, token } from "../harness";
import { INSIDE, makeToy, startToyApp, type Toy } from "../toy";
import { Poller, RawSocket, until } from "./raw";

interface Refused {
  success: false;
  error: string;
  code: string;
  retryAfter?: number;
}

/** A socket of a user (of a guest without one) that has heard its greeting. */
async function socketOf(app: TestApp, userId?: string, claims = {}): Promise<Client> {
  const auth = userId === undefined ? {} : { token: await token(userId, claims) };
  const client = await app.connect("studio", { auth });
  await client.next("welcome");
  if (userId !== undefined) await client.next("authenticated");
  return client;
}

/** So that the buckets that a test has emptied are full again. */
const A_WHILE_MS = 120_000;

async function spendShouts(client: Client): Promise<void> {
  for (let n = 0; n < 2; n++) await client.ask("shout", { text: "x" });
}

/** Every event and acknowledgement that comes, below the client's bookkeeping: a second acknowledgement shows. */
function watchPackets(client: Client): string[] {
  const packets: string[] = [];
  client.socket.io.engine.on("packet", ({ type, data }: { type: string; data?: string }) => {
    if (type === "message") packets.push(String(data));
  });
  return packets;
}

test("an event is checked in order: rate limit, signed in, payload, permission, handler", async () => {
  const clock = new FakeClock();
  const toy = makeToy();
  await using app = await startToyApp(toy, { clock });
  const guest = await socketOf(app);
  const user = await socketOf(app, "u1");
  const admin = await socketOf(app, "boss", { role: "admin" });

  // Each case fails this check and every later one.
  const codeOf = async (client: Client, payload: object) => (await client.ask<Refused>("shout", payload)).code;
  expect(await codeOf(guest, {})).toBe("authentication_failed");
  expect(await codeOf(user, {})).toBe("invalid_request");
  await spendShouts(guest);
  await spendShouts(user);
  expect(await codeOf(guest, {})).toBe("rate_limit_exceeded");
  expect(await codeOf(user, {})).toBe("rate_limit_exceeded");
  await clock.advance(A_WHILE_MS);
  expect(await codeOf(user, { text: "x" })).toBe("permission_denied");
  expect(toy.handled).toEqual([]);
  expect(await admin.ask("shout", { text: "x" })).toEqual({ success: true });
  expect(toy.handled).toEqual(["shout x"]);
  for (const client of [guest, user, admin]) expect(await client.rest()).toEqual([]);
});

/** Every way in which an event can end. */
const ENDINGS: [what: string, event: string, payload: object, answer: Record<string, unknown>][] = [
  ["handled", "note", { text: "a" }, { success: true }],
  ["answered in a documented shape", "count", { by: 2 }, { success: true, total: 2 }],
  ["refused for its payload", "note", {}, { success: false, error: "text is required", code: "invalid_request" }],
  [
    "refused for want of a role",
    "shout",
    { text: "a" },
    { success: false, error: "Admin access required", code: "permission_denied" },
  ],
  ["refused by its handler", "refuses", {}, { success: false, error: "There is no such thing", code: "not_found" }],
  ["thrown out by its handler", "throws", {}, { success: false, error: "Internal error", code: "internal" }],
  ["rejected by its handler", "rejects", {}, { success: false, error: "Internal error", code: "internal" }],
  ["unknown", "nothing", {}, { success: false, error: "Unknown event", code: "invalid_request" }],
  [
    "named like a part of an object",
    "__proto__",
    {},
    { success: false, error: "Unknown event", code: "invalid_request" },
  ],
  [
    "named like a method of objects",
    "toString",
    {},
    { success: false, error: "Unknown event", code: "invalid_request" },
  ],
];

test.each(ENDINGS)(
  "an event that is %s calls the callback once, and says nothing elsewhere",
  async (_, event, payload, answer) => {
    await using app = await startToyApp(makeToy());
    const client = await socketOf(app, "u1");
    const packets = watchPackets(client);
    expect(await client.ask(event, payload)).toEqual(answer);
    expect(await client.rest()).toEqual([]);
    // The acknowledgement, and that of the question which `rest` asks.
    expect(packets).toEqual([`30${JSON.stringify([answer])}`, expect.stringMatching(/^31\[/)]);
  },
);

test.each(ENDINGS)(
  "an event that is %s is told without a callback only where it was refused",
  async (_, event, payload, answer) => {
    await using app = await startToyApp(makeToy());
    const client = await socketOf(app, "u1");
    const packets = watchPackets(client);
    client.send(event, payload);
    const { success, error: message, code } = answer as unknown as Refused;
    const told = success ? [] : [{ event: "error", payload: { code, message } }];
    expect(await client.rest()).toEqual(told);
    expect(packets).toHaveLength(told.length + 1);
  },
);

test("an event that takes its time is answered once, when it ends", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const client = await socketOf(app, "u1");
  const packets = watchPackets(client);
  const answers = [];
  for (const end of [
    () => toy.pending.shift()?.resolve({ place: 3 }),
    () => toy.pending.shift()?.resolve(),
    () => toy.pending.shift()?.reject(new Error(INSIDE)),
  ]) {
    const answer = client.ask("slow", { text: "x" });
    const other = await socketOf(app);
    // The other socket's answer comes while this one waits: nothing was sent before its time.
    await other.ask("count", {});
    expect(packets).toHaveLength(answers.length);
    end();
    answers.push(await answer);
  }
  expect(answers).toEqual([
    { success: true, place: 3 },
    { success: true },
    { success: false, error: "Internal error", code: "internal" },
  ]);
  client.send("slow", { text: "x" });
  const rest = client.rest();
  await until("the event", () => toy.pending.length > 0);
  toy.pending.shift()?.reject(new Error(INSIDE));
  expect(await rest).toEqual([{ event: "error", payload: { code: "internal", message: "Internal error" } }]);
});

test("what follows an answer comes after it and before anything else of the socket; its failure costs nothing", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const client = await socketOf(app, "u1");
  const packets = watchPackets(client);
  const follow = Promise.withResolvers<void>();
  const answer = client.ask("slow", { text: "a" });
  const next = client.ask("note", { text: "b" });
  await until("the event", () => toy.pending.length === 1);
  const [session] = toy.sessions();
  const drop = (n: number) => session && toy.line().publisher.send<"/", "drop">(session, "drop", { n, data: "" });
  const following = async () => {
    drop(1);
    await follow.promise;
    drop(2);
    throw new Error(INSIDE);
  };
  toy.pending.shift()?.resolve(new Followed({ place: 3 }, following));
  expect(await answer).toEqual({ success: true, place: 3 });
  expect(toy.handled).toEqual(["slow a"]);
  follow.resolve();
  expect(await next).toEqual({ success: true });
  expect(toy.handled).toEqual(["slow a", "note b"]);
  expect(packets).toEqual([
    `30[{"success":true,"place":3}]`,
    `2["drop",{"n":1,"data":""}]`,
    `2["drop",{"n":2,"data":""}]`,
    `31[{"success":true}]`,
  ]);
  expect(app.log.filter(({ msg }) => msg === "what follows an answer failed")).toHaveLength(1);
});

test("what a handler throws or rejects is logged in full, told to nobody, and costs no other socket anything", async () => {
  await using app = await startToyApp(makeToy());
  const client = await socketOf(app);
  const witness = await socketOf(app, "u1");
  for (const event of ["throws", "rejects"]) {
    const before = app.log.length;
    client.send(event, {});
    const heard = await client.rest();
    expect(heard).toEqual([{ event: "error", payload: { code: "internal", message: "Internal error" } }]);
    await client.next("error");
    expect(app.log.slice(before)).toEqual([
      expect.objectContaining({
        level: "error",
        api: "studio",
        event,
        err: expect.objectContaining({ message: INSIDE, stack: expect.any(String) }),
      }),
    ]);
    expect(await witness.ask("note", { text: "still here" })).toEqual({ success: true });
    expect(await client.ask("count", {})).toMatchObject({ success: true });
  }
  expect(await witness.rest()).toEqual([]);
});

test("a socket hears at most 20 refusals at once and 20 a second; the rest are silent, callbacks never", async () => {
  const clock = new FakeClock();
  await using app = await startToyApp(makeToy(), { clock });
  const client = await socketOf(app);
  const errors = async () => {
    const heard = await client.rest();
    for (const _ of heard) await client.next("error");
    return heard.length;
  };
  for (let n = 0; n < 35; n++) client.send("nothing");
  expect(await errors()).toBe(20);
  expect(await client.ask("nothing")).toMatchObject({ code: "invalid_request" });
  await clock.advance(50);
  for (let n = 0; n < 5; n++) client.send("nothing");
  expect(await errors()).toBe(1);
  await clock.advance(A_WHILE_MS);
  // 40 are refused as unknown and 60 for their number: one bucket for every kind of refusal.
  for (let n = 0; n < 100; n++) client.send("nothing");
  expect(await errors()).toBe(20);
});

test("names that are no text, payloads that are missing and arguments too many are refused or ignored", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const socket = await RawSocket.connected(app.app.url("studio"));
  await socket.next('42["welcome"');
  const say = async (packet: string, id: number) => {
    socket.send(packet);
    return JSON.parse((await socket.next(`43${id}[`)).slice(`43${id}`.length))[0];
  };
  expect(await say("421[1]", 1)).toEqual({ success: false, error: "Unknown event", code: "invalid_request" });
  expect(await say('422["count"]', 2)).toMatchObject({ success: false, error: "payload is required" });
  expect(await say('423["count",null]', 3)).toMatchObject({ success: false, error: "payload must be an object" });
  expect(await say('424["count","{}"]', 4)).toMatchObject({ success: false, error: "payload must be an object" });
  expect(await say('427["count",[]]', 7)).toMatchObject({ success: false, error: "payload must be an object" });
  expect(await say('425["count",{"by":2},{"by":100},null,[[]]]', 5)).toEqual({ success: true, total: 2 });
  expect(await say('426["count",{"by":1e999}]', 6)).toMatchObject({ success: false, code: "invalid_request" });
  socket.send("42[1]");
  expect(await socket.next("42")).toBe('42["error",{"code":"invalid_request","message":"Unknown event"}]');
  expect(toy.handled).toEqual(["count"]);
});

test.each([
  ["a field", (depth: number) => ({ text: "x", deep: nested(depth - 1) })],
  ["an array", (depth: number) => ({ text: "x", deep: nested(depth - 1, true) })],
])("%s may be nested 32 deep and not 33", async (_, payload) => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const client = await socketOf(app, "u1");
  expect(await client.ask("note", payload(32))).toEqual({ success: true });
  expect(await client.ask("note", payload(33))).toEqual({
    success: false,
    error: "payload is nested deeper than 32 levels",
    code: "invalid_request",
  });
  expect(await client.ask("note", payload(3_000))).toMatchObject({ code: "invalid_request" });
  expect(toy.handled).toEqual(["note x"]);
});

/** Objects (or arrays) in one another, so many. */
function nested(depth: number, isArray = false): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = isArray ? [value] : { a: value };
  return value;
}

test("unknown fields are ignored at every level, known ones cleaned, and prototypes left alone", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const client = await socketOf(app, "u1");
  const payload = JSON.parse(
    '{"at":{"x":1,"y":0,"z":9,"__proto__":{"x":5}},"owner":{"id":7,"tags":[" e\u0301\u202e "]},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  );
  expect(await client.ask("place", payload)).toEqual({ success: true });
  expect(toy.handled).toEqual(['place {"at":{"x":1,"y":0},"owner":{"id":"7","tags":["\u00e9"]}}']);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  for (const [field, wrong] of [
    ["at.x", { ...payload, at: { x: 2, y: 0 } }],
    ["at.y", { ...payload, at: { x: 1 } }],
    ["at", { ...payload, at: [] }],
    ["owner.id", { ...payload, owner: { id: {} } }],
    ["owner.tags.1", { ...payload, owner: { id: 1, tags: ["a", 2] } }],
  ] as const) {
    const { error, code } = await client.ask<Refused>("place", wrong);
    expect([code, error.split(" ")[0]]).toEqual(["invalid_request", field === "at" ? "at.x" : field]);
  }
});

for (const transport of ["websocket", "polling"]) {
  test(`events that follow a sign-in in one burst are handled after it and in order, over ${transport}, 100 times`, async () => {
    const toy = makeToy();
    await using app = await startToyApp(toy);
    for (let round = 0; round < 100; round++) {
      const client = await app.connect("studio", { transports: [transport] });
      const jwt = await token(`u${round}`);
      client.send("note", { text: "too early" });
      client.send("login", { token: jwt });
      client.send("note", { text: "1" });
      client.send("count", {});
      const last = client.ask("note", { text: "2" });
      expect(await last).toEqual({ success: true });
      expect(toy.handled.splice(0)).toEqual(["note 1", "count", "note 2"]);
      const events = (await client.rest()).map(({ event }) => event);
      expect(events).toEqual(["welcome", "error", "authenticated"]);
      client.close();
    }
  });
}

test("while an event takes its time the next ones of its socket wait, those of other sockets do not", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const [slow, other] = [await socketOf(app, "u1"), await socketOf(app, "u1")];
  const answers: string[] = [];
  for (const [event, text] of [
    ["slow", "1"],
    ["note", "2"],
    ["slow", "3"],
    ["note", "4"],
  ] as const) {
    slow.socket.emit(event, { text }, () => answers.push(text));
  }
  await other.ask("note", { text: "other" });
  expect(toy.handled).toEqual(["slow 1", "note other"]);
  toy.pending.shift()?.resolve();
  await until("the third event", () => toy.pending.length > 0);
  expect(toy.handled).toEqual(["slow 1", "note other", "note 2", "slow 3"]);
  expect(answers).toEqual(["1", "2"]);
  toy.pending.shift()?.resolve();
  expect(await slow.rest()).toEqual([]);
  expect(answers).toEqual(["1", "2", "3", "4"]);
});

test("at most 100 events of a socket wait; those past it are refused at once, and the waiting ones are kept", async () => {
  const clock = new FakeClock();
  const toy = makeToy();
  await using app = await startToyApp(toy, { clock });
  const client = await socketOf(app, "u1");
  client.send("slow", { text: "first" });
  // Documented limits are the user's, so the socket's own bucket does not stop these before they wait.
  const waiting = Array.from({ length: 100 }, () => client.ask<Refused>("wave", {}));
  let answered = 0;
  for (const answer of waiting) void answer.then(() => answered++);
  const refused = await client.ask<Refused>("wave", {});
  expect(refused).toMatchObject({ success: false, code: "rate_limit_exceeded", retryAfter: expect.any(Number) });
  expect(answered).toBe(0);
  expect(toy.handled).toEqual(["slow first"]);
  toy.pending.shift()?.resolve();
  const answers = await Promise.all(waiting);
  expect(answers.slice(0, 3)).toEqual(Array(3).fill({ success: true }) as never);
  expect(new Set(answers.slice(3).map(({ code }) => code))).toEqual(new Set(["rate_limit_exceeded"]));
  expect(await client.rest()).toEqual([]);
});

test("what waits when its socket closes is never handled", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy);
  const [client, other] = [await socketOf(app, "u1"), await socketOf(app, "u2")];
  client.send("slow", { text: "1" });
  client.send("note", { text: "2" });
  await until("the event", () => toy.pending.length > 0);
  client.close();
  await until("the close", () => toy.sessions().length === 1);
  toy.pending.shift()?.resolve();
  await other.ask("note", { text: "3" });
  expect(toy.handled).toEqual(["slow 1", "note 3"]);
});

test.each([
  ["a bad token", { token: "none" }],
  ["no token", {}],
])("nothing is handled once %s has ended the socket, however near it came", async (_, payload) => {
  const toy = makeToy({ failureEnds: true });
  await using app = await startToyApp(toy);
  const url = app.app.url("studio");
  const burst = [`42["login",${JSON.stringify(payload)}]`, '42["count",{}]', '42["count",{}]'];
  const socket = await RawSocket.connected(url);
  for (const packet of burst) socket.send(packet);
  await socket.closed();
  const poller = await Poller.connected(url);
  await poller.post(burst.join("\u001e"));
  await until("the end of both", () => toy.sessions().length === 0);
  expect(toy.handled).toEqual([]);
});

test("where no limit is documented a socket has 40 events at once, then 20 a second; another socket has its own", async () => {
  const clock = new FakeClock();
  const toy = makeToy();
  await using app = await startToyApp(toy, { clock });
  const [client, other] = [await socketOf(app, "u1"), await socketOf(app, "u1")];
  // Different events, known and unknown, take from the same bucket.
  const asked = Array.from({ length: 50 }, (_, n) =>
    client.ask<Refused>(["note", "count", "nothing"][n % 3] ?? "", { text: "x" }),
  );
  const answers = await Promise.all(asked);
  expect(answers.filter(({ code }) => code === "rate_limit_exceeded")).toHaveLength(10);
  expect(answers.slice(40).every(({ code }) => code === "rate_limit_exceeded")).toBe(true);
  expect(answers[49]?.retryAfter).toBe(0.05);
  expect(await other.ask("note", { text: "x" })).toEqual({ success: true });
  await clock.advance(49);
  expect(await client.ask("note", { text: "x" })).toMatchObject({ code: "rate_limit_exceeded", retryAfter: 0.001 });
  await clock.advance(1);
  expect(await client.ask("note", { text: "x" })).toEqual({ success: true });
  await clock.advance(1_000);
  const later = await Promise.all(Array.from({ length: 30 }, () => client.ask("note", { text: "x" })));
  expect(later.filter(({ success }) => success)).toHaveLength(20);
  // An event with limits of its own does not take from it.
  expect(await client.ask("say", { text: "x" })).toEqual({ success: true });
});

/** Token buckets as CONTRACT §3.6 words them, counted the slow way. */
function makeOracle(...documented: [count: number, periodMs: number][]) {
  const buckets = documented.map(([count, periodMs]) => ({ count, perMs: count / periodMs, tokens: count }));
  let lastMs = 0;
  return (nowMs: number): { isTaken: boolean; waitMs: number } => {
    for (const bucket of buckets) {
      bucket.tokens = Math.min(bucket.count, bucket.tokens + (nowMs - lastMs) * bucket.perMs);
    }
    lastMs = nowMs;
    const waitMs = Math.max(...buckets.map(({ tokens, perMs }) => Math.max(0, (1 - tokens) / perMs)));
    if (waitMs > 1e-6) return { isTaken: false, waitMs };
    for (const bucket of buckets) bucket.tokens -= 1;
    return { isTaken: true, waitMs: 0 };
  };
}

test("documented limits are the user's: 400 messages over sockets that come and go are counted as one stream", async () => {
  const clock = new FakeClock();
  const toy = makeToy();
  await using app = await startToyApp(toy, { clock });
  const oracle = makeOracle([5, 1_000], [100, 60_000]);
  const stranger = await socketOf(app, "u2");
  let sockets = [await socketOf(app, "u1"), await socketOf(app, "u1")];
  let random = 7;
  let nowMs = 0;
  let taken = 0;
  for (let n = 0; n < 400; n++) {
    // The generator of "minimal standard": the same times in every run.
    random = (random * 48_271) % 2_147_483_647;
    const stepMs = [0, 0, 40, 200, 500, 37][random % 6] ?? 0;
    await clock.advance(stepMs);
    nowMs += stepMs;
    if (n % 25 === 0) {
      sockets[0]?.close();
      sockets = [sockets[1] as Client, await socketOf(app, "u1")];
    }
    const wanted = oracle(nowMs);
    const answer = await (sockets[n % 2] as Client).ask<Refused>("say", { text: "x" });
    expect([n, !answer.code]).toEqual([n, wanted.isTaken]);
    if (wanted.isTaken) taken++;
    else expect(answer.retryAfter).toBeCloseTo(wanted.waitMs / 1000, 6);
  }
  // The stream was long and dense enough for both limits to matter.
  expect(taken).toBeGreaterThan(100);
  expect(taken).toBeLessThan(300);
  expect(await stranger.ask("say", { text: "x" })).toEqual({ success: true });
});

test("a refused event takes from neither bucket, and waiting as long as it says makes it succeed", async () => {
  const clock = new FakeClock();
  await using app = await startToyApp(makeToy(), { clock });
  const client = await socketOf(app, "u1");
  for (let n = 0; n < 100; n++) {
    expect(await client.ask("say", { text: "x" })).toEqual({ success: true });
    if (n % 5 === 4) await clock.advance(1_000);
  }
  // 20 s have given the minute's bucket 33 tokens back, one every 600 ms.
  for (let n = 0; n < 33; n++) {
    expect([n, await client.ask("say", { text: "x" })]).toEqual([n, { success: true }]);
    await clock.advance(n % 5 === 4 ? 1_000 : 0);
  }
  for (let n = 0; n < 12; n++) {
    const { retryAfter = 0, code } = await client.ask<Refused>("say", { text: "x" });
    if (code === undefined) continue;
    await clock.advance(Math.ceil(retryAfter * 1_000));
    expect(await client.ask("say", { text: "x" })).toEqual({ success: true });
  }
});

test("a bucket starts full, at whatever moment that is", async () => {
  const clock = new FakeClock();
  await using app = await startToyApp(makeToy(), { clock });
  for (let n = 0; n < 12; n++) {
    // A third of a second is no whole number, and neither is a moment of the real clock.
    await clock.advance(1_000 * n + 7.3);
    const client = await socketOf(app, `u${n}`);
    const answers = await Promise.all(Array.from({ length: 4 }, () => client.ask<Refused>("wave", {})));
    const refused = answers.map(({ code }) => code !== undefined);
    expect([n, refused]).toEqual([n, [false, false, false, true]]);
    client.close();
  }
});

test("guests are counted by address, all their sockets together; an IPv6 network is one address", async () => {
  const toy = makeToy();
  await using app = await startToyApp(toy, { env: { HEADEND_TRUSTED_PROXIES: "1" } });
  const guestAt = (address: string) =>
    app.connect("studio", { transports: ["polling"], extraHeaders: { "x-forwarded-for": address } });
  const accepted = async (...clients: Client[]) => {
    let count = 0;
    for (let n = 0; n < 8; n++) {
      if ((await (clients[n % clients.length] as Client).ask<Refused>("wave", {})).code === undefined) count++;
    }
    return count;
  };
  expect(await accepted(await guestAt("192.0.2.1"), await guestAt("192.0.2.1"))).toBe(3);
  expect(await accepted(await guestAt("::ffff:192.0.2.1"))).toBe(0);
  expect(await accepted(await guestAt("192.0.2.2"))).toBe(3);
  expect(await accepted(await guestAt("2001:db8:1:2::1"), await guestAt("2001:db8:1:2:ffff::9"))).toBe(3);
  expect(await accepted(await guestAt("2001:db8:1:3::1"))).toBe(3);
  // A user has a bucket that is not the address's.
  const user = await guestAt("192.0.2.1");
  await user.ask("login", { token: await token("u1") });
  expect(await accepted(user)).toBe(3);
});

test("payloads that the server sends are compared with the contract in tests", async () => {
  const toy: Toy = makeToy();
  await using app = await startToyApp(toy);
  const client = await socketOf(app);
  const [session] = toy.sessions();
  const { publisher } = toy.line();
  if (!session) throw new Error("no session");
  expect(() => publisher.send<"/", "drop">(session, "drop", { n: "1" } as never)).toThrow();
  expect(() => publisher.send<"/", "drop">(session, "none" as never, { n: 1, data: "" })).toThrow();
  expect(await client.rest()).toEqual([]);
});
