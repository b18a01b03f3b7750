import { mintTokens } from "./client";
import { median, percentile, type Row, table } from "./figures";
import { host } from "./host";
import { benchmark } from "./options";
import { liveSource, type Program, start, stock, withFolder } from "./server";

const WARM_UP_S = 3;
const DRAIN_TIMEOUT_MS = 10_000;
const OPEN_AT_ONCE = 50;
const JOIN_TIMEOUT_MS = 10_000;
const TICK_MS = 4;
const STREAM = "stream_qwe456";
/** Every so many viewers one measures how long messages take to it: asking the clock costs the load side too. */
const SAMPLED_EVERY = 20;
/** Brings a delivered message to about 190 bytes. */
const PADDING = "x".repeat(20);

const ROWS = {
  messagesPerSecond: { label: "messages per second", digits: 0 },
  deliveriesPerSecond: { label: "deliveries per second", digits: 0 },
  cpuPerDeliveryUs: { label: "server CPU per delivery, µs", digits: 2 },
  cpuShare: { label: "server CPU, % of a core", digits: 1 },
  p50Ms: { label: "delivery latency p50, ms", digits: 2 },
  p99Ms: { label: "delivery latency p99, ms", digits: 2 },
  residentMb: { label: "RSS under load, MB", digits: 1 },
  loadShare: { label: "load side, % of a core", digits: 1, isCompared: false },
};

type Figures = Record<keyof typeof ROWS, number>;

interface Load {
  readonly viewers: number;
  readonly talkers: number;
  readonly seconds: number;
}

export const chat = benchmark(
  "one stream, everybody hears everybody: Headend against stock socket.io on Node, the same load in turn",
  {
    viewers: { fallback: 1_000, max: 5_000, meaning: "websockets in the chat, one user each" },
    talkers: { fallback: 100, max: 1_000, meaning: "of them say something once a second" },
    seconds: { fallback: 10, max: 60, meaning: "measured, after 3 s of warm-up" },
    rounds: { fallback: 3, max: 9, meaning: "the servers take turns; the figures are medians" },
  },
  async ({ rounds, ...load }) => {
    const programs = [liveSource, stock];
    const tokens = await mintTokens(load.viewers);
    const measured = programs.map((): Figures[] => []);
    let isSound = true;
    for (let round = 1; round <= rounds; round++) {
      for (const [at, program] of programs.entries()) {
        const { figures, faults } = await withFolder((folder) => measure(program, folder, tokens, load));
        measured[at]?.push(figures);
        for (const fault of faults) console.error(`FAILED: round ${round}, ${program.name}: ${fault}`);
        if (faults.length > 0) isSound = false;
      }
    }
    const rows = Object.entries(ROWS).map(
      ([name, row]): Row => ({
        ...row,
        figures: measured.map((all) => median(all.map((figures) => figures[name as keyof Figures]))),
      }),
    );
    const names = programs.map(({ name }) => name);
    console.log(table(`chat, ${load.viewers} viewers, ${load.talkers} messages/s offered`, names, rows));
    console.log(`\n${load.seconds} s after ${WARM_UP_S} s of warm-up, median of ${rounds}; ${host()}`);
    return isSound;
  },
);

async function measure(program: Program, folder: string, tokens: readonly string[], load: Load) {
  await using server = await start(program, folder);
  const sentAtMs: number[] = [];
  const latenciesMs: number[] = [];
  const viewers = await openAll(server.port, tokens, sentAtMs, latenciesMs);
  try {
    const talkers = viewers.slice(0, load.talkers);
    await talk(talkers, WARM_UP_S, sentAtMs);
    latenciesMs.length = 0;
    const heard = () => viewers.reduce((sum, viewer) => sum + viewer.heard, 0);
    const before = { heard: heard(), sent: sentAtMs.length, cpuMs: server.cpuMs(), load: process.cpuUsage() };
    const startedAt = performance.now();
    await talk(talkers, load.seconds, sentAtMs);
    const elapsedMs = performance.now() - startedAt;
    const deliveries = heard() - before.heard;
    const cpuMs = server.cpuMs() - before.cpuMs;
    const loadUs = process.cpuUsage(before.load);
    const residentMb = server.residentKb() / 1024;
    const figures: Figures = {
      messagesPerSecond: ((sentAtMs.length - before.sent) / elapsedMs) * 1000,
      deliveriesPerSecond: (deliveries / elapsedMs) * 1000,
      cpuPerDeliveryUs: (cpuMs * 1000) / deliveries,
      cpuShare: (cpuMs / elapsedMs) * 100,
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
      residentMb,
      loadShare: (loadUs.user + loadUs.system) / 10 / elapsedMs,
    };
    const giveUpAt = performance.now() + DRAIN_TIMEOUT_MS;
    while (viewers.some((viewer) => viewer.heard < sentAtMs.length) && performance.now() < giveUpAt)
      await Bun.sleep(50);
    return { figures, faults: faultsOf(viewers, sentAtMs.length) };
  } finally {
    for (const viewer of viewers) viewer.close();
  }
}

