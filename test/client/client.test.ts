import { expect, test } from "bun:test";
import type { Socket } from "socket.io-client";
import {
  ask,
  connectLearning,
  connectLive,
  connectPlayback,
  connectRequests,
  connectStudio,
  type HeadendError,
} from "../../src/client";
import { Client } from "../client";
import { FakeClock } from "../clock";
import { startTestApp, token } from "../harness";
import { until } from "../realtime/raw";

/** Closed with the test; what it hears can be waited for. */
class Line implements Disposable {
  readonly client: Client;
  constructor(socket: unknown) {
    this.client = new Client(socket as Socket);
  }
  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** The refusals of one client, as its user would collect them. */
function collector(): { errors: HeadendError[]; onRefused: (error: HeadendError) => void } {
  const errors: HeadendError[] = [];
  return { errors, onRefused: (error) => errors.push(error) };
}

async function caught(promise: Promise<unknown>): Promise<HeadendError> {
  try {
    await promise;
  } catch (error) {
    return error as HeadendError;
  }
  throw new Error("it was not refused");
}

/** Takes the connection away under the socket, as a network does. */
function cut(socket: unknown): void {
  (socket as Socket).io.engine.close();
}

const quick = { reconnectionDelay: 10, reconnectionDelayMax: 20 };

test("playback: what is sent at once waits for the sign-in, at the start and after every reconnect", async () => {
  await using app = await startTestApp();
  const jwt = await token("ann");
  const { errors, onRefused } = collector();
  let asked = 0;
  const socket = connectPlayback(app.app.url("playback"), {
    ...quick,
    token: () => {
      asked++;
      return jwt;
    },
    name: "The TV",
    onRefused,
  });
  using line = new Line(socket);
  const report = (time: number) => ask(socket, "playing", { type: "movie", movieId: "m", time, progress: 0.5 });
  expect(await report(1)).toEqual({ success: true });
  const gone = line.client.disconnected();
  cut(socket);
  await gone;
  expect(await report(2)).toEqual({ success: true });
  expect(asked).toBe(2);
  const { body } = await app.call("playback", "/clients", { token: jwt });
  expect(body).toMatchObject([{ clientName: "The TV", activity: { time: 2 } }]);
  expect(errors).toEqual([]);
});

function isFirst({ sendBuffer }: { sendBuffer: { data?: unknown[] }[] }): boolean {
  return sendBuffer[0]?.data?.[0] === "authenticate";
}

test("playback: a sign-in that came to nothing is not sent after the next one", async () => {
  await using app = await startTestApp();
  const seen: unknown[] = [];
  const socket = connectPlayback(app.app.url("playback"), { ...quick, token: await token("ann"), autoConnect: false });
  using line = new Line(socket);
  socket.onAnyOutgoing((event) => seen.push(event));
  const answer = ask(socket, "playing", { type: "movie", movieId: "m", time: 1, progress: 0 });
  let cuts = 2;
  socket.io.on("open", () => {
    if (cuts-- <= 0) return;
    // As soon as the sign-in stands before what waits: long before the server has answered.
    const cutNow = () => (isFirst(socket) ? cut(socket) : queueMicrotask(cutNow));
    queueMicrotask(cutNow);
  });
  socket.connect();
  await answer;
  expect(cuts).toBeLessThan(1);
  expect(seen).toEqual(["authenticate", "playing"]);
  expect(line.client.heard).toEqual([]);
});

test("live: signs in for an app, and is back in the chat after a reconnect when it joins on connect", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const socket = connectLive(app.app.url("live"), { ...quick, token: await token("ann"), appId: "default" });
  using line = new Line(socket);
  socket.on("connect", () => socket.emit("chat:join", { stream_id: "s" }));
  expect(await line.client.next("authenticated")).toMatchObject({ user_id: "ann", app_id: "default" });
  await line.client.next("chat:joined");
  cut(socket);
  await line.client.next("chat:joined");
  const said = ask(socket, "chat:message", { stream_id: "s", message: "hello" });
  expect(await line.client.next("chat:message")).toMatchObject({ message: "hello" });
  await clock.advance(50);
  expect((await said).message_id).toStartWith("msg_");
});

