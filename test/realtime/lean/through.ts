import type { Server as Engine } from "@socket.io/bun-engine";
import type { Namespace, Server } from "socket.io";
import type { Peer } from "../../../src/http/peer";
import type { Fanout } from "../../../src/realtime/fanout";
import type { LeanConnection } from "../../../src/realtime/lean/connection";
import { Door } from "../../../src/realtime/lean/door";
import { Heartbeats } from "../../../src/realtime/lean/heartbeats";
import { keeperOf } from "../../../src/realtime/lean/kept";
import { systemClock } from "../../../src/runtime/clock";

const TIMES = { pingIntervalMs: 25_000, pingTimeoutMs: 20_000, connectMs: 10_000 };
const PEER: Peer = { address: "192.0.2.7", network: "192.0.2.7", secure: true, host: "test" };

type Fetch = ReturnType<Engine["handler"]>["fetch"];

/**
 * The lean path into a bare Socket.IO server, without an API.
 *
 * @param toEngine where everything else goes
 * @param open connections that are open, for tests that look
 */
export function throughDoor(io: Server, fanout: Fanout, toEngine: Fetch, open = new Set<LeanConnection>()): Fetch {
  const door = new Door({
    ...TIMES,
    io,
    maxPayloadBytes: 65_536,
    heartbeats: new Heartbeats(systemClock(), TIMES),
    before: fanout.gather,
    attempt: (fullAt) => fullAt,
    keep: keeperOf(["query", "bearer"]),
    opened(connection, server) {
      fanout.server = server;
      open.add(connection);
    },
    closed: (connection) => open.delete(connection),
  });
  door.furnish(io.of("/"));
  io.on("new_namespace", (namespace) => door.furnish(namespace as unknown as Namespace));
  return (request, server) => {
    const url = new URL(request.url);
    const isTaken = Door.isPlain(request, url);
    return (isTaken ? door.open(request, server, url, PEER) : toEngine(request, server)) as Promise<Response>;
  };
}
