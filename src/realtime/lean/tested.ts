import engine from "@socket.io/bun-engine/package.json" with { type: "json" };
import { Namespace, Socket } from "socket.io";
import socketIo from "socket.io/package.json" with { type: "json" };
import type { Log } from "../../runtime/log";

/** The versions whose private methods the lean path was written for and is tested with. */
const TESTED: Readonly<Record<string, string>> = { "socket.io": "4.8.4", "@socket.io/bun-engine": "0.1.2" };

/** Those that are installed, or were when the program was compiled. */
const INSTALLED: typeof TESTED = { "socket.io": socketIo.version, "@socket.io/bun-engine": engine.version };

/** What the lean path calls, and what it stands in for. */
const METHODS = [
  { of: Namespace.prototype, names: ["_add", "_createSocket", "_remove"] },
  {
    of: Socket.prototype,
    names: ["_onpacket", "_onclose", "_onerror", "onevent", "onack", "leaveAll", "emitReserved"],
  },
];

/** Whether the lean path can be taken. Where it cannot, that is logged, and everybody takes the path that Socket.IO has. */
export function fits(log: Log, installed = INSTALLED): boolean {
  const why = misfit(installed);
  if (why) log.warn(`HEADEND_LEAN_SOCKETS is off, since ${why}: websockets need more memory and CPU`);
  return why === undefined;
}

function misfit(installed: typeof TESTED): string | undefined {
  for (const [name, version] of Object.entries(TESTED)) {
    if (installed[name] !== version) return `it was tested with ${name} ${version} and this is ${installed[name]}`;
  }
  const missing = METHODS.flatMap(({ of, names }) => names.filter((name) => !(name in of)));
  return missing.length > 0 ? `Socket.IO has no ${missing.join(", ")}` : undefined;
}
