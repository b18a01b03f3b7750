import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder, testEnvironment } from "../harness";
import { headend, ServerProcess } from "./server";

test("a server with pages open is gone in time, and its token with it", async () => {
  using folder = temporaryFolder();
  const file = Bun.file(join(folder.path, "console.token"));
  const tokens: string[] = [];
  for (let i = 0; i < 2; i++) {
    await using server = await ServerProcess.start(folder.path);
    const token = (await file.text()).trim();
    tokens.push(token);
    const url = server.url("console");
    const [earlier = ""] = tokens;
    const login = await fetch(`${url}/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: earlier }),
    });
    expect(login.status).toBe(i === 0 ? 200 : 401);
    const page = await fetch(`${url}/stream`, { headers: { authorization: `Bearer ${token}` } });
    const told = page.text();
    await Bun.sleep(1_200);
    const begun = performance.now();
    server.signal("SIGTERM");
    const { code, stderr } = await server.ended();
    expect(code).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(await told).toContain("event: figures\n");
    expect(stderr).not.toContain(token);
  }
}, 30_000);

test("serve prints one link that opens the console, and nothing of it is in the log", async () => {
  using folder = temporaryFolder();
  const { stdout, stderr } = await served(folder.path);
  const [link, ...more] = [...stdout.matchAll(/http:\S+#token=[\w-]{43}$/gm)].map(([url]) => new URL(url));
  expect(more).toEqual([]);
  const token = (await Bun.file(join(folder.path, "console.token")).text()).trim();
  expect(link?.hash).toBe(`#token=${token}`);
  expect(stdout).toContain(`console   ${link?.origin}\n`);
  expect(stderr).not.toContain(token);
});

/** What a server prints from its start to its end. */
async function served(folder: string): Promise<{ stdout: string; stderr: string }> {
  const running = headend(["serve"], testEnvironment(folder));
  const pidFile = Bun.file(join(folder, "headend.pid"));
  const tokenFile = Bun.file(join(folder, "console.token"));
  while (!((await tokenFile.exists()) && (await pidFile.exists()))) await Bun.sleep(20);
  // The link is printed right after the file is there.
  await Bun.sleep(300);
  process.kill(Number(await pidFile.text()), "SIGTERM");
  return running;
}
