import { afterEach, describe, expect, test } from "bun:test";
import { Server as Engine } from "@socket.io/bun-engine";
import { type Namespace, Server, type Socket } from "socket.io";
import { Adapter } from "socket.io-adapter";
import { type Socket as ClientSocket, io as connect, type ManagerOptions, type SocketOptions } from "socket.io-client";
import type { EngineSocket } from "../../src/realtime/connection";
import { Fanout } from "../../src/realtime/fanout";
import { systemClock } from "../../src/runtime/clock";
import { throughDoor } from "./lean/through";

// What Socket.IO's own adapter does, ours does: every case runs on both.

type Options = Partial<ManagerOptions & SocketOptions>;
type Kind = "websocket" | "polling";

interface Pair {
  readonly server: Socket;
  readonly client: ClientSocket;
  /** What the client heard, in order. */
  readonly heard: unknown[];
}

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A bare Socket.IO server on a port of its own. */
function serve(isOurs: boolean, isLean: boolean) {
  const fanout = new Fanout("test", systemClock());
  const io = new Server({ adapter: isOurs ? fanout.adapter : Adapter });
  const engine = new Engine({ path: "/socket.io/", pingInterval: 25_000, pingTimeout: 20_000 });
  engine.on("connection", (connection, _, server) => {
    fanout.server = server;
    fanout.keepOrder(connection as unknown as EngineSocket);
  });
  io.bind(engine);
  const { fetch: toEngine, websocket, idleTimeout } = engine.handler();
  const fetch = isLean ? throughDoor(io, fanout, toEngine) : toEngine;
  const bun = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch, websocket, idleTimeout });
  const clients: ClientSocket[] = [];
  open.push(async () => {
    for (const client of clients) client.close();
    await io.close();
    await bun.stop(true);
  });

  async function pair(kind: Kind, options: Options = {}, namespace = "/"): Promise<Pair> {
    const opened = new Promise<Socket>((resolve) => io.of(namespace).once("connection", resolve));
    const url = `http://127.0.0.1:${bun.port}${namespace === "/" ? "" : namespace}`;
    const client = connect(url, { transports: [kind], forceNew: true, reconnection: false, ...options });
    clients.push(client);
    const heard: unknown[] = [];
    client.onAny((event, ...args) => heard.push(event === "mark" ? event : [event, ...args]));
    const [server] = await Promise.all([opened, new Promise((resolve) => client.once("connect", () => resolve(0)))]);
    return { server, client, heard };
  }
  /** One client of each kind. */
  const both = async () => [await pair("websocket"), await pair("polling")] as const;
  return { io, pair, both };
}

/** What each has heard once everything that was sent before is there. */
async function settled(...pairs: readonly Pair[]): Promise<unknown[][]> {
  await Promise.all(pairs.map(({ server }) => new Promise<void>((resolve) => server.emit("mark", resolve))));
  return pairs.map(({ heard }) => heard.filter((each) => each !== "mark"));
}

/** Answers marks, so that `settled` knows. */
function answering(...pairs: readonly Pair[]): void {
  for (const { client } of pairs) client.on("mark", (done: () => void) => done());
}

