import { APIS } from "../../apis";
import { type Config, portOf } from "../../config";
import { isFree } from "../ports";
import { type Exam, type Finding, ok, problem } from "./finding";
import { holders } from "./holders";

interface Wanted {
  readonly who: string;
  readonly host: string;
  readonly port: number;
  readonly setting: string;
}

/** Whether every port is free, or held by the server that runs. */
export const ports: Exam = ({ config, server }) => {
  const all = wantedOf(config);
  const held = holders();
  const found: Finding[] = [];
  for (const { who, host, port, setting } of all) {
    if (port === 0) continue;
    const twin = all.find((other) => other.who !== who && other.port === port);
    if (twin && twin.who > who) {
      found.push(problem(`${who} and ${twin.who} both want port ${port}`, `Give ${setting} another number.`));
    }
    const holder = held.find((each) => each.port === port);
    if (server && holder?.pid === server.pid) found.push(ok(`port ${port}: the running server (${who})`));
    else if (isFree(host, port)) found.push(ok(`port ${port}: free (${who})`));
    else if (port < 1024 && !holder && process.getuid?.() !== 0) {
      const advice = `Choose another ${setting}, or let the program have low ports (AmbientCapabilities=CAP_NET_BIND_SERVICE).`;
      found.push(problem(`port ${port} (${who}): this user may not listen there, or it is in use`, advice));
    } else {
      const by = holder ? `${holder.name || "a process"} (pid ${holder.pid})` : "somebody else";
      found.push(
        problem(`port ${port} (${who}) is held by ${by}`, `End that, or choose another ${setting} (0 = any free).`),
      );
    }
  }
  return found;
};

function wantedOf(config: Config): Wanted[] {
  const { host, consoleHost, consolePort, singlePort } = config;
  const page = { who: "console", host: consoleHost, port: consolePort, setting: "HEADEND_CONSOLE_PORT" };
  if (singlePort !== undefined) return [{ who: "all APIs", host, port: singlePort, setting: "HEADEND_PORT" }, page];
  const served = APIS.map(({ name }) => name).filter((name) => config.apis?.includes(name) ?? true);
  return [
    ...served.map((who) => {
      const { port, name: setting } = portOf(config, who);
      return { who, host, port, setting };
    }),
    page,
  ];
}
