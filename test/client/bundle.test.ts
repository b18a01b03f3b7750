import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../harness";

const ROOT = join(import.meta.dir, "..", "..");

/** What a page's bundler makes of a line of code. */
async function bundled(code: string): Promise<string> {
  using folder = temporaryFolder();
  const entry = join(folder.path, "page.ts");
  await Bun.write(entry, code.replaceAll('"headend/client"', JSON.stringify(join(ROOT, "src", "client", "index.ts"))));
  const { outputs, success } = await Bun.build({
    entrypoints: [entry],
    target: "browser",
    minify: true,
    plugins: [
      {
        name: "socket.io-client from here",
        setup: (build) =>
          void build.onResolve({ filter: /^socket\.io-client$/ }, (args) => ({
            path: Bun.resolveSync(args.path, ROOT),
          })),
      },
    ],
  });
  expect(success).toBe(true);
  const [output] = outputs;
  return (await output?.text()) ?? "";
}

test("what a page loads is socket.io-client and a few KB, and nothing of the server or of the validator", async () => {
  const bare = await bundled('import { io } from "socket.io-client"; globalThis.x = io;');
  const all = await bundled('import * as client from "headend/client"; globalThis.x = client;');
  // As it goes over the wire; docs/client.md says 1.5 KB.
  const wire = (code: string) => Bun.gzipSync(code).length;
  expect(wire(all) - wire(bare)).toBeGreaterThan(0);
  expect(wire(all) - wire(bare)).toBeLessThan(1_536);
  // Words of the validator, of contracts and of the server.
  for (const word of ["~standard", "valibot", "must have", "document", "live-realcast", "drizzle", "Bun."])
    expect([word, all.split(word).length]).toEqual([word, bare.split(word).length]);
  expect(all).toContain("HeadendError");
});

test("an API that is not used is not loaded", async () => {
  const live = await bundled('import { connectLive } from "headend/client"; globalThis.x = connectLive;');
  const all = await bundled('import * as client from "headend/client"; globalThis.x = client;');
  expect(live).toContain("app_id");
  expect(live).not.toContain("authError");
  expect(live).not.toContain('"authenticate"');
  expect(live.length).toBeLessThan(all.length - 500);
});