describe.each([
  ["Socket.IO's adapter", false, false],
  ["ours", true, false],
  ["ours, with lean sockets", true, true],
] as const)("%s", (_, isOurs, isLean) => {
  async function three() {
    const { io, pair, both } = serve(isOurs, isLean);
    const [a, b] = await both();
    const c = await pair("websocket");
    answering(a, b, c);
    return { io, pair, a, b, c };
  }

  test("a room is heard by its members, whatever their transport, and by nobody else", async () => {
    const { io, a, b, c } = await three();
    a.server.join("room");
    b.server.join("room");
    io.to("room").emit("news", { n: 1 });
    io.to("nobody").emit("news", 0);
    expect(await settled(a, b, c)).toEqual([[["news", { n: 1 }]], [["news", { n: 1 }]], []]);
  });

  test("everybody hears what is for everybody, now and later", async () => {
    const { io, pair, a, b, c } = await three();
    io.emit("first");
    const [d, e] = [await pair("websocket"), await pair("polling")];
    answering(d, e);
    io.emit("second");
    const two = [["first"], ["second"]];
    expect(await settled(a, b, c, d, e)).toEqual([two, two, two, [["second"]], [["second"]]]);
  });

  test("who has left, or gone, hears no more", async () => {
    const { io, a, b, c } = await three();
    for (const { server } of [a, b, c]) server.join(["room", "other"]);
    a.server.leave("room");
    b.server.leave("room");
    io.to("room").emit("one");
    expect(await settled(c)).toEqual([[["one"]]]);
    const gone = new Promise((resolve) => c.server.once("disconnect", resolve));
    c.client.close();
    await gone;
    io.to("room").emit("two");
    io.to("other").emit("three");
    expect(await settled(a, b)).toEqual([[["three"]], [["three"]]]);
    expect(c.heard).toEqual([["one"], "mark"]);
    expect([...(io.of("/").adapter.rooms.get("other") ?? [])]).toEqual([a.server.id, b.server.id]);
  });

  test("the sender is left out, and so is anybody by id or by room", async () => {
    const { io, a, b, c } = await three();
    for (const { server } of [a, b, c]) server.join("room");
    a.server.to("room").emit("from a");
    b.server.to("room").emit("from b");
    b.server.join("quiet");
    c.server.join("quiet");
    io.to("room").except("quiet").emit("not for the quiet");
    io.except([a.server.id, c.server.id]).emit("for b");
    a.server.broadcast.emit("not for a");
    expect(await settled(a, b, c)).toEqual([
      [["from b"], ["not for the quiet"]],
      [["from a"], ["for b"], ["not for a"]],
      [["from a"], ["from b"], ["not for a"]],
    ]);
  });

  test("many are left out, and hear the next one again", async () => {
    const { io, pair } = serve(isOurs, isLean);
    const pairs: Pair[] = [];
    for (let n = 0; n < 12; n++) pairs.push(await pair(n % 4 === 3 ? "polling" : "websocket"));
    answering(...pairs);
    for (const { server } of pairs) server.join("room");
    for (const count of [1, 2, 3, 11]) {
      for (const { server } of pairs.slice(0, count)) server.join(`quiet ${count}`);
      io.to("room").except(`quiet ${count}`).emit("some", count);
      io.to("room").emit("all", count);
    }
    const heard = await settled(...pairs);
    for (const [n, each] of heard.entries()) {
      const wanted = [1, 2, 3, 11].flatMap((count) => [...(n < count ? [] : [["some", count]]), ["all", count]]);
      expect(each).toEqual(wanted);
    }
  });

  test("who is in several of the rooms hears it once", async () => {
    const { io, a, b, c } = await three();
    a.server.join(["one", "two"]);
    b.server.join(["one", "two"]);
    c.server.join("two");
    io.to("one").to("two").emit("once");
    io.to(["one", "two"]).except(c.server.id).emit("not for c");
    expect(await settled(a, b, c)).toEqual([[["once"], ["not for c"]], [["once"], ["not for c"]], [["once"]]]);
  });

  test("to an id is to one socket", async () => {
    const { io, a, b, c } = await three();
    io.to(a.server.id).emit("for a");
    io.to(b.server.id).emit("for b");
    a.server.to(c.server.id).emit("for c");
    a.server.to(a.server.id).emit("for nobody: the sender is left out");
    expect(await settled(a, b, c)).toEqual([[["for a"]], [["for b"]], [["for c"]]]);
  });

  test("what is emitted and what is broadcast arrive in the order of the calls", async () => {
    const { io, a, b, c } = await three();
    for (const { server } of [a, b, c]) server.join("room");
    for (let n = 0; n < 300; n += 3) {
      a.server.emit("n", n);
      b.server.emit("n", n);
      c.server.emit("n", n);
      io.to("room").emit("n", n + 1);
      c.server.to("room").emit("n", n + 2);
      c.server.emit("n", n + 2);
      if (n % 30 === 0) await Bun.sleep(0);
    }
    const inOrder = Array.from({ length: 300 }, (_, n) => ["n", n]);
    expect(await settled(a, b, c)).toEqual([inOrder, inOrder, inOrder]);
  });

  test("a socket that upgrades after joining goes on hearing everything once, in order", async () => {
    const { io, pair } = serve(isOurs, isLean);
    const upgrading = await pair("polling", { transports: ["polling", "websocket"] });
    answering(upgrading);
    upgrading.server.join("room");
    const upgraded = new Promise((resolve) => upgrading.server.conn.once("upgrade", resolve));
    let n = 0;
    const until = (promise: Promise<unknown>) => {
      let isOver = false;
      void promise.then(() => {
        isOver = true;
      });
      return () => isOver;
    };
    const isUpgraded = until(upgraded);
    while (!isUpgraded() || n % 100 !== 0) {
      io.to("room").emit("n", n++);
      if (n % 7 === 0) upgrading.server.emit("n", n++);
      await Bun.sleep(0);
    }
    upgrading.server.join("later");
    io.to("later").emit("n", n++);
    io.emit("n", n++);
    expect(await settled(upgrading)).toEqual([Array.from({ length: n }, (_, each) => ["n", each])]);
  });

  test("namespaces of one connection have rooms of their own", async () => {
    const { io, pair } = serve(isOurs, isLean);
    const root = await pair("websocket");
    io.of("/side");
    const opened = new Promise<Socket>((resolve) => io.of("/side").once("connection", resolve));
    const client = root.client.io.socket("/side");
    const heard: unknown[] = [];
    client.onAny((event, ...args) => heard.push(event === "mark" ? event : [event, ...args]));
    const side = { server: await opened, client, heard };
    answering(root, side);
    root.server.join("room");
    side.server.join("room");
    io.to("room").emit("root only");
    io.of("/side").to("room").emit("side only");
    io.emit("root everybody");
    io.of("/side").emit("side everybody");
    expect(await settled(root, side)).toEqual([
      [["root only"], ["root everybody"]],
      [["side only"], ["side everybody"]],
    ]);
    // Leaving the one namespace leaves the other as it is.
    const gone = new Promise((resolve) => side.server.once("disconnect", resolve));
    client.disconnect();
    await gone;
    io.of("/side").to("room").emit("nobody");
    io.to("room").emit("root only");
    expect((await settled(root))[0]?.at(-1)).toEqual(["root only"]);
    expect(heard.length).toBe(3);
  });

  test("binary arrives as binary, volatile mostly, and both in rooms only", async () => {
    const { io, a, b, c } = await three();
    a.server.join("room");
    b.server.join("room");
    io.to("room").emit("bytes", Buffer.from([1, 2, 3]));
    io.to("room").volatile.emit("fleeting");
    const [heardA = [], heardB = [], heardC] = await settled(a, b, c);
    const [[, bytesOfA] = [], [, bytesOfB] = []] = [heardA[0], heardB[0]] as [string, Uint8Array][];
    for (const bytes of [bytesOfA, bytesOfB]) expect([...new Uint8Array(bytes as Uint8Array)]).toEqual([1, 2, 3]);
    expect(heardA[1]).toEqual(["fleeting"]);
    expect(heardC).toEqual([]);
  });

  test("acknowledgements of everybody in a room are gathered", async () => {
    const { io, a, b, c } = await three();
    a.server.join("room");
    b.server.join("room");
    a.client.on("ask", (n: number, answer) => answer(n + 1));
    b.client.on("ask", (n: number, answer) => answer(n + 2));
    const answers = await io.to("room").timeout(2_000).emitWithAck("ask", 1);
    expect(answers.sort()).toEqual([2, 3]);
    c.server.join("room");
    const late = io.to("room").timeout(50).emitWithAck("ask", 1);
    await expect(late).rejects.toMatchObject({ responses: expect.arrayContaining([2, 3]) });
  });

  test("sockets are fetched, join, leave and are disconnected by room", async () => {
    const { io, a, b, c } = await three();
    a.server.join("room");
    b.server.join("room");
    const ids = async (namespace: Namespace, room: string) =>
      (await namespace.in(room).fetchSockets()).map(({ id }) => id).sort();
    expect(await ids(io.of("/"), "room")).toEqual([a.server.id, b.server.id].sort());
    io.in("room").socketsJoin("second");
    io.to("second").emit("one");
    io.in("room").except(a.server.id).socketsLeave("second");
    io.to("second").emit("two");
    expect(await settled(a, b, c)).toEqual([[["one"], ["two"]], [["one"]], []]);
    expect([...a.server.rooms]).toEqual([a.server.id, "room", "second"]);
    const gone = Promise.all([a, b].map(({ client }) => new Promise((resolve) => client.once("disconnect", resolve))));
    io.in("room").disconnectSockets();
    expect(await gone).toEqual(["io server disconnect", "io server disconnect"]);
    expect(await ids(io.of("/"), "room")).toEqual([]);
    expect(c.client.connected).toBe(true);
  });

  test("rooms come and go with their members", async () => {
    const { io, a, b } = await three();
    const { adapter } = io.of("/");
    const seen: unknown[] = [];
    for (const event of ["create-room", "join-room", "leave-room", "delete-room"]) {
      adapter.on(event, (room: string) => room === "room" && seen.push(event));
    }
    a.server.join("room");
    b.server.join("room");
    b.server.join("room");
    a.server.leave("room");
    a.server.leave("room");
    const gone = new Promise((resolve) => b.server.once("disconnect", resolve));
    b.client.close();
    await gone;
    expect(seen).toEqual(["create-room", "join-room", "join-room", "leave-room", "leave-room", "delete-room"]);
    expect(adapter.rooms.has("room")).toBe(false);
  });

  test("in a busy room everybody hears everything in the order of the calls, from joining to leaving", async () => {
    const { io, pair } = serve(isOurs, isLean);
    const pairs: Pair[] = [];
    for (let n = 0; n < 70; n++) pairs.push(await pair(n % 10 === 9 ? "polling" : "websocket"));
    answering(...pairs);
    const [late, leaver, sender, ...rest] = pairs as [Pair, Pair, Pair, ...Pair[]];
    for (const { server } of [leaver, sender, ...rest]) server.join("room");
    for (let n = 0; n < 200; n += 2) {
      if (n === 50) late.server.join("room");
      if (n === 100) leaver.server.leave("room");
      io.to("room").emit("n", n);
      sender.server.emit("n", n + 1);
      sender.server.to("room").emit("n", n + 1);
      if (n % 6 === 0) await Bun.sleep(3);
    }
    const from = (first: number, last: number) =>
      Array.from({ length: last - first }, (_, each) => ["n", first + each]);
    const [heardLate, heardLeaver, ...heard] = await settled(...pairs);
    expect(heardLate).toEqual(from(50, 200));
    expect(heardLeaver).toEqual(from(0, 100));
    for (const each of heard) expect(each).toEqual(from(0, 200));
  });

  test("what is joined before the client has heard that it is connected counts", async () => {
    const { io, pair } = serve(isOurs, isLean);
    io.on("connection", (socket) => {
      socket.join("room");
      io.to("room").emit("welcome");
    });
    for (const kind of ["websocket", "polling"] as const) {
      const one = await pair(kind);
      answering(one);
      expect((await settled(one))[0]?.at(-1)).toEqual(["welcome"]);
    }
  });
});
