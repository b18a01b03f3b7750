import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Place, type Program, ROOT } from "./programs";
import { HAS_PROC, PRELOAD, type Usage, usageOf } from "./usage";

/** A running server, seen from outside. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** From spawn to the first 200 of `/readyz`. */
  readonly startMs: number;
  usage(): Promise<Usage>;
  /** The end of what it wrote to stderr. */
  complaints(): string;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 2;
const STOP_TIMEOUT_MS = 10_000;

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

/**
 * Starts `program` and waits until it is ready; a child that does not get there is stopped.
 *
 * @param asksKernel whether the kernel is asked what the program uses, or the program itself
 */
export async function start(program: Program, folder: string, asksKernel = HAS_PROC): Promise<Server> {
  const ports = freePorts();
  const stderr = join(folder, `stderr-${ports.api}.log`);
  const complaints = () => (existsSync(stderr) ? readFileSync(stderr, "utf8").trim().slice(-2_000) : "");
  const spawnedAt = performance.now();
  let told: PromiseWithResolvers<Usage> | undefined;
  const child = Bun.spawn(program.command(asksKernel ? undefined : PRELOAD), {
    cwd: ROOT,
    env: { ...inherited(), ...program.environment({ folder, ports }) },
    stdin: "ignore",
    stdout: "ignore",
    stderr: Bun.file(stderr),
    ...(!asksKernel && { ipc: (usage: Usage) => told?.resolve(usage), serialization: "json" as const }),
  });
  let stopping: Promise<void> | undefined;
  const server = {
    port: ports.api,
    startMs: 0,
    async usage() {
      const end = child.signalCode ?? child.exitCode;
      if (end !== null) throw new Error(`${program.name}: ended with ${end} while it was measured\n${complaints()}`);
      if (asksKernel) return usageOf(child.pid);
      told = Promise.withResolvers<Usage>();
      child.send("usage");
      return told.promise;
    },
    complaints,
    stop: () => (stopping ??= stopChild(child, program).finally(() => running.delete(server))),
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

async function stopChild(child: Bun.Subprocess, { name, stopsBy }: Program): Promise<void> {
  child.kill(stopsBy);
  const isGone = await Promise.race([child.exited.then(() => true), Bun.sleep(STOP_TIMEOUT_MS).then(() => false)]);
  if (isGone) return;
  console.error(`${name}: still running ${STOP_TIMEOUT_MS} ms after SIGTERM; killed`);
  child.kill("SIGKILL");
  await child.exited;
}