test("requests and studio: namespaces of one server share a connection, each typed as its own", async () => {
  const key = "a-key-of-the-tests-with-32-characters-or-more";
  await using app = await startTestApp({ env: { HEADEND_API_KEY: key } });
  const [ann, boss] = [await token("ann"), await token("boss", { role: "admin" })];
  const url = app.app.url("requests");
  const [media, system, root] = [
    connectRequests(url, { namespace: "/media", token: ann }),
    connectRequests(url, { namespace: "/system", token: boss }),
    connectRequests(url),
  ];
  using inMedia = new Line(media);
  using inSystem = new Line(system);
  using inRoot = new Line(root);
  expect(system.io).toBe(media.io as never);
  expect(await ask(media, "media:search", { query: "x" })).toEqual({ success: true, superseded: false });
  expect(await ask(system, "system:logs:level", { level: "warn" })).toEqual({ success: true, level: "warn" });
  await inMedia.client.next("media:search:result");
  await inSystem.client.next("system:metrics");
  await inRoot.client.next("system:health");

  const jobs = connectStudio(app.app.url("studio"), { namespace: "/media", token: ann });
  using inJobs = new Line(jobs);
  await inJobs.client.next("welcome");
  expect(await inJobs.client.next("authenticated")).toMatchObject({ userId: "ann" });
  expect((await ask(jobs, "getConnectionInfo")).authenticated).toBe(true);
  expect((await ask(jobs, "ping")).timestamp).toBeGreaterThan(0);
  const guest = connectStudio(app.app.url("studio"));
  using inGuest = new Line(guest);
  await inGuest.client.next("welcome");
  expect((await ask(guest, "getConnectionInfo")).authenticated).toBe(false);
});

test("single-port mode: the path of the URL says which API, and two of them do not mix", async () => {
  await using app = await startTestApp({ env: { HEADEND_PORT: "0" } });
  const origin = new URL(app.app.url("live")).origin;
  const jwt = await token("ann");
  using live = new Line(connectLive(`${origin}/live`, { token: jwt }));
  using learning = new Line(connectLearning(`${origin}/learning/`, { token: jwt }));
  using media = new Line(connectStudio(`${origin}/studio`, { namespace: "/media", token: jwt }));
  expect(await live.client.next("authenticated")).toMatchObject({ user_id: "ann" });
  await learning.client.next("connected");
  expect(await media.client.next("authenticated")).toMatchObject({ userId: "ann" });
});

test("where websockets do not get through it polls", async () => {
  await using app = await startTestApp();
  const target = app.app.url("live");
  using proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (request.headers.has("upgrade")) return new Response("no websockets here", { status: 400 });
      return fetch(target + pathname + search, {
        method: request.method,
        headers: { "content-type": request.headers.get("content-type") ?? "text/plain" },
        body: request.body,
      });
    },
  });
  const socket = connectLive(`http://127.0.0.1:${proxy.port}`, { token: await token("ann"), upgrade: false });
  using line = new Line(socket);
  await line.client.next("authenticated");
  expect(socket.io.engine.transport.name).toBe("polling");
});

