import { afterEach, expect, test } from "bun:test";
import { Server as Engine } from "@socket.io/bun-engine";
import { Server, Socket } from "socket.io";
import { type Socket as ClientSocket, io as connect, type ManagerOptions, type SocketOptions } from "socket.io-client";
import { Fanout } from "../../../src/realtime/fanout";
import type { LeanConnection } from "../../../src/realtime/lean/connection";
import { LeanSocket } from "../../../src/realtime/lean/socket";
import { systemClock } from "../../../src/runtime/clock";
import { RawSocket, until } from "../raw";
import { throughDoor } from "./through";

// A lean socket is Socket.IO's to whoever uses one: what its documentation says of a socket holds, without an ear too.

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function serve() {
  const fanout = new Fanout("test", systemClock());
  const io = new Server({ adapter: fanout.adapter });
  const engine = new Engine({ path: "/socket.io/" });
  io.bind(engine);
  const open = new Set<LeanConnection>();
  const { fetch, websocket } = engine.handler();
  const bun = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: throughDoor(io, fanout, fetch, open), websocket });
  const url = `http://127.0.0.1:${bun.port}`;
  closers.push(() => io.close().then(() => bun.stop(true)));
  async function pair(options: Partial<ManagerOptions & SocketOptions> = {}): Promise<[Socket, ClientSocket]> {
    const opened = new Promise<Socket>((resolve) => io.once("connection", resolve));
    const client = connect(url, { transports: ["websocket"], forceNew: true, reconnection: false, ...options });
    closers.push(async () => client.close());
    return [await opened, client];
  }
  return { io, url, open, pair };
}

test("is one of Socket.IO's, and knows of its handshake what is kept", async () => {
  const { pair } = serve();
  const [socket] = await pair({
    auth: { name: "x" },
    query: { token: "t", other: "o" },
    extraHeaders: { cookie: "a=b" },
  });
  expect(socket).toBeInstanceOf(Socket);
  expect(socket).toBeInstanceOf(LeanSocket);
  const { address, secure, query, auth, headers } = socket.handshake;
  expect([address, secure, query, auth]).toEqual(["192.0.2.7", true, { token: "t" }, { name: "x" }]);
  expect(headers.cookie).toBeUndefined();
  expect(socket.conn.remoteAddress).toBe("192.0.2.7");
});

test("hears events by listeners, middleware and catch-alls, and acknowledges them once", async () => {
  const { pair } = serve();
  const [socket, client] = await pair();
  const heard: unknown[] = [];
  socket.use(([event], next) => next(event === "forbidden" ? new Error("forbidden") : undefined));
  socket.on("error", (error) => heard.push(error.message));
  socket.onAny((event) => heard.push(`any ${event}`));
  socket.on("ask", (payload, done) => {
    heard.push(payload);
    done("one");
    done("two");
  });
  client.emit("forbidden");
  expect(await client.emitWithAck("ask", { n: 1 })).toBe("one");
  expect(heard).toEqual(["any forbidden", "forbidden", "any ask", { n: 1 }]);
});

test("asks and is answered, or is not in time", async () => {
  const { pair } = serve();
  const [socket, client] = await pair();
  client.on("ask", (payload, done) => done(payload + 1));
  expect(await socket.emitWithAck("ask", 1)).toBe(2);
  expect(await socket.timeout(1_000).emitWithAck("ask", 2)).toBe(3);
  await expect(socket.timeout(20).emitWithAck("never")).rejects.toThrow("timed out");
});

test("keeps data and outgoing listeners, and each socket its own", async () => {
  const { pair } = serve();
  const [[a, client], [b]] = [await pair(), await pair()];
  a.data.name = "a";
  b.data = { name: "b" };
  expect([a.data.name, b.data.name]).toEqual(["a", "b"]);
  const sent: unknown[] = [];
  a.onAnyOutgoing((...args) => sent.push(args));
  const came = new Promise((resolve) => client.once("news", resolve));
  a.emit("news", 1);
  expect(await came).toBe(1);
  expect(sent).toEqual([["news", 1]]);
  expect(() => a.emit("disconnect")).toThrow("reserved");
});

test("is in the room of its name and those it joins, until it is gone; then it joins none", async () => {
  const { io, pair } = serve();
  const [socket, client] = await pair();
  socket.join(["a", "b"]);
  expect([...socket.rooms]).toEqual([socket.id, "a", "b"]);
  expect((await io.in(socket.id).fetchSockets()).map(({ id }) => id)).toEqual([socket.id]);
  expect([...(await io.in("a").allSockets())]).toEqual([socket.id]);
  const came = new Promise((resolve) => client.once("you", resolve));
  io.to(socket.id).emit("you", "alone");
  expect(await came).toBe("alone");
  const seen: string[][] = [];
  socket.on("disconnecting", (reason) => seen.push([reason, ...socket.rooms]));
  const gone = new Promise((resolve) => socket.on("disconnect", resolve));
  client.close();
  expect(await gone).toBe("client namespace disconnect");
  expect(seen).toEqual([["client namespace disconnect", socket.id, "a", "b"]]);
  socket.join("c");
  expect([socket.rooms.size, io.of("/").adapter.rooms.size, io.of("/").adapter.sids.size]).toEqual([0, 0, 0]);
});

test.each([
  ["its client", "transport close", (_: Socket, client: RawSocket) => client.close()],
  ["the server", "server namespace disconnect", (socket: Socket) => void socket.disconnect(true)],
  ["nonsense", "parse error", (_: Socket, client: RawSocket) => client.send("x")],
  ["a packet that is none", "forced close", (_: Socket, client: RawSocket) => client.send("42{")],
  [
    "attachments",
    "parse error",
    (_: Socket, client: RawSocket) => client.send('451-["x",{"_placeholder":true,"num":0}]'),
  ],
])("that %s ends says why (%s), and nothing of it is left", async (_, reason, end) => {
  const { io, url, open } = serve();
  const opened = new Promise<Socket>((resolve) => io.once("connection", resolve));
  const client = await RawSocket.connected(url);
  const socket = await opened;
  const gone = new Promise((resolve) => socket.once("disconnect", resolve));
  expect(open.size).toBe(1);
  end(socket, client);
  expect(await gone).toBe(reason);
  await until("the end", () => client.isClosed);
  expect([open.size, io.of("/").sockets.size, io.of("/").adapter.sids.size]).toEqual([0, 0, 0]);
  socket.emit("nobody", "hears this");
  expect(socket.connected).toBe(false);
});
