import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import type { Page } from "playwright-core";
import { testInBrowser } from "./browser";
import { temporaryFolder } from "./harness";
import { Program } from "./program";
import { hasSocketIo, PYTHON } from "./python";

// The README, run as it stands there: its own commands start the servers, and each of its snippets is run against them
// and must do what it is there for. Only ports are replaced, so that it may run beside another server.

const ROOT = join(import.meta.dir, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
/** What a client of the README may take. */
const SLOW_MS = 60_000;

interface Snippet {
  /** The heading above it. */
  readonly section: string;
  readonly language: string;
  readonly code: string;
}

const SNIPPETS: readonly Snippet[] = README.split(/^#+ /m).flatMap((part) => {
  const section = part.split("\n")[0] ?? "";
  return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", code = ""]) => ({
    section,
    language,
    code,
  }));
});

/** All that stand there, in order. A snippet that is new in the README is missing here until a test runs it. */
const KNOWN = [
  "Run it: sh",
  "Run it: sh",
  "Run it: sh",
  "live: a chat in two windows: html",
  "live: a chat in two windows: sh",
  "studio: a job with a progress bar: js",
  "playback: what is on, and something else instead: sh",
  "requests: a wish, an approval, a download: sh",
  "requests: a wish, an approval, a download: python",
  "learning: a class and its instructor: sh",
  "learning: a class and its instructor: ts",
  "Users, keys, and is it working: sh",
];

const PORTS = { playback: 8080, requests: 4000, studio: 3000, live: 7070, learning: 5000, console: 9000 };
type Ports = Record<keyof typeof PORTS, number>;

const place = temporaryFolder();
/** What the reader has in the second terminal. */
const shell: Record<string, string> = { PATH: "", HOME: place.path };
let demo: Ports;
let server: Ports;
/** What the commands of the README print; they run while the rest does. */
let commands: ReturnType<typeof bash>;
/** The job of the README, which takes its time. */
let job: Promise<void>;
const running: Program[] = [];

function snippet(section: string, language: string, index = 0): string {
  const found = SNIPPETS.filter((each) => each.section.startsWith(section) && each.language === language)[index];
  if (!found) throw new Error(`the README has no ${language} under ${section}`);
  return found.code;
}

/** The same with other ports. */
function here(text: string, ports = demo): string {
  return Object.entries(PORTS).reduce(
    (text, [name, port]) =>
      text.replace(new RegExp(`localhost:${port}\\b`, "g"), `localhost:${ports[name as keyof Ports]}`),
    text,
  );
}

function freePorts(): Ports {
  const listeners = Object.keys(PORTS).map((name) => {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    return { name, listener };
  });
  const ports = Object.fromEntries(listeners.map(({ name, listener }) => [name, listener.port]));
  for (const { listener } of listeners) listener.stop();
  return ports as Ports;
}

function settings(ports: Ports): Record<string, string> {
  return {
    HEADEND_HOST: "127.0.0.1",
    ...Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [`HEADEND_${name.toUpperCase()}_PORT`, `${port}`]),
    ),
  };
}

/** A command of the README that goes on until the end of the tests. */
function keep(command: string, env: Record<string, string>): Program {
  const program = new Program(["bash", "-euo", "pipefail", "-c", command], ROOT, { ...shell, ...env });
  running.push(program);
  return program;
}