test("refusals are errors with the same words in all five APIs, asked for or not", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const jwt = await token("ann");
  const { errors, onRefused } = collector();
  const options = { token: jwt, onRefused };

  const playback = connectPlayback(app.app.url("playback"), options);
  using _1 = new Line(playback);
  // biome-ignore format: a payload that the compiler would refuse
  const wrong = { type: "movie", movieId: "m", time: -1, progress: 0 } as const;
  expect(await caught(ask(playback, "playing", wrong))).toMatchObject({ code: "invalid_request" });

  const search = connectRequests(app.app.url("requests"), { ...options, namespace: "/media" });
  using _2 = new Line(search);
  expect(await caught(ask(search, "media:search", { query: "x".repeat(300) }))).toMatchObject({
    name: "HeadendError",
    code: "invalid_request",
  });

  const studio = connectStudio(app.app.url("studio"), { ...options, namespace: "/media" });
  using _3 = new Line(studio);
  const unknown = await caught(ask(studio, "subscribeMedia", "nothing"));
  expect(unknown).toMatchObject({ code: "not_found", message: "Media not found" });

  const learning = connectLearning(app.app.url("learning"), options);
  using _4 = new Line(learning);
  const missing = await caught(ask(learning, "join_course", { course_id: "" }));
  expect(missing).toMatchObject({ code: "invalid_request", field: "course_id" });

  const live = connectLive(app.app.url("live"), options);
  using _5 = new Line(live);
  const boss = connectLive(app.app.url("live"), { token: await token("boss", { role: "admin" }) });
  using _6 = new Line(boss);
  await ask(live, "chat:join", { stream_id: "s" });
  await ask(boss, "moderation:mute", { stream_id: "s", target_user_id: "ann", duration: 60 });
  const muted = await caught(ask(live, "chat:message", { stream_id: "s", message: "hi" }));
  expect(muted).toMatchObject({ code: "permission_denied", reason: "user_muted" });
  expect(muted.details.until).toBeString();
  // Asked for, they are told to the asker alone.
  expect(errors).toEqual([]);

  live.emit("chat:message", { stream_id: "s", message: "hi" });
  search.emit("media:search", { query: "x".repeat(300) });
  studio.emit("subscribeMedia", "nothing");
  learning.emit("join_course", { course_id: "nothing" });
  await until("four refusals", () => errors.length === 4);
  expect(errors.map(({ code, reason }) => `${code} ${reason ?? ""}`).sort()).toEqual([
    "invalid_request ",
    "not_found ",
    "not_found ",
    "permission_denied user_muted",
  ]);
});

test("a rate limit says how long to wait, in milliseconds", async () => {
  await using app = await startTestApp();
  const socket = connectPlayback(app.app.url("playback"), { token: await token("ann") });
  using _line = new Line(socket);
  const answers = await Promise.allSettled(
    Array.from({ length: 45 }, () => ask(socket, "playing", { type: "movie", movieId: "m", time: 1, progress: 0 })),
  );
  const last = answers.at(-1);
  expect(last?.status === "rejected" && last.reason).toMatchObject({ code: "rate_limit_exceeded", retryAfterMs: 50 });
});

test("a token that is not valid is told in all five APIs, and not tried again", async () => {
  await using app = await startTestApp();
  const url = (api: string) => app.app.url(api);
  const { errors, onRefused } = collector();
  const options = { ...quick, token: "nonsense", onRefused };
  const sockets = [
    connectPlayback(url("playback"), options),
    connectRequests(url("requests"), { ...options, namespace: "/media" }),
    connectStudio(url("studio"), options),
    connectLive(url("live"), options),
    connectLearning(url("learning"), options),
  ];
  using _a = new Line(sockets[0]);
  using _b = new Line(sockets[1]);
  using _c = new Line(sockets[2]);
  using _d = new Line(sockets[3]);
  using _e = new Line(sockets[4]);
  await until("five refusals", () => errors.length === 5 && sockets.every(({ active }) => !active));
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["authentication_failed"]));
  await Bun.sleep(100);
  expect(errors).toHaveLength(5);
});

test("a session that runs out goes on where there is another token, and only there", async () => {
  const clock = new FakeClock();
  await using app = await startTestApp({ clock });
  const short = await token("ann", { exp: clock.now() / 1000 + 60 });
  const long = await token("ann", { exp: clock.now() / 1000 + 3600 });
  let current = short;
  const one = collector();
  const renewed = connectLive(app.app.url("live"), { ...quick, token: () => current, onRefused: one.onRefused });
  using renewedLine = new Line(renewed);
  const other = collector();
  const left = connectLive(app.app.url("live"), { ...quick, token: async () => short, onRefused: other.onRefused });
  using leftLine = new Line(left);
  await renewedLine.client.next("authenticated");
  await leftLine.client.next("authenticated");
  current = long;
  await clock.advance(70_000);
  await renewedLine.client.next("authenticated");
  await until("the end of the other", () => !left.active);
  for (const { errors } of [one, other]) expect(errors).toMatchObject([{ code: "authentication_failed" }]);
  expect(await ask(renewed, "chat:join", { stream_id: "s" })).toMatchObject({ success: true });
});

