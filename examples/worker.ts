// A worker of the studio API that really makes something: claims jobs of the kind "image", draws a fractal that the
// prompt decides on, tells how far it is, and serves the picture itself. Its front page is studio.html.
//
//   bun examples/worker.ts "$(bun run --silent headend key add worker --scope studio)" [http://localhost:3000] [8090]

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

const [key, api = "http://localhost:3000", port = "8090"] = process.argv.slice(2);
if (!key) throw new Error("usage: bun examples/worker.ts KEY [URL] [PORT]");

interface Job {
  readonly mediaId: string;
  readonly prompt: string | null;
}

/** The job is over for somebody else's reasons. */
class Over extends Error {}

const SIZE = 320;
/** Points of each pixel, in both directions: smooth edges, and long enough to watch. */
const FINENESS = 3;
const MAX_STEPS = 300;

const folder = mkdtempSync(join(tmpdir(), "headend-worker-"));
const page = await Bun.file(join(import.meta.dir, "studio.html")).text();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return html(page.replaceAll("http://localhost:3000", api));
    const picture = Bun.file(join(folder, pathname.replace(/[^\w.-]/g, "")));
    if (!/^\/[\w-]+\.png$/.test(pathname) || !(await picture.exists()))
      return new Response("Not found", { status: 404 });
    return new Response(picture, { headers: { "content-type": "image/png" } });
  },
});
console.log(`pictures and a page to ask for them: http://localhost:${server.port}/#TOKEN`);

for (;;) {
  try {
    const job = await claim();
    if (job) await work(job);
    else await Bun.sleep(500);
  } catch (error) {
    console.error(`\n${(error as Error).message}; trying again`);
    await Bun.sleep(2_000);
  }
}

async function work({ mediaId, prompt }: Job): Promise<void> {
  try {
    const image = await draw(prompt ?? "", (share) => report(mediaId, share));
    await Bun.write(join(folder, `${mediaId}.png`), image);
    const url = `http://localhost:${server.port}/${mediaId}.png`;
    const { ok } = await call(`${mediaId}/complete`, {
      url,
      metadata: { width: SIZE, height: SIZE, bytes: image.length },
    });
    if (ok) console.log(`\n${url}`);
  } catch (error) {
    if (error instanceof Over) return console.log("\ncancelled");
    await call(`${mediaId}/error`, { error: (error as Error).message, code: "RENDER_FAILED" });
    throw error;
  }
}

async function report(mediaId: string, share: number): Promise<void> {
  const progress = Math.floor(share * 100);
  const filled = Math.round(share * 30);
  process.stdout.write(`\r${mediaId} [${"#".repeat(filled)}${"-".repeat(30 - filled)}] ${progress} %`);
  const message = `Row ${Math.round(share * SIZE)} of ${SIZE}`;
  const { status } = await call(`${mediaId}/progress`, { progress, stage: "rendering", message });
  if (status === 409) throw new Over();
}

/** A Julia set whose shape and colours come from the prompt's hash. */
async function draw(prompt: string, tell: (share: number) => Promise<void>): Promise<Buffer> {
  const hash = new Bun.CryptoHasher("sha256").update(prompt).digest();
  const angle = ((hash[0] ?? 0) / 255) * 2 * Math.PI;
  const [re, im] = [0.7885 * Math.cos(angle), 0.7885 * Math.sin(angle)];
  const rows = Buffer.alloc(SIZE * (1 + SIZE * 3));
  let at = 0;
  for (let y = 0; y < SIZE; y++) {
    // Each row of a PNG begins with its filter: none.
    at++;
    for (let x = 0; x < SIZE; x++) {
      let sum = 0;
      for (let n = 0; n < FINENESS ** 2; n++) {
        const [dx, dy] = [(n % FINENESS) / FINENESS, Math.floor(n / FINENESS) / FINENESS];
        sum += steps(((x + dx) / SIZE - 0.5) * 3, ((y + dy) / SIZE - 0.5) * 3, re, im);
      }
      const value = Math.sqrt(sum / FINENESS ** 2 / MAX_STEPS);
      for (let colour = 1; colour <= 3; colour++) {
        const phase = ((hash[colour] ?? 0) / 255) * 2 * Math.PI;
        rows[at++] = 127.5 + 127.5 * Math.cos(6 * value + phase);
      }
    }
    if (y % 8 === 0) await tell(y / SIZE);
  }
  await tell(1);
  return png(SIZE, SIZE, rows);
}

/** How long a point takes to escape. */
function steps(x: number, y: number, re: number, im: number): number {
  let [a, b] = [x, y];
  for (let n = 0; n < MAX_STEPS; n++) {
    if (a * a + b * b > 4) return n;
    [a, b] = [a * a - b * b + re, 2 * a * b + im];
  }
  return MAX_STEPS;
}

/** A picture of 8-bit RGB as a PNG file. */
function png(width: number, height: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const body = Buffer.concat([Buffer.from(type), data]);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(Bun.hash.crc32(body));
  return Buffer.concat([length, body, sum]);
}

async function claim(): Promise<Job | undefined> {
  const answer = await call("claim", { kinds: ["image"], worker: `example-${process.pid}` });
  if (answer.status === 204) return undefined;
  const { data, error } = (await answer.json()) as { data?: Job; error?: { message: string } };
  if (!data) throw new Error(error?.message ?? `claim answered ${answer.status}`);
  return data;
}

function call(path: string, body: object): Promise<Response> {
  const headers = { "x-api-key": key ?? "", "content-type": "application/json" };
  return fetch(`${api}/api/v1/media/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

function html(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } });
}
