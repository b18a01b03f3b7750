import { existsSync } from "node:fs";
import { join } from "node:path";
import { SECRET } from "./load/tokens";

/** One of the servers that are compared, and how to run it. */
export interface Program {
  /** Short, for tables. */
  readonly name: string;
  readonly meaning: string;
  /** @param preload what the program must load first, where the kernel does not tell what it uses */
  command(preload: string | undefined): string[];
  /** The port that answers `/readyz`. */
  readonly readyOn: "api" | "console";
  /** Peers have nothing to save, and an overloaded one hears of no signal for a long time. */
  readonly stopsBy: "SIGTERM" | "SIGKILL";
  environment(place: Place): Record<string, string>;
}

/** What a start is given: a folder to keep things in and ports that were free a moment ago. */
export interface Place {
  readonly folder: string;
  readonly ports: { readonly api: number; readonly console: number };
}

export type Api = "live" | "playback";

export const ROOT = join(import.meta.dir, "..");
const COMPILED = join(ROOT, "dist/headend");

/** The names of the columns. The first one is measured against the others. */
export const NAMES = ["Headend", "Node", "Bun", "bare"] as const;
export type Name = (typeof NAMES)[number];

/** All that are compared, in the order of `NAMES`. @param isCompiled Headend as `bun run build` makes it */
export function programs(api: Api, isCompiled: boolean): readonly Program[] {
  return [
    headend(api, isCompiled),
    peer("Node", "stock socket.io on Node, with ws", "node.mjs", "node", "--import"),
    peer("Bun", "stock socket.io on Bun, with @socket.io/bun-engine and the default adapter", "bun.mjs"),
    peer("bare", "Bun.serve with websockets and publish, no Socket.IO", "bare.mjs"),
  ];
}

function headend(api: Api, isCompiled: boolean): Program {
  if (isCompiled && !existsSync(COMPILED)) throw new Error("dist/headend is not there: bun run build");
  return {
    name: "Headend",
    meaning: "the whole way of an event: signed-in users, validation, limits, moderation, storage",
    command: (preload) =>
      isCompiled
        ? [COMPILED, "serve"]
        : [process.execPath, ...(preload ? ["--preload", preload] : []), "src/main.ts", "serve"],
    readyOn: "console",
    stopsBy: "SIGTERM",
    environment: ({ folder, ports }) => ({
      HEADEND_DATA: join(folder, "data"),
      HEADEND_APIS: api,
      HEADEND_HOST: "127.0.0.1",
      [`HEADEND_${api.toUpperCase()}_PORT`]: String(ports.api),
      HEADEND_CONSOLE_PORT: String(ports.console),
      HEADEND_JWT_SECRET: SECRET,
      // All sockets come from one address here; the limit of handshakes a second follows this one.
      HEADEND_MAX_CONNECTIONS_PER_IP: "100000",
      HEADEND_LOG_LEVEL: "warn",
    }),
  };
}

function peer(name: Name, meaning: string, file: string, runtime = process.execPath, flag = "--preload"): Program {
  return {
    name,
    meaning,
    command: (preload) => [runtime, ...(preload ? [flag, preload] : []), join(import.meta.dir, "peers", file)],
    readyOn: "api",
    stopsBy: "SIGKILL",
    environment: ({ ports }) => ({ PEER_PORT: String(ports.api), PEER_JWT_SECRET: SECRET }),
  };
}
