import { Database } from "bun:sqlite";
import { join } from "node:path";
import { Client } from "../client";
import { temporaryFolder } from "../harness";
import { Tcp } from "../realtime/raw";
import { Place, tokenOf, Visitor } from "./place";
import { streamChat } from "./pledges/chat";
import { courses } from "./pledges/courses";
import { Ledger } from "./pledges/pledge";
import { notifications, requests } from "./pledges/requests";
import { Random } from "./random";

// Faults that are no kills. Each scenario has a server of its own and says what was wrong, and the figures of it.

/** What came of a scenario. */
export interface Result {
  readonly faults: string[];
  readonly figures: string;
}

const QUIET = { HEADEND_LOG_LEVEL: "warn", HEADEND_AUTH_DEADLINE_MS: "86400000" };
/** A busy machine included; a server that waited for the lock itself would be silent for as long as that is held. */
const WORST_ANSWER_MS = 3_000;

/** Another process holds the database's lock for so long, under load. */
export async function locked(lockMs: number): Promise<Result> {
  using folder = temporaryFolder();
  await using place = await Place.start(folder.path, QUIET);
  const ledgers = [streamChat, courses, requests, notifications].map((pledge) => ({ pledge, ledger: new Ledger() }));
  let isOver = false;
  const visits = ledgers.map(({ pledge, ledger }, n) =>
    pledge.visit({
      place,
      user: `l${n}`,
      transport: "websocket",
      random: new Random(n),
      ledger,
      isOver: () => isOver,
    }),
  );
  await Bun.sleep(300);
  const db = new Database(join(folder.path, "headend.db"));
  db.run("PRAGMA busy_timeout = 1000");
  db.run("BEGIN IMMEDIATE");
  let worstMs = 0;
  for (const until = performance.now() + lockMs; performance.now() < until; await Bun.sleep(20)) {
    const begun = performance.now();
    await place.isReady();
    worstMs = Math.max(worstMs, performance.now() - begun);
  }
  db.run("ROLLBACK");
  await Bun.sleep(1_000);
  isOver = true;
  await Promise.all(visits);
  const faults =
    worstMs > WORST_ANSWER_MS ? [`an answer took ${worstMs.toFixed(0)} ms while the database was locked`] : [];
  const { code } = await place.end("SIGTERM");
  if (code !== 0) faults.push(`the stop ended with ${code}`);
  faults.push(...ledgers.flatMap(({ pledge, ledger }) => ledger.missing(pledge, db)));
  db.close();
  const size = ledgers.reduce((sum, { ledger }) => sum + ledger.size, 0);
  return {
    faults,
    figures: `${lockMs} ms locked, the slowest answer ${worstMs.toFixed(0)} ms, ${size} acknowledged and there`,
  };
}

/** A text frame of any length that fits into 16 bits, masked with zeros. */
function frameOf(text: string): Uint8Array {
  const data = Buffer.from(text);
  const length = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 0xff];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), data]);
}

