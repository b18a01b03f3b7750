import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { APIS } from "../apis";
import { type Config, portOf, readConfig } from "../config";
import { openApi } from "../http/openapi";
import { asyncApi } from "../realtime/asyncapi";
import { describedApi } from "../realtime/described";
import { eventReference } from "../realtime/reference";
import { Fault } from "../runtime/fault";
import { version } from "../version";
import { type Arguments, readArguments, UsageFault, usageFault } from "./arguments";
import { type Command, JSON_OPTION, tell } from "./command";

const usage = "docs asyncapi API | docs openapi [API] | docs events API | docs --out FOLDER [--json]";

type Served = (typeof APIS)[number];

/** The documents of one API, or of all of them together; by the name under which they are asked for. */
const KINDS: Readonly<Record<string, (apis: readonly Served[], config: Config) => string>> = {
  asyncapi: (apis) => pretty(asyncApi(one(apis).contract, version)),
  openapi: (apis, config) =>
    pretty(
      openApi(
        apis.flatMap((api) => described(api, config)),
        version,
      ),
    ),
  events: (apis) => eventReference(one(apis).contract, version),
};

export const docsCommand: Command = {
  usage,
  summary:
    "Prints what clients need to know of the APIs: events as AsyncAPI or as a page to read, REST calls as OpenAPI; or writes all of it into a folder.",
  options: {
    "--out": "a folder, made when absent; what is there under the same names is written over",
    "--json": `with --out: ${JSON_OPTION["--json"]}`,
  },
  examples: [
    "headend docs asyncapi live > live.asyncapi.json",
    "headend docs openapi | jq '.paths | keys'",
    "headend docs events learning | less",
    "headend docs --out ./api-documents",
  ],
  help: () =>
    "A running server has the same on its console: /asyncapi/live.json, /openapi.json and pages that show them. The servers\nthat the OpenAPI documents name are those of this machine's settings.",
  async run(typed) {
    const given = readArguments(typed, usage, ["out"], ["json"]);
    const config = readConfig(process.env);
    const { out } = given.options;
    if (out !== undefined) {
      if (given.words.length > 0 || out === "") throw usageFault(usage);
      const files = writeAll(out, config);
      tell(given.flags.has("json"), files.join("\n"), files);
    } else console.log(asked(given, config).trimEnd());
    return 0;
  },
};

function asked({ words, flags }: Arguments, config: Config): string {
  const [kind = "", api, ...more] = words;
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!make || more.length > 0 || flags.size > 0) throw usageFault(usage);
  if (api === undefined && kind !== "openapi") throw usageFault(usage, `${kind} is of one API`);
  const chosen = APIS.filter(({ name }) => api === undefined || name === api);
  if (chosen.length === 0) throw new UsageFault(`API is one of ${APIS.map(({ name }) => name).join(", ")}`);
  return make(chosen, config);
}

/** @returns the paths of what is written */
function writeAll(folder: string, config: Config): string[] {
  const files = [
    ["openapi.json", KINDS.openapi?.(APIS, config)],
    ...APIS.flatMap((api) => [
      [`asyncapi/${api.name}.json`, KINDS.asyncapi?.([api], config)],
      [`openapi/${api.name}.json`, KINDS.openapi?.([api], config)],
      [`events/${api.name}.md`, KINDS.events?.([api], config)],
    ]),
  ];
  return files.map(([name = "", text = ""]) => {
    const path = join(folder, name);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } catch (error) {
      throw new Fault(`${path} cannot be written: ${(error as Error).message}`);
    }
    return path;
  });
}

function one([api]: readonly Served[]): Served {
  if (!api) throw new Error("no API");
  return api;
}

/** As the console shows it to whoever is on this machine. */
function described(api: Served, config: Config) {
  const { singlePort } = config;
  const origin = `http://localhost:${singlePort ?? portOf(config, api.name).port}`;
  return describedApi(api, origin, singlePort === undefined ? "" : `/${api.name}`) ?? [];
}

function pretty(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
