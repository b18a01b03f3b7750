import { availableParallelism, cpus, totalmem } from "node:os";
import engine from "@socket.io/bun-engine/package.json";
import socketIo from "socket.io/package.json";
import headend from "../package.json";

/** What the figures were measured on. */
export function host(): string {
  const node = Bun.spawnSync(["node", "--version"]).stdout.toString().trim();
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GB`;
  const versions = [
    `Headend ${headend.version}`,
    `Bun ${Bun.version}`,
    `Node ${node.replace(/^v/, "")}`,
    `socket.io ${socketIo.version}`,
    `@socket.io/bun-engine ${engine.version}`,
  ];
  return `${availableParallelism()} cores (${model}), ${memory}, ${process.platform}; ${versions.join(", ")}`;
}
