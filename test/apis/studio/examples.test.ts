import { expect, test } from "bun:test";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { systemClock } from "../../../src/runtime/clock";
import { testInBrowser } from "../../browser";
import { startTestApp, type TestApp, token } from "../../harness";
import { Program } from "../../program";
import { KEY } from "./fixture";

const ROOT = join(import.meta.dir, "..", "..", "..");
const BUN = process.execPath;
const WORKERS = {
  "worker.ts": [BUN, join(ROOT, "examples", "worker.ts")],
  "worker.py": ["/usr/bin/python3", join(ROOT, "examples", "worker.py")],
};

function start(): Promise<TestApp> {
  return startTestApp({ clock: systemClock(), env: { HEADEND_API_KEY: KEY } });
}

function worker(app: TestApp, name: keyof typeof WORKERS): Program {
  return new Program([...WORKERS[name], KEY, app.app.url("studio"), "0"]);
}

/** The size of a PNG and how many colours it has; throws when it is none. */
function look(png: Buffer): { width: number; height: number; colours: number } {
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    expect(png.readUInt32BE(end)).toBe(Bun.hash.crc32(png.subarray(at + 4, end)));
    chunks.set(png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, end));
    at = end + 4;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
  const header = chunks.get("IHDR") ?? Buffer.alloc(0);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunks.get("IDAT") ?? Buffer.alloc(0));
  expect(rows.length).toBe(height * (1 + 3 * width));
  const colours = new Set<string>();
  for (let at = 1; at < rows.length; at += 97) colours.add(rows.toString("hex", at, at + 3));
  return { width, height, colours: colours.size };
}

for (const name of Object.keys(WORKERS) as (keyof typeof WORKERS)[]) {
  test(`examples/${name} claims jobs, tells how far it is, and serves a picture that the prompt decides on`, async () => {
    await using app = await start();
    await using program = worker(app, name);
    const [, base] = await program.prints(/(http:\/\/localhost:\d+)\/#TOKEN/);
    const jwt = await token("u1");
    const client = await app.connect("studio", { auth: { token: jwt } }, "/media");
    const pictures: Buffer[] = [];
    for (const prompt of ["A castle", "A lake", "A castle"]) {
      const made = await app.call("studio", "/api/v1/media", { token: jwt, json: { kind: "image", prompt } });
      const { mediaId } = (made.body as { data: { mediaId: string } }).data;
      await client.ask("subscribeMedia", mediaId);
      await program.prints(new RegExp(`${mediaId}\\.png`));
      const { url, metadata } = await client.next<{ url: string; metadata: { bytes: number } }>("mediaComplete");
      expect(url).toBe(`${base}/${mediaId}.png`);
      const response = await fetch(url);
      expect(response.headers.get("content-type")).toBe("image/png");
      const png = Buffer.from(await response.arrayBuffer());
      expect(png.length).toBe(metadata.bytes);
      expect(look(png).colours).toBeGreaterThan(50);
      pictures.push(png);
      expect(program.text).toMatch(new RegExp(`${mediaId} \\[#{5,25}-+\\] \\d+ %`));
      const seen = client.heard.filter(({ payload }) => (payload as { mediaId: string }).mediaId === mediaId);
      expect(seen.length).toBeGreaterThan(5);
    }
    expect(pictures[0]?.equals(pictures[1] as Buffer)).toBe(false);
    expect(pictures[0]?.equals(pictures[2] as Buffer)).toBe(true);
    for (const path of ["/nothing.png", "/../worker.ts", "/%2e%2e/x.png"])
      expect((await fetch(base + path)).status).toBe(404);
  });

  test(`examples/${name} stops drawing what is cancelled, and goes on with the next`, async () => {
    await using app = await start();
    await using program = worker(app, name);
    const jwt = await token("u1");
    const client = await app.connect("studio", { auth: { token: jwt } }, "/media");
    const make = async () => {
      const made = await app.call("studio", "/api/v1/media", { token: jwt, json: { kind: "image" } });
      const { mediaId } = (made.body as { data: { mediaId: string } }).data;
      await client.ask("subscribeMedia", mediaId);
      return mediaId;
    };
    const mediaId = await make();
    await program.prints(new RegExp(`${mediaId} \\[#`));
    await app.call("studio", `/api/v1/media/${mediaId}`, { token: jwt, method: "DELETE" });
    await program.prints(/cancelled/);
    expect(await client.next("mediaError")).toMatchObject({ mediaId, code: "CANCELLED" });
    const next = await make();
    await program.prints(new RegExp(`${next}\\.png`));
    expect(await client.next("mediaComplete")).toMatchObject({ mediaId: next });
  });
}

testInBrowser("examples/studio.html makes a job, shows it moving, and shows the picture", async (browser: Browser) => {
  await using app = await start();
  await using program = worker(app, "worker.ts");
  const [, base] = await program.prints(/(http:\/\/localhost:\d+)\/#TOKEN/);
  const tab = await browser.newPage();
  await tab.goto(`${base}/#${await token("u1")}`);
  await tab.waitForFunction("socket.connected");
  await tab.evaluate(`(() => {
    window.seen = [];
    new MutationObserver(() => seen.push(bar.value)).observe(bar, { attributes: true });
  })()`);
  for (const wish of ["A castle in fog", "<b>A lake</b>"]) {
    await tab.fill("#wish", wish);
    await tab.press("#wish", "Enter");
    await tab.waitForFunction("!picture.hidden && picture.complete && picture.naturalWidth === 320");
    const seen = (await tab.evaluate("seen.splice(0)")) as number[];
    expect(new Set(seen).size).toBeGreaterThan(5);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(100);
    expect(await tab.locator("#stage").textContent()).toBe("done");
  }
  const stranger = await browser.newPage();
  await stranger.goto(`${base}/#nonsense`);
  await stranger.waitForFunction("stage.value === 'Invalid token'");
});

test("examples/studio.ts sees its picture to the end", async () => {
  await using app = await start();
  await using _program = worker(app, "worker.ts");
  const path = join(ROOT, "examples", "studio.ts");
  await using client = new Program([BUN, path, await token("u1"), "A castle", app.app.url("studio")]);
  await client.prints(/\d+ % rendering/);
  await client.prints(/done: http:\/\/localhost:\d+\/[\w-]+\.png/);
  expect(await client.exited).toBe(0);
});
