import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config";
import { Host } from "../../runtime/host";
import { type Exam, type Finding, ok, problem, warning } from "./finding";

const PATIENCE_MS = 5_000;
const MEGABYTE = 1 << 20;
const LITTLE_MB = 256;
/** Of these, each connection takes one. */
const FEW_FILES = 4_096;
const TOO_FEW_FILES = 512;

/** The server whose pid the folder names, if it runs; a pid that another program has by now is none. */
export function runningServer({ data }: Config): { pid: number } | undefined {
  try {
    const pid = Number(readFileSync(join(data, "headend.pid"), "utf8"));
    process.kill(pid, 0);
    const command = readIfThere(`/proc/${pid}/cmdline`);
    return command === "" || /headend|main\.ts/.test(command) ? { pid } : undefined;
  } catch (error) {
    // Of somebody else's process it is only told that it is there.
    return (error as { code?: string }).code === "EPERM" ? { pid: Number.NaN } : undefined;
  }
}

/** Whether the server that runs is ready. */
export const server: Exam = async ({ config, server }) => {
  if (!server) return [ok("no server runs on this data folder")];
  const who = `the server (pid ${server.pid})`;
  const host = config.consoleHost === "::" || config.consoleHost === "0.0.0.0" ? "127.0.0.1" : config.consoleHost;
  if (config.consolePort === 0) return [ok(`${who} runs; its console has any port, so that it was not asked`)];
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${config.consolePort}`;
  const ready = await ask(`${url}/readyz`);
  if (!ready) {
    const advice = "See its log; if it was started with other settings, give the same ones to this command.";
    return [problem(`${who} does not answer on its console (${url})`, advice)];
  }
  const found: Finding[] = [
    ready.status === 200
      ? ok(`${who} is ready`)
      : problem(`${who} is not ready: ${ready.text}`, "It starts or stops, or see its log."),
  ];
  const metrics = await ask(`${url}/metrics`);
  if (metrics?.status !== 200) return found;
  const figure = (name: string) => Number(new RegExp(`^${name} ([\\d.e+-]+)$`, "m").exec(metrics.text)?.[1] ?? 0);
  if (figure("headend_untrusted_proxy") > 0) {
    const advice =
      "Set HEADEND_TRUSTED_PROXIES to the number of proxies: until then all their clients are one address.";
    found.push(problem("a proxy in front of it says whom it speaks for, and is not believed", advice));
  }
  const errors = figure("headend_log_errors_total");
  if (errors > 0) found.push(warning(`it has logged ${errors} errors since its start`, "See its log."));
  return found;
};

/** What the machine grants: to the server that runs, else to whoever asks. */
export const resources: Exam = async ({ config, server }) => {
  const found: Finding[] = [];
  const memory = await new Host(config.data).memory();
  const freeMb = memory.free / MEGABYTE;
  const limitMb = Number(readIfThere("/sys/fs/cgroup/memory.max")) / MEGABYTE;
  const isLimited = limitMb > 0 && limitMb * MEGABYTE < memory.total;
  const advice = "A server takes some 100 MB, and 13 KB for each connection.";
  if (isLimited && limitMb < LITTLE_MB)
    found.push(warning(`this service may use ${Math.round(limitMb)} MB of memory`, advice));
  found.push(
    freeMb < LITTLE_MB
      ? warning(`${Math.round(freeMb)} MB of memory are free`, advice)
      : ok(`${Math.round(freeMb)} MB of memory are free`),
  );
  const limits = readIfThere(`/proc/${server && !Number.isNaN(server.pid) ? server.pid : "self"}/limits`);
  const files = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (files === undefined) return found;
  const count = files === "unlimited" ? Number.POSITIVE_INFINITY : Number(files);
  const what = `${files} open files are allowed${server ? " to the server" : ""}, one for each connection`;
  const more = "LimitNOFILE=65536 in the systemd unit, or ulimit -n.";
  found.push(count < TOO_FEW_FILES ? problem(what, more) : count < FEW_FILES ? warning(what, more) : ok(what));
  return found;
};

async function ask(url: string): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return { status: response.status, text: (await response.text()).trim() };
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