/** Everybody must have heard everything, once, and in the order in which the first one heard it. */
function faultsOf(viewers: readonly Viewer[], sent: number): string[] {
  const faults: string[] = [];
  const missing = viewers.filter((viewer) => viewer.heard !== sent).length;
  if (missing > 0) faults.push(`${missing} viewers did not hear each of ${sent} messages once`);
  const otherwise = viewers.filter((viewer) => viewer.order !== viewers[0]?.order).length;
  if (otherwise > 0) faults.push(`${otherwise} viewers heard them in another order`);
  const closed = viewers.filter((viewer) => viewer.isClosed).length;
  if (closed > 0) faults.push(`${closed} viewers were closed by the server`);
  return faults;
}

/** Each talker says something once a second, evenly spread. */
async function talk(talkers: readonly Viewer[], seconds: number, sentAtMs: number[]): Promise<void> {
  const perMs = talkers.length / 1000;
  const startedAt = performance.now();
  let turn = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - startedAt) {
    for (const due = Math.floor(elapsedMs * perMs); turn < due; turn++) {
      talkers[turn % talkers.length]?.say(sentAtMs.length);
      sentAtMs.push(performance.now());
    }
    await Bun.sleep(TICK_MS);
  }
}

async function openAll(
  port: number,
  tokens: readonly string[],
  sentAtMs: readonly number[],
  latenciesMs: number[],
): Promise<Viewer[]> {
  const viewers: Viewer[] = [];
  const waiting = tokens.entries();
  const opener = async () => {
    for (const [at, token] of waiting) {
      const isSampled = at % SAMPLED_EVERY === 0;
      viewers.push(
        await Viewer.open(port, token, (id) => isSampled && latenciesMs.push(performance.now() - (sentAtMs[id] ?? 0))),
      );
    }
  };
  await Promise.all(Array.from({ length: OPEN_AT_ONCE }, opener));
  return viewers;
}

/** A chat client that looks at a message only as far as it must: for the number between two tildes. */
class Viewer {
  readonly #socket: WebSocket;
  heard = 0;
  /** A running hash of the numbers in the order they came. */
  order = 0;
  isClosed = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Connects with a token and joins the chat. */
  static open(port: number, token: string, onMessage: (id: number) => void): Promise<Viewer> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    const viewer = new Viewer(socket);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("a viewer could not join")), JOIN_TIMEOUT_MS);
      socket.onmessage = ({ data }) => {
        const packet = data as string;
        if (packet.startsWith('42["chat:message"')) {
          const start = packet.indexOf("~") + 1;
          const id = Number(packet.slice(start, packet.indexOf("~", start)));
          viewer.heard++;
          viewer.order = (Math.imul(viewer.order, 31) + id) | 0;
          onMessage(id);
        } else if (packet === "2") socket.send("3");
        else if (packet.startsWith("0")) socket.send(`40${JSON.stringify({ token, app_id: "default" })}`);
        else if (packet.startsWith('42["authenticated"')) socket.send(`42["chat:join",{"stream_id":"${STREAM}"}]`);
        else if (packet.startsWith('42["chat:joined"')) {
          clearTimeout(timer);
          socket.onclose = () => {
            viewer.isClosed = true;
          };
          resolve(viewer);
        }
      };
    });
  }

  say(id: number): void {
    this.#socket.send(`42["chat:message",{"stream_id":"${STREAM}","message":"~${id}~ ${PADDING}"}]`);
  }

  close(): void {
    this.#socket.onclose = null;
    this.#socket.close();
  }
}