/** A websocket by hand, which reads only while it is told to. */
async function openByHand(place: Place, api: string, auth: object): Promise<Tcp> {
  const tcp = await Tcp.open(place.url(api));
  tcp.write(
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await tcp.read("0{");
  tcp.write(frameOf(`40${JSON.stringify(auth)}`));
  await tcp.read("40{");
  return tcp;
}

/** Some clients of a busy chat do not read; the others must not feel it. */
export async function slowReaders(count: number): Promise<Result> {
  using folder = temporaryFolder();
  await using place = await Place.start(folder.path, QUIET);
  const faults: string[] = [];
  const stream_id = "busy";
  const slow: Tcp[] = [];
  for (let n = 0; n < count; n++) {
    const tcp = await openByHand(place, "live", { token: await tokenOf(`slow-${n}`) });
    tcp.write(frameOf(`421["chat:join",{"stream_id":"${stream_id}"}]`));
    await tcp.read("431[");
    tcp.pause();
    slow.push(tcp);
  }
  const reader = await Visitor.open(place, "live", { token: await tokenOf("reader") });
  await reader?.ask("chat:join", { stream_id });
  const before = place.residentMb();
  const message = "\u{1f600}".repeat(2_000);
  let sent = 0;
  /** As much as a user may say at once, and some more. */
  const talk = async (user: string) => {
    const talker = await Visitor.open(place, "live", { token: await tokenOf(user) });
    await talker?.ask("chat:join", { stream_id });
    for (let tries = 0; tries < 16; tries++) {
      const answer = await talker?.ask("chat:message", { stream_id, message });
      if (answer?.success) sent++;
      else await Bun.sleep(210);
    }
    talker?.close();
  };
  let left = count;
  const open = async () => ((await place.metrics()).get("headend_connections") ?? 0) - 1;
  // How much a kernel takes before the server has any of it left to send is the kernel's: up to 30 MB.
  for (let round = 0; round < 5 && left > 0; round++) {
    await Promise.all(Array.from({ length: 60 }, (_, n) => talk(`talker-${round}-${n}`)));
    for (let tries = 0; tries < 20 && left > 0; tries++) {
      left = await open();
      if (left > 0) await Bun.sleep(250);
    }
  }
  const grownMb = place.residentMb() - before;
  const heard = reader?.client.heard.filter(({ event }) => event === "chat:message").length;
  if (left > 0) faults.push(`${left} clients that do not read are still connected`);
  if (heard !== sent) faults.push(`${sent} messages were sent and ${heard} heard`);
  // What Bun holds back for each is bounded, and the kernel's buffers are not the server's.
  if (grownMb > 64 + count * 1.5) faults.push(`memory has grown by ${grownMb.toFixed(0)} MB`);
  for (const tcp of slow) tcp.close();
  reader?.close();
  faults.push(...(await place.end("SIGTERM")).faults);
  return { faults, figures: `${count} slow among others, ${sent} messages of 8 KB, memory +${grownMb.toFixed(0)} MB` };
}

/** Clients that are gone without a word: no end of the TCP connection ever comes. */
export async function halfOpen(count: number): Promise<Result> {
  using folder = temporaryFolder();
  await using place = await Place.start(folder.path, QUIET);
  const handles = place.handles();
  const gone: Tcp[] = [];
  for (let n = 0; n < count; n++) {
    const tcp = await openByHand(place, "live", { token: await tokenOf(`gone-${n}`) });
    tcp.pause();
    gone.push(tcp);
  }
  const begun = performance.now();
  const open = async () => (await place.metrics()).get("headend_connections") ?? 0;
  // A ping every 25 s, and 20 s to answer it.
  while ((await open()) > 0 && performance.now() - begun < 60_000) await Bun.sleep(500);
  const seconds = (performance.now() - begun) / 1_000;
  const faults = (await open()) > 0 ? [`${await open()} connections are left after ${seconds.toFixed(0)} s`] : [];
  for (const tcp of gone) tcp.close();
  await Bun.sleep(500);
  if (place.handles() > handles + 8) faults.push(`${place.handles() - handles} handles are left`);
  faults.push(...(await place.end("SIGTERM")).faults);
  return { faults, figures: `${count} silent clients, all gone after ${seconds.toFixed(1)} s` };
}

/** The server is killed and comes back on its port: everybody returns by themselves, and at once. */
export async function stampede(count: number): Promise<Result> {
  using folder = temporaryFolder();
  const holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const env = { ...QUIET, HEADEND_LIVE_PORT: String(holder.port) };
  holder.stop(true);
  const first = await Place.start(folder.path, env);
  const url = first.url("live");
  let back = 0;
  let isCounting = false;
  const clients: Client[] = [];
  for (let n = 0; n < count; n += 50) {
    const some = Array.from({ length: Math.min(50, count - n) }, async (_, at) => {
      const client = new Client(url, {
        auth: { token: await tokenOf(`u${n + at}`) },
        reconnection: true,
        reconnectionDelay: 300,
        reconnectionDelayMax: 1_000,
      });
      clients.push(client);
      await client.connected();
      await client.next("authenticated");
      client.socket.on("authenticated", () => {
        if (isCounting) back++;
      });
    });
    await Promise.all(some);
  }
  isCounting = true;
  await first.end("SIGKILL");
  await first[Symbol.asyncDispose]();
  await using second = await Place.start(folder.path, env);
  const begun = performance.now();
  while (back < count && performance.now() - begun < 30_000) await Bun.sleep(20);
  const seconds = (performance.now() - begun) / 1_000;
  const faults = back < count ? [`${count - back} of ${count} clients have not come back`] : [];
  for (const client of clients) client.close();
  faults.push(...(await second.end("SIGTERM")).faults);
  return { faults, figures: `${count} clients back and signed in ${seconds.toFixed(1)} s after the server was ready` };
}
