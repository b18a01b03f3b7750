import { availableParallelism, cpus } from "node:os";
import socketIo from "socket.io/package.json";

/** What the figures were measured on. */
export function host(): string {
  const node = Bun.spawnSync(["node", "--version"]).stdout.toString().trim();
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  return `${availableParallelism()} cores (${model}), bun ${Bun.version}, node ${node}, socket.io ${socketIo.version}`;
}
