import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

// The rules of direction: which folder may know which. What is not allowed here is refused, so that a new folder or a
// new dependency is a decision and not an accident.

const SRC = join(import.meta.dir, "..", "src");

interface Source {
  /** From `src`, without `.ts` or `.tsx`: `realtime/contract`. */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  /** Files of ours as paths, everything else as it is written. */
  readonly imports: readonly string[];
}

const FILES = [...new Glob("**/*.{ts,tsx}").scanSync(SRC)].sort();
const PATHS = FILES.map((file) => file.replace(/\.tsx?$/, ""));
const SOURCES: readonly Source[] = FILES.map((file, at) => {
  const path = PATHS[at] ?? "";
  const text = readFileSync(join(SRC, file), "utf8");
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
  return { path, code, imports: importsOf(code).map((specifier) => resolve(path, specifier)) };
});

function importsOf(code: string): string[] {
  const statements = /\b(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g;
  return [...code.matchAll(statements)].map(([, from, bare]) => from ?? bare ?? "");
}

function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const target = normalize(join(dirname(path), specifier));
  return PATHS.includes(`${target}/index`) ? `${target}/index` : target;
}

function isOurs(specifier: string): boolean {
  return PATHS.includes(specifier);
}

/** What breaks a rule, in lines that say where. */
function importsThat(isWrong: (from: string, to: string) => boolean): string[] {
  return SOURCES.flatMap(({ path, imports }) =>
    imports.filter((to) => isWrong(path, to)).map((to) => `${path} imports ${to}`),
  );
}

