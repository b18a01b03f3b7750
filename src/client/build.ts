// `bun run build:client [FOLDER]`: makes the package for npm, dist/client. It holds one module, its declarations and
// nothing else, needs socket.io-client alone, and is imported as the source is: `import … from "headend/client"`.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { dependencies, description, license, version } from "../../package.json" with { type: "json" };
import { APIS } from "../apis";
import { ANSWER, typescript } from "../realtime/typescript";

const ROOT = join(import.meta.dir, "..", "..");
const folder = process.argv[2] ?? join(ROOT, "dist", "client");

await rm(folder, { recursive: true, force: true });
await Bun.build({
  entrypoints: [join(import.meta.dir, "index.ts")],
  outdir: folder,
  target: "browser",
  external: ["socket.io-client"],
});
await declare();
await write("package.json", {
  name: "headend",
  version,
  description: `${description}: the client`,
  license,
  type: "module",
  sideEffects: false,
  exports: { "./client": { types: "./index.d.ts", default: "./index.js" } },
  dependencies: { "socket.io-client": dependencies["socket.io-client"] },
});
await write("README.md", await Bun.file(join(ROOT, "docs", "client.md")).text());
await write("LICENSE", await Bun.file(join(ROOT, "LICENSE")).text());

/** Ours by the compiler, those of the events written out. */
async function declare(): Promise<void> {
  const flags =
    "--ignoreConfig --declaration --emitDeclarationOnly --strict --exactOptionalPropertyTypes --skipLibCheck";
  const target = "--target esnext --module preserve --moduleResolution bundler --types bun --lib esnext";
  const out = join(folder, "types");
  const tsc = Bun.spawn(
    [
      process.execPath,
      join(ROOT, "node_modules", "typescript", "bin", "tsc"),
      ...`${flags} ${target}`.split(" "),
      ...["--rootDir", join(ROOT, "src"), "--outDir", out, join(import.meta.dir, "index.ts")],
    ],
    { cwd: ROOT, stdout: "inherit", stderr: "inherit" },
  );
  if ((await tsc.exited) !== 0) throw new Error("the declarations could not be made");
  for (const name of new Bun.Glob("*.d.ts").scanSync(join(out, "client"))) {
    const text = await Bun.file(join(out, "client", name)).text();
    // Node's way to find modules wants the whole name.
    await write(name, text.replace(/(from|import\() ?"(\.\/\w+)"/g, '$1 "$2.js"'));
  }
  const [refusalCodes] =
    /export type RefusalCode = [^;]+;/.exec(await Bun.file(join(out, "refusal.d.ts")).text()) ?? [];
  if (!refusalCodes) throw new Error("refusal.d.ts has no RefusalCode");
  const events = APIS.map(({ name, contract }) => typescript(name[0]?.toUpperCase() + name.slice(1), contract));
  await write("events.d.ts", [refusalCodes, ANSWER, ...events, "export {};\n"].join("\n\n"));
  await rm(out, { recursive: true });
}

async function write(name: string, content: string | object): Promise<void> {
  await Bun.write(join(folder, name), typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`);
}
