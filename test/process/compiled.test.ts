import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Demo } from "../demo/process";
import { temporaryFolder } from "../harness";
import { headend, ROOT, ServerProcess } from "./server";

const built = temporaryFolder();
const program = [join(built.path, "headend")];

/** The console's page is inside, too. */
const CONSOLE = [
  ["/", "/page/main.js"],
  ["/docs/events", "/page/main.js"],
  ["/page/main.js", "EventSource"],
  ["/page/theme.js", "headend-theme"],
  ["/page/style.css", "--accent-fill"],
  ["/page/icon.svg", "<svg"],
  ["/favicon.ico", "<svg"],
] as const;

beforeAll(async () => {
  const build = Bun.spawn([process.execPath, "run", "build", "--outfile", program[0] ?? ""], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  if ((await build.exited) !== 0) throw new Error(await new Response(build.stderr).text());
}, 120_000);

afterAll(() => built[Symbol.dispose]());

test("the compiled program serves, migrates, authenticates, stores and restarts from an empty folder", async () => {
  using empty = temporaryFolder();
  const env = { HEADEND_DATA: "./data", HEADEND_JWT_SECRET: "" };
  const verify = async (server: ServerProcess) => {
    const settings = { HEADEND_DATA: join(empty.path, "data") };
    return headend(["verify", server.url("playback"), "--api", "playback"], settings, "", program);
  };
  for (const round of ["first start", "restart"]) {
    await using server = await ServerProcess.start(empty.path, env, { program, cwd: empty.path });
    const { code, stdout } = await verify(server);
    expect([round, stdout, code]).toEqual([round, expect.stringContaining("5 of 5 examples work"), 0]);
    // The page of REST calls is in it, whole.
    const script = await fetch(`${server.url("console")}/docs/rest/scalar.js`);
    expect((await script.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
    for (const [path, holds] of CONSOLE) {
      const answer = await fetch(`${server.url("console")}${path}`);
      expect([path, answer.status, (await answer.text()).includes(holds)]).toEqual([path, 200, true]);
    }
    server.signal("SIGTERM");
    expect((await server.ended()).code).toBe(0);
  }
  expect(readdirSync(empty.path)).toEqual(["data"]);
});

test("the compiled program knows its version and its settings", async () => {
  expect((await headend(["--version"], {}, "", program)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await headend(["serve", "--help"], {}, "", program)).stdout).toContain("HEADEND_JWT_SECRET");
});

test("the compiled program plays the demo, and leaves nothing behind", async () => {
  await using demo = await Demo.start(["--speed", "50"], { HEADEND_APIS: "live" }, program);
  const chat = await demo.connect("live", { token: demo.token("user_abc123") });
  chat.send("chat:join", { stream_id: demo.told.ids.stream });
  expect(await chat.next("chat:message")).toMatchObject({ stream_id: "stream_qwe456" });
  expect(await demo.interrupt()).toBe(0);
  expect(readdirSync(demo.folder)).toEqual([]);
});