for (const api of ["live", "learning"] as const) {
  test(`${api}: who is refused with every token asks ever more rarely, and no more once it is closed`, async () => {
    await using app = await startTestApp();
    const { errors, onRefused } = collector();
    let asked = 0;
    const socket = (api === "live" ? connectLive : connectLearning)(app.app.url(api), {
      reconnectionDelay: 20,
      reconnectionDelayMax: 80,
      token: () => `nonsense ${asked++}`,
      onRefused,
    });
    using _line = new Line(socket);
    // 20, 40 and 80 ms between them, and 80 from then on.
    await until("four tries", () => errors.length === 4);
    await Bun.sleep(400);
    expect(errors.length).toBeGreaterThan(4);
    expect(errors.length).toBeLessThan(11);
    socket.close();
    const then = asked;
    await Bun.sleep(200);
    expect(asked - then).toBe(0);
    expect(socket.active).toBe(false);
  });
}

test("learning, requests: a handshake that is refused is tried again with another token", async () => {
  await using app = await startTestApp();
  const good = await token("ann");
  for (const open of [
    (options: { token: () => string; onRefused: (error: HeadendError) => void }) =>
      connectLearning(app.app.url("learning"), options),
    (options: { token: () => string; onRefused: (error: HeadendError) => void }) =>
      connectRequests(app.app.url("requests"), { ...quick, ...options, namespace: "/authenticated" }),
  ]) {
    const { errors, onRefused } = collector();
    let asked = 0;
    const socket = open({ token: () => (asked++ === 0 ? "nonsense" : good), onRefused });
    using line = new Line(socket);
    await until("a connection", () => socket.connected);
    expect(errors).toMatchObject([{ code: "authentication_failed" }]);
    expect(line.client.socket.connected).toBe(true);
  }
});

test("a token that cannot be had now is asked for again", async () => {
  await using app = await startTestApp();
  const jwt = await token("ann");
  const { errors, onRefused } = collector();
  let failures = 2;
  const socket = connectLive(app.app.url("live"), {
    ...quick,
    onRefused,
    token: async () => {
      if (failures-- > 0) throw new Error("the login page is down");
      return jwt;
    },
  });
  using line = new Line(socket);
  await line.client.next("authenticated");
  expect(errors.map(({ code, message }) => [code, message])).toEqual([
    ["unavailable", "There is no token: the login page is down"],
    ["unavailable", "There is no token: the login page is down"],
  ]);
});

test("a connection that goes while the token is awaited opens the namespace once", async () => {
  await using app = await startTestApp();
  const jwt = await token("ann");
  const waiting: ((jwt: string) => void)[] = [];
  const socket = connectLive(app.app.url("live"), {
    ...quick,
    token: () => new Promise<string>((resolve) => waiting.push(resolve)),
  });
  using line = new Line(socket);
  await until("the first question", () => waiting.length === 1);
  cut(socket);
  await until("the second question", () => waiting.length === 2);
  for (const resolve of waiting) resolve(jwt);
  await line.client.next("authenticated");
  expect(await line.client.rest()).toEqual([]);
});

test("ask says whether time or the connection ran out", async () => {
  await using app = await startTestApp();
  const socket = connectLive(app.app.url("live"), { token: await token("ann"), reconnection: false });
  using line = new Line(socket);
  await line.client.next("authenticated");
  await ask(socket, "chat:join", { stream_id: "s" });
  // Answered once it is stored, which takes a moment of the clock, and that stands still.
  const slow = ask(socket, "chat:message", { stream_id: "s", message: "hi" }, { timeoutMs: 50 });
  expect(await caught(slow)).toMatchObject({ code: "timeout" });
  const lost = ask(socket, "chat:message", { stream_id: "s", message: "again" });
  await line.client.next("chat:message");
  await line.client.next("chat:message");
  cut(socket);
  expect(await caught(lost)).toMatchObject({ code: "disconnected" });
});