function linesThat(pattern: RegExp, isFree: (path: string) => boolean): string[] {
  return SOURCES.filter(({ path }) => !isFree(path)).flatMap(({ path, code }) =>
    code
      .split("\n")
      .filter((line) => pattern.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
}

/** Which of our files a file may import; the first row that fits it counts, and what fits none is at fault. */
const MAY_IMPORT: readonly [from: RegExp, to: RegExp][] = [
  // A client takes an API's types without our server.
  [/^apis\/\w+\/contract$/, /^realtime\/(contract|fields)$/],
  [/^realtime\/(contract|fields)$/, /^$/],
  [/^client\/build$/, /^(apis\/index|realtime\/typescript)$/],
  // What is ours and not the client's own is types alone, see below.
  [/^client\/events$/, /^(apis\/\w+\/contract|refusal)$/],
  [/^client\//, /^client\/\w+$/],
  [/^apis\/index$/, /^(apis\/\w+\/index|realtime\/api)$/],
  [/^apis\/\w+\/settings$/, /^setting$/],
  [
    /^apis\/\w+\/panels$/,
    /^(apis\/\w+\/\w+(\/\w+)?|realtime\/\w+|domain\/.+|http\/body|house|panel|parse|refusal|runtime\/clock)$/,
  ],
  [/^apis\/\w+\/checks$/, /^(verify\/check|apis\/\w+\/contract)$/],
  [
    /^apis\/\w+\/(\w+\/)?(tables|store)$/,
    /^(apis\/\w+\/(\w+\/)?(tables|spelling)|store\/\w+|runtime\/\w+|refusal|domain\/.+)$/,
  ],
  [
    /^apis\//,
    /^(apis\/\w+\/\w+(\/\w+)?|realtime\/\w+|domain\/.+|http\/\w+|house|setting|refusal|parse|runtime\/(clock|host|lag|log|tail|throttle|ticker|turns)|panel)$/,
  ],
  [/^domain\//, /^(domain\/.+|store\/\w+|runtime\/\w+|refusal)$/],
  [/^realtime\//, /^(realtime\/(lean\/)?\w+|domain\/.+|http\/\w+|runtime\/\w+|house|panel|refusal|parse|jsonschema)$/],
  [/^http\/credentials$/, /^realtime\/fields$/],
  // A part of a path is an id, unless its route says otherwise.
  [/^http\/call$/, /^(realtime\/fields|http\/(body|peer|rest|route)|parse)$/],
  [/^http\//, /^(http\/\w+|domain\/.+|runtime\/\w+|refusal|parse|jsonschema)$/],
  [/^store\/schema$/, /^(domain\/.+|apis\/\w+(\/\w+)?)\/tables$/],
  [/^store\//, /^(store\/\w+|runtime\/\w+)$/],
  [/^runtime\//, /^runtime\/\w+$/],
  [/^house$/, /^(domain\/.+|runtime\/\w+|setting|store\/database)$/],
  // What a page takes with it is types.
  [/^console\/wire$/, /^panel$/],
  // The page runs in a browser. It takes nothing of the server but the types of what the two say to each other.
  [/^console\/page\/(assets|build)$/, /^console\/page\/bundle$/],
  [/^console\/page\/(bundle|theme)$/, /^$/],
  [/^console\/page\//, /^(console\/page\/(?!assets$|build$|bundle$).+|console\/wire|panel)$/],
  [
    /^console\//,
    /^(house|panel|parse|jsonschema|console\/(?!page\/).+|console\/page\/assets|http\/\w+|domain\/.+|realtime\/\w+|store\/\w+|runtime\/\w+|refusal)$/,
  ],
  [/^verify\//, /^verify\/\w+$/],
  // Clients of the server, and so without any of it; of its own they have the clock that they wait by.
  [/^demo\//, /^(demo\/.+|runtime\/clock)$/],
  [/^refusal$/, /^store\/errors$/],
  [/^store\/errors$/, /^$/],
  [/^(panel|setting|version|jsonschema)$/, /^$/],
  [/^parse$/, /^refusal$/],
  [/^config$/, /^(apis\/\w+\/settings|runtime\/(fault|log)|setting)$/],
  [/^app$/, /^(?!cli\/|main$|verify\/|demo\/)/],
  [/^cli\//, /^(?!main$)/],
  [/^main$/, /^cli\/index$/],
];

/** Where a package may be imported. One that stands nowhere here may not be imported at all. */
const PACKAGES: readonly [name: RegExp, where: RegExp][] = [
  [
    /^valibot$/,
    /^(apis\/|realtime\/|console\/(?!page\/)|cli\/|http\/(body|call|credentials|route|rest|truth)$|(parse|setting|config|jsonschema)$)/,
  ],
  [/^@valibot\/to-json-schema$/, /^jsonschema$/],
  [/^(socket\.io|socket\.io-adapter|@socket\.io\/bun-engine)(\/package\.json)?$/, /^realtime\//],
  // The other end of the wire: what `headend verify` runs.
  [/^socket\.io-client\/dist\/socket\.io\.js$/, /^realtime\/bundle$/],
  [
    /^socket\.io-client$/,
    /^(client\/\w+|verify\/\w+|demo\/.+|cli\/verify|apis\/\w+\/checks|console\/page\/try\/trial)$/,
  ],
  [/^preact(\/hooks)?$/, /^console\/page\//],
  [/^uplot$/, /^console\/page\/overview\/chart$/],
  // The REST calls of an API are declared (`http/route`); nothing in `apis/` registers a handler of its own.
  [/^hono(\/.+)?$/, /^(http|console)\/\w+$/],
  // By its path: the package exports no name for the file that runs in a browser.
  [/^\.\.\/node_modules\/@scalar\/api-reference\/dist\/browser\/standalone\.js$/, /^console\/documents$/],
  [/^jose$/, /^domain\/tokens\/\w+$/],
  [/^drizzle-orm(\/.+)?$/, /^(store\/\w+|domain\/.+|apis\/\w+\/(\w+\/)?(tables|store))$/],
  [/^bun:sqlite$/, /^(store\/\w+|domain\/.+|apis\/\w+\/(\w+\/)?store)$/],
  [/^pino(-pretty)?$/, /^runtime\/log$/],
  [/^prom-client$/, /^console\/metrics$/],
  [/^node:/, /^((domain|http|store|cli|runtime)\/|client\/build$)/],
  [/^\.\.\/package\.json$|^package\.json$/, /^(version|client\/build)$/],
];

test("the scan sees what is there", () => {
  expect(PATHS.length).toBeGreaterThan(40);
  const listener = SOURCES.find(({ path }) => path === "realtime/listener");
  expect(listener?.imports).toEqual(
    expect.arrayContaining(["@socket.io/bun-engine", "http/peer", "realtime/endpoint"]),
  );
  const folders = SOURCES.find(({ path }) => path === "apis/index")?.imports;
  expect(folders).toEqual(expect.arrayContaining(["apis/playback/index"]));
  const code = 'import "./a";\nimport type { B } from "./b";\nexport * from "./c";\nconst d = await import("./d");';
  expect(importsOf(code)).toEqual(["./a", "./b", "./c", "./d"]);
});

describe("our files", () => {
  test("import only what their folder may know", () => {
    const wrong = importsThat((from, to) => {
      const allowed = MAY_IMPORT.find(([pattern]) => pattern.test(from))?.[1];
      return isOurs(to) && !allowed?.test(to);
    });
    expect(wrong).toEqual([]);
  });

  test("of one API never import another one", () => {
    const apiOf = (path: string) => /^apis\/(\w+)\//.exec(path)?.[1];
    expect(importsThat((from, to) => Boolean(apiOf(from) && apiOf(to) && apiOf(from) !== apiOf(to)))).toEqual([]);
  });

  test("of the client take nothing but types from the server", () => {
    const events = SOURCES.find(({ path }) => path === "client/events")?.code ?? "";
    expect(events.split(";").filter((statement) => !/^\s*(export type \{|$)/.test(statement))).toEqual([]);
    expect(
      importsThat((from, to) => from.startsWith("client/") && from !== "client/build" && to === "client/build"),
    ).toEqual([]);
  });

  test("all stand under a rule", () => {
    expect(PATHS.filter((path) => !MAY_IMPORT.some(([pattern]) => pattern.test(path)))).toEqual([]);
  });

  test("that only some build on are imported nowhere else: the program by its commands, the settings by the app", () => {
    expect(importsThat((from, to) => to === "app" && !/^cli\//.test(from))).toEqual([]);
    expect(importsThat((from, to) => to === "config" && !/^(app$|cli\/)/.test(from))).toEqual([]);
    expect(importsThat((from, to) => to === "apis/index" && !/^(app$|cli\/|client\/build$)/.test(from))).toEqual([]);
  });

  test("import each other without end nowhere, types aside", () => {
    expect(cycles()).toEqual([]);
  });
});

describe("packages", () => {
  test("are imported only where they belong", () => {
    const wrong = importsThat((from, to) => {
      if (isOurs(to)) return false;
      return !PACKAGES.find(([name]) => name.test(to))?.[1].test(from);
    });
    expect(wrong).toEqual([]);
  });

  test("that are depended on are all imported by the program", async () => {
    const { dependencies } = await Bun.file(join(SRC, "..", "package.json")).json();
    const imported = new Set(
      SOURCES.flatMap(({ imports }) => imports).map((each) => each.replace("../node_modules/", "")),
    );
    const isUsed = (name: string) => [...imported].some((each) => each === name || each.startsWith(`${name}/`));
    expect(Object.keys(dependencies).filter((name) => !isUsed(name))).toEqual([]);
  });
});

describe("only", () => {
  // `verify/` is a client that a command runs, and waits for the server as one.
  // The console's page and the client have a browser's clock.
  const isAtTheEdge = (path: string) => /^(runtime|cli|verify|console\/page|client)\//.test(path);

  test("the runtime reads the clock and sets timers", () => {
    const timers = /\bDate\.now\(|\bnew Date\(\)|\b(setTimeout|setInterval|setImmediate)\(|\bBun\.sleep\(/;
    expect(linesThat(timers, isAtTheEdge)).toEqual([]);
  });

  test("the commands print, and end the process", () => {
    const prints = /\bconsole\.(log|error|warn|info|debug|table|trace|dir)\(|\bprocess\.(stdout|stderr|exit)\b/;
    expect(linesThat(prints, (path) => /^(cli\/|runtime\/log$)/.test(path))).toEqual([]);
  });

  test("the commands read the environment", () => {
    expect(linesThat(/\bprocess\.env\b|\bBun\.env\b/, (path) => /^cli\//.test(path))).toEqual([]);
  });

  test("the declarations of routes make REST calls: an API hands over a table and its handlers", () => {
    expect(importsThat((from, to) => from.startsWith("apis/") && /^hono(\/|$)/.test(to))).toEqual([]);
    const registers =
      /\.(get|post|put|patch|delete|on|all|use|route)\(\s*["'`](\/|GET|POST|PUT|PATCH|DELETE)|\bnew Hono\b/;
    expect(linesThat(registers, (path) => /^(http|console|demo)\//.test(path))).toEqual([]);
  });

  test("the files of an API know its name", () => {
    const names = /["'`](playback|requests|studio|live|learning)["'`]/;
    expect(linesThat(names, (path) => /^(apis\/|config$|cli\/|demo\/)/.test(path))).toEqual([]);
  });
});

test("nothing makes state when it is imported", () => {
  const mutable = /^(export )?(let|var) |^(export )?const \w+(: [^=]+)? = new (Map|Set|WeakMap|WeakSet)(<.*>)?\(\);?$/;
  expect(linesThat(mutable, () => false)).toEqual([]);
  expect(
    linesThat(
      /^(const|let) .*= (await )?(new (Database|Hono|Engine|Server)|Bun\.serve|openStore|openLog)\(/,
      () => false,
    ),
  ).toEqual([]);
});

/** Rings of imports. */
function cycles(): string[] {
  const graph = new Map(
    SOURCES.map(({ path, code }) => {
      const runtime = code.replace(/\b(import|export) type\b[^;]*;/g, "");
      return [path, importsOf(runtime).map((specifier) => resolve(path, specifier))];
    }),
  );
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at !== -1) found.push([...way.slice(at), path].join(" -> "));
    if (at !== -1 || finished.has(path)) return;
    for (const next of graph.get(path) ?? []) if (graph.has(next)) visit(next, [...way, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