/** A snippet of the shell, to its end. */
async function bash(code: string, { env = {}, cwd = place.path }: { env?: Record<string, string>; cwd?: string } = {}) {
  const child = Bun.spawn(["bash", "-euo", "pipefail", "-c", code], {
    cwd,
    env: { ...shell, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

/** A program of the README, until it has printed what it is there for. */
async function prints(words: readonly string[], ...patterns: RegExp[]): Promise<void> {
  await using program = new Program(words, place.path, shell);
  for (const pattern of patterns) await program.prints(pattern);
}

function file(name: string, code: string): string {
  const path = join(place.path, name);
  writeFileSync(path, here(code));
  return path;
}

beforeAll(async () => {
  // `npx -y bun@1.4.5` is this Bun, and `headend` is the program from source.
  const bin = join(place.path, "bin");
  mkdirSync(bin);
  const main = join(ROOT, "src", "main.ts");
  for (const [name, script] of Object.entries({
    npx: `[ "$1 $2" = "-y bun@1.4.5" ] && shift 2 && exec "${process.execPath}" "$@"`,
    bun: `exec "${process.execPath}" "$@"`,
    headend: `exec "${process.execPath}" "${main}" "$@"`,
  })) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  shell.PATH = `${bin}:${process.env.PATH}`;

  [demo, server] = [freePorts(), freePorts()];
  const data = join(place.path, "data");
  // The crowd in a hurry: a job is done in two or three seconds.
  const shown = keep(`${snippet("Run it", "sh", 2).trim()} --speed 10`, { ...settings(demo), TMPDIR: place.path });
  // As the reader does: what begins with `export` goes into the second terminal.
  await shown.prints(/^export KEY=\S+$[\s\S]*^curl /m);
  for (const [, name = "", value = ""] of shown.text.matchAll(/^export (\w+)=(\S+)$/gm)) shell[name] = value;
  for (const name of ["KEY", "GAMER", "FRIEND", "ADMIN", "INSTRUCTOR"]) expect(shell[name]).toBeString();
  // After the other: both install first, into the same folder.
  keep(snippet("Run it", "sh", 0), { ...settings(server), HEADEND_DATA: data });
  for (let isReady = false; !isReady; await Bun.sleep(20)) {
    const answer = await fetch(`http://127.0.0.1:${server.console}/readyz`).catch(() => undefined);
    isReady = answer?.status === 200;
  }

  commands = bash(snippet("Users, keys", "sh"), { env: { ...settings(server), HEADEND_DATA: data } });

  // Where the reader stands: the repository.
  cpSync(join(ROOT, "examples"), join(place.path, "examples"), { recursive: true });
  for (const path of new Glob("**/*.{ts,mjs,html,py}").scanSync(join(place.path, "examples"))) {
    const at = join(place.path, "examples", path);
    writeFileSync(at, here(readFileSync(at, "utf8")));
  }
  for (const name of ["node_modules", "src", "package.json"]) symlinkSync(join(ROOT, name), join(place.path, name));

  const draws = [process.execPath, file("studio.mjs", snippet("studio:", "js"))];
  job = prints(draws, /^\d+ % \w+/m, /^done: |failed/m);
  // Its test says so.
  job.catch(() => {});
}, SLOW_MS);

afterAll(async () => {
  await Promise.all(running.map((program) => program[Symbol.asyncDispose]()));
  place[Symbol.dispose]();
});

test("every snippet of the README is known here, and run below", () => {
  expect(SNIPPETS.map(({ section, language }) => `${section}: ${language}`)).toEqual(KNOWN);
});

test("what the README calls the tests is what decides whether a change lands", () => {
  expect(snippet("Run it", "sh", 1)).toBe("npx -y bun@1.4.5 run test\n");
  const script = readFileSync(join(ROOT, ".ci", "run"), "utf8");
  expect(script).toContain('bun() { npx -y bun@1.4.5 "$@"; }');
  expect(script).toMatch(/^bun run test/m);
});

test("its links and pictures lead to what is there", () => {
  const words = README.replace(/^```[\s\S]*?^```$/gm, "");
  const links = [...words.matchAll(/(?:\]\(|src="|srcset=")(?!https?:)([^)"#]+)/g)].map(([, path]) => path ?? "");
  expect(links.length).toBeGreaterThan(20);
  expect(links).toContain("docs/pictures/console.png");
  expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("the files that CONTRIBUTING names are there", () => {
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const paths = [...text.matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  // Those of the API that is added there are not.
  const named = paths.filter((path) => !path.includes("radio") && !path.includes("NAME"));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

describe("the clients of its table", () => {
  const hasNode = Bun.which("node") !== null;
  const rows = [...README.matchAll(/^\| `(\w+)` \|.*?\| (\d+) \| `([^`]+)` \|/gm)];
  const says: Readonly<Record<string, RegExp>> = {
    playback: /^signed in$/m,
    requests: /The Matrix is pending|CONFLICT/,
    studio: /\] \d+ %[\s\S]*(done: |failed: )/,
    live: /in the chat with \d+/,
    learning: /^asked$/m,
  };

  test("are those of the five APIs, with their ports", () => {
    expect(rows.map(([, api, port]) => [api, Number(port)])).toEqual(Object.entries(PORTS).slice(0, 5));
  });

  test.skipIf(!hasNode)(
    "do what they are there for, all at once",
    async () => {
      const all = rows.map(([, api = "", , command = ""]) => prints(["bash", "-c", command], says[api] ?? /^$/));
      await Promise.all(all);
    },
    SLOW_MS,
  );
});

testInBrowser(
  "the chat crosses two windows, its own and one of its links, and markup in it is text",
  async (browser) => {
    const page = here(snippet("live:", "html"));
    const headers = { "content-type": "text/html; charset=utf-8" };
    using site = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(page, { headers }) });
    const [, link = ""] = (await bash(snippet("live:", "sh"))).out.trim().split("\n");
    const open = async (url: string): Promise<Page> => {
      const tab = await browser.newPage();
      await tab.goto(url);
      await tab.waitForFunction("socket.connected");
      return tab;
    };
    const gamer = await open(`http://127.0.0.1:${site.port}/#${shell.GAMER}`);
    const friend = await open(link);
    const said = `<b>Hello</b> from a window ${crypto.randomUUID()}`;
    for (const [tab, name] of [
      [gamer, "GamerPro"],
      [friend, "MovieBuff"],
    ] as const) {
      await tab.fill("#text", `${said} ${name}`);
      await tab.press("#text", "Enter");
      for (const each of [gamer, friend]) {
        await each.waitForFunction(`log.textContent.includes(${JSON.stringify(`${name}: ${said} ${name}`)})`);
        expect(await each.locator("#log b").count()).toBe(0);
      }
    }
  },
);

test("the job comes to its end, with percentages", () => job, SLOW_MS);

test("what is on is told, and the player is told to play something else", async () => {
  const { code, out, err } = await bash(here(snippet("playback:", "sh")));
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain('"movieId":"123-456"');
  expect(out).toEndWith('{"status":"sent"}');
});

test("the wish is found, approved and downloaded, and the Python client sees it", async () => {
  const script = file("wishes.py", snippet("requests:", "python"));
  await using client = hasSocketIo ? new Program([PYTHON, "-u", script], place.path, shell) : undefined;
  // Shown on connecting: what GamerPro has asked for already. Handlers have threads, which may share a line.
  await client?.prints(/Inception is /);
  const ran = await bash(here(snippet("requests:", "sh")));
  expect([ran.code, ran.err]).toEqual([0, ""]);
  expect(ran.out).toContain('"title":"Inception"');
  expect(ran.out).toContain('"status":"approved"');
  expect(ran.out).toContain('"percentage":50');
  await client?.prints(/Blade Runner is downloading/);
  await client?.prints(/50(\.0)? %, /);
});

test("the instructor sees the class, and the student that the compiler knows", async () => {
  const { out } = await bash(here(snippet("learning:", "sh")));
  expect(JSON.parse(out)).toMatchObject({ data: expect.any(Array) });
  await prints([process.execPath, file("desk.ts", snippet("learning:", "ts"))], /user_abc123 is at 300 s/);
});

test(
  "its commands do what they say to the server beside which they run",
  async () => {
    const ran = await commands;
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.out).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/m);
    expect(ran.out).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/m);
    expect(ran.out).toMatch(/(\d+) of \1 examples work/);
    expect(existsSync(join(place.path, "backup.db"))).toBe(true);
  },
  SLOW_MS,
);
