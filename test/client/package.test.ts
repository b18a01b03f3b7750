import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTestApp, temporaryFolder, token } from "../harness";

// The package that `bun run build:client` makes, used as its users use it: by name, under Node, without our sources.

const ROOT = join(import.meta.dir, "..", "..");
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

async function run(words: readonly string[], cwd: string): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([...words], { cwd, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, text: out + err };
}

/** A project that has installed it. */
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

beforeAll(async () => {
  const packages = join(folder.path, "node_modules");
  const built = await run([process.execPath, join(ROOT, "src", "client", "build.ts"), join(packages, "headend")], ROOT);
  expect(built).toEqual({ code: 0, text: "" });
  mkdirSync(join(packages, "@types"));
  for (const name of [
    "socket.io-client",
    "socket.io-parser",
    "engine.io-client",
    "@socket.io",
    "@types/node",
    "undici-types",
  ])
    symlinkSync(join(ROOT, "node_modules", name), join(packages, name));
  writeFileSync(join(folder.path, "package.json"), '{ "type": "module" }');
}, 30_000);

const STRICT = "--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --target es2022";

test("the package types, refuses and connects as the source does, with Node's resolution and without our types", async () => {
  const files = readdirSync(join(folder.path, "node_modules", "headend")).sort();
  expect(files).toContain("README.md");
  expect(files.filter((name) => !/\.d\.ts$|^(index\.js|package\.json|README\.md|LICENSE)$/.test(name))).toEqual([]);

  cpSync(join(import.meta.dir, "types.ts"), join(folder.path, "types.ts"));
  // What the documents show compiles for their readers.
  const shown = ["client", "playback"].flatMap((name) =>
    [...readFileSync(join(ROOT, "docs", `${name}.md`), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
      ([, code]) => code,
    ),
  );
  expect(shown).toHaveLength(3);
  const pages = shown.map((code, index) => {
    writeFileSync(join(folder.path, `shown${index}.ts`), `${code}\nexport {};\n`);
    return `shown${index}.ts`;
  });
  const flags = `${STRICT} --module nodenext --lib es2022,dom --types node --skipLibCheck false`.split(" ");
  const compiled = await run([process.execPath, TSC, ...flags, "types.ts", ...pages], folder.path);
  // Complaints about other packages' own declarations are theirs.
  expect(compiled.text.split("\n").filter((line) => /^(types\.ts|shown\d|node_modules\/headend)/.test(line))).toEqual(
    [],
  );

  await using app = await startTestApp();
  writeFileSync(
    join(folder.path, "main.mjs"),
    `import { ask, connectLive } from "headend/client";
     const [url, token] = process.argv.slice(2);
     const socket = connectLive(url, { token });
     socket.on("authenticated", async ({ user_id }) => {
       await ask(socket, "chat:join", { stream_id: "s" });
       const error = await ask(socket, "chat:join", { stream_id: "" }).catch((error) => error);
       console.log(user_id, error.name, error.code, error.field);
       socket.close();
     });`,
  );
  const ran = await run(["node", "main.mjs", app.app.url("live"), await token("ann")], folder.path);
  expect(ran).toEqual({ code: 0, text: "ann HeadendError invalid_request stream_id\n" });
});

test("the events that the package has written out are those of the contracts, payload by payload", async () => {
  const pairs = [
    ...["Playback", "Live", "Learning"].flatMap((name) => [`${name}Events`, `${name}Commands`]),
    ...["/", "/authenticated", "/admin", "/media", "/system"].flatMap((at) => [
      `RequestsEvents<"${at}">`,
      `RequestsCommands<"${at}">`,
    ]),
    ...["/", "/media", "/notifications"].flatMap((at) => [`StudioEvents<"${at}">`, `StudioCommands<"${at}">`]),
  ];
  for (const name of ["valibot", "@types/bun", "bun-types"])
    symlinkSync(join(ROOT, "node_modules", name), join(folder.path, "node_modules", name));
  const source = [
    `import type * as Source from ${JSON.stringify(join(ROOT, "src", "client", "index.ts"))};`,
    'import type * as Package from "headend/client";',
    // Both ways, and in the parts that are optional too.
    "type Known<T> = T extends (...args: infer A) => void ? { [K in keyof A]: Parts<A[K]> } : never;",
    "type Parts<T> = T extends (...args: infer A) => void ? { asks: { [K in keyof A]-?: Parts<A[K]> } }",
    "  : T extends object ? { [K in keyof T]-?: Parts<T[K]> } & { keys: keyof T } : T;",
    "type Events<T> = { [E in keyof T]: Known<T[E]> };",
    "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;",
    ...pairs.map(
      (name, index) => `export const is${index}: Same<Events<Source.${name}>, Events<Package.${name}>> = true;`,
    ),
    // A comparison that finds everything the same would be none.
    "export const isNot: Same<Events<Source.LiveEvents>, Events<Package.LiveCommands>> = false;",
    "export const narrower: Same<Known<(p: { a: 1; b?: 2 }) => void>, Known<(p: { a: 1 }) => void>> = false;",
  ];
  writeFileSync(join(folder.path, "same.ts"), source.join("\n"));
  const flags = `${STRICT} --lib esnext --module preserve --moduleResolution bundler --skipLibCheck --types bun`.split(
    " ",
  );
  const compiled = await run([process.execPath, TSC, ...flags, "--allowImportingTsExtensions", "same.ts"], folder.path);
  expect(compiled.text.trim()).toBe("");
}, 30_000);
