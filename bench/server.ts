import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One of the servers that are compared, and how to run it. */
export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  /** The port that answers `/readyz`. */
  readonly readyOn: "api" | "console";
  environment(place: Place): Record<string, string>;
}

/** What a start is given: a folder to keep things in and ports that were free a moment ago. */
interface Place {
  readonly folder: string;
  readonly ports: { readonly api: number; readonly console: number };
}

/** A running server, seen from outside only: by what the kernel says of its process. */
export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** From spawn to the first 200 of `/readyz`. */
  readonly startMs: number;
  /** Processor time of all its threads so far, user and system. */
  cpuMs(): number;
  residentKb(): number;
  /** The end of what it wrote to stderr. */
  complaints(): string;
  stop(): Promise<void>;
}

export const SECRET = crypto.getRandomValues(new Uint8Array(32)).toHex();

const ROOT = join(import.meta.dir, "..");
const READY_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 2;
const STOP_TIMEOUT_MS = 5_000;
/** /proc/<pid>/stat counts in hundredths of a second on every Linux. */
const MS_PER_TICK = 10;

const FROM_SOURCE = [process.execPath, "src/main.ts", "serve"];
export const source = headend("Headend", FROM_SOURCE, "playback");
export const liveSource = headend("Headend", FROM_SOURCE, "live");

/** The compiled program, once it was built. */
export function compiled(): Program | undefined {
  const path = join(ROOT, "dist/headend");
  return existsSync(path) ? headend("dist/headend", [path, "serve"], "playback") : undefined;
}

export const stock: Program = {
  name: "stock",
  command: ["node", join(import.meta.dir, "stock.mjs")],
  readyOn: "api",
  environment: ({ ports }) => ({ STOCK_PORT: String(ports.api), STOCK_JWT_SECRET: SECRET }),
};

function headend(name: string, command: readonly string[], api: "playback" | "live"): Program {
  return {
    name,
    command,
    readyOn: "console",
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

const running = new Set<Server>();

/** The way out for a signal, which no `await using` hears of. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
}

/** Runs `use` with a folder that is gone afterwards, also when a signal ends the process. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "headend-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await use(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** Starts `program` and waits until it is ready; a child that does not get there is stopped. */
export async function start(program: Program, folder: string): Promise<Server> {
  const ports = freePorts();
  const stderr = join(folder, `stderr-${ports.api}.log`);
  const spawnedAt = performance.now();
  const child = Bun.spawn([...program.command], {
    cwd: ROOT,
    env: { ...inherited(), ...program.environment({ folder, ports }) },
    stdin: "ignore",
    stdout: "ignore",
    stderr: Bun.file(stderr),
  });
  const complaints = () => (existsSync(stderr) ? readFileSync(stderr, "utf8").trim().slice(-2_000) : "");
  const proc = (file: string) => {
    const end = child.signalCode ?? child.exitCode;
    if (end !== null) throw new Error(`${program.name}: ended with ${end} while it was measured\n${complaints()}`);
    return readFileSync(`/proc/${child.pid}/${file}`, "utf8");
  };
  let stopping: Promise<void> | undefined;
  const server = {
    name: program.name,
    port: ports.api,
    startMs: 0,
    cpuMs: () => cpuMs(proc("stat")),
    residentKb: () => residentKb(proc("status")),
    complaints,
    stop: () => (stopping ??= stopChild(child, program.name).finally(() => running.delete(server))),
    [Symbol.asyncDispose]: () => server.stop(),
  };
  running.add(server);
  try {
    await untilReady(child, `http://127.0.0.1:${ports[program.readyOn]}/readyz`);
    server.startMs = performance.now() - spawnedAt;
    return server;
  } catch (error) {
    await server.stop();
    throw new Error(`${program.name}: ${(error as Error).message}\n${complaints()}`);
  }
}

/** The same for every child: nothing of the caller's environment but what finds programs. */
function inherited(): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? tmpdir() };
}

function freePorts(): Place["ports"] {
  const holders = [0, 0].map((port) => Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }));
  const [api = 0, console = 0] = holders.map(({ port }) => port);
  for (const holder of holders) holder.stop(true);
  return { api, console };
}

async function untilReady(child: Bun.Subprocess, url: string): Promise<void> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < giveUpAt) {
    const end = child.signalCode ?? child.exitCode;
    if (end !== null) throw new Error(`ended with ${end} before it was ready`);
    const status = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 200) return;
    await Bun.sleep(READY_POLL_MS);
  }
  throw new Error(`not ready after ${READY_TIMEOUT_MS} ms`);
}

async function stopChild(child: Bun.Subprocess, name: string): Promise<void> {
  child.kill("SIGTERM");
  const isGone = await Promise.race([child.exited.then(() => true), Bun.sleep(STOP_TIMEOUT_MS).then(() => false)]);
  if (isGone) return;
  console.error(`${name}: still running ${STOP_TIMEOUT_MS} ms after SIGTERM; killed`);
  child.kill("SIGKILL");
  await child.exited;
}

function cpuMs(stat: string): number {
  // The second field, the program's name, may hold blanks and brackets; `state` is the first after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [userTicks, systemTicks] = [fields[11], fields[12]];
  return (Number(userTicks) + Number(systemTicks)) * MS_PER_TICK;
}

function residentKb(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}
