import { type Client, type Ear, newClient } from "./client";
import { Histogram } from "./histogram";
import type { AnswerMessage, CallMessage, Calls, Mark, OpenOrder, Settled } from "./talk";

/** How often the generator looks what is due: below what is between two messages of a chat. */
const TICK_MS = 1;
/** What fell due longer ago than this is not said any more: a burst is not the load that was asked for. */
const MAX_LATE_MS = 250;
/** One socket in so many looks at what it hears: order and latency. The others count. */
const SAMPLED_EVERY = 20;
const MAX_FAULTS = 5;
/** Ids of several generators do not meet. */
const ID_SPAN = 1e8;

/** A process of the load side: so many clients, and what they say and hear. It does what the parent calls for. */
class Generator implements Calls, Ear {
  readonly #firstId: number;
  #clients: Client[] = [];
  #faults: string[] = [];
  #talk: Talk | undefined;
  #saidInAll = 0;
  #counts = newCounts();

  constructor(number: number) {
    this.#firstId = number * ID_SPAN;
  }

  async open({ port, kind, tokens, atOnce }: OpenOrder): Promise<{ elapsedMs: number }> {
    const startedAt = performance.now();
    const waiting = tokens.entries();
    const opener = async () => {
      for (const [at, token] of waiting) {
        const client = newClient(kind, token, this);
        this.#clients.push(client);
        await client.open(port);
        if (at % SAMPLED_EVERY === 0) client.order = [];
      }
    };
    await Promise.all(Array.from({ length: atOnce }, opener));
    return { elapsedMs: performance.now() - startedAt };
  }

  start({ perSecond, speakers }: { perSecond: number; speakers: number }): void {
    this.#talk = { perMs: perSecond / 1000, speakers: this.#clients.slice(0, speakers), startedAt: undefined, turn: 0 };
  }

  mark(): Mark {
    const { latencies, lags, startedAt, cpuBefore, ...counts } = this.#counts;
    const { user, system } = process.cpuUsage(cpuBefore);
    this.#counts = newCounts();
    return {
      ...counts,
      elapsedMs: performance.now() - startedAt,
      latencies: latencies.toJSON(),
      lags: lags.toJSON(),
      cpuMs: (user + system) / 1000,
    };
  }

  stop(): number {
    this.#talk = undefined;
    return this.#saidInAll;
  }

  async settle({ heard, timeoutMs }: { heard: number; timeoutMs: number }): Promise<Settled> {
    const giveUpAt = performance.now() + timeoutMs;
    const isDone = (client: Client) => client.heard === heard && client.unanswered === 0;
    while (!this.#clients.every(isDone) && performance.now() < giveUpAt) await Bun.sleep(20);
    const sampled = this.#clients.flatMap(({ order }) => (order ? [order] : []));
    const order = sampled[0] ?? [];
    return {
      incomplete: this.#clients.filter((client) => client.heard !== heard).length,
      unanswered: this.#clients.reduce((sum, client) => sum + client.unanswered, 0),
      disordered: sampled.filter((each) => !agree(each, order)).length,
      order,
      faults: this.#faults,
    };
  }

  close(): void {
    this.stop();
    for (const client of this.#clients) client.close();
    this.#clients = [];
  }

  heard(): void {
    this.#counts.heard++;
  }

  sampled(latencyMs: number): void {
    this.#counts.latencies.add(latencyMs);
  }

  answered(latencyMs: number): void {
    this.#counts.answered++;
    this.#counts.latencies.add(latencyMs);
  }

  fault(what: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(what);
  }

  /** Goes on as long as the process: between the turns it notes how late it is woken. */
  async run(): Promise<never> {
    for (;;) {
      const sleptAt = performance.now();
      await Bun.sleep(TICK_MS);
      const wokenAt = performance.now();
      this.#counts.lags.add(Math.max(0, wokenAt - sleptAt - TICK_MS));
      if (this.#talk) this.#sayWhatIsDue(this.#talk, wokenAt);
    }
  }

  /** Evenly spread over speakers and time, whether or not the server keeps up. */
  #sayWhatIsDue(talk: Talk, now: number): void {
    const { perMs, speakers } = talk;
    talk.startedAt ??= now;
    const due = Math.floor((now - talk.startedAt) * perMs);
    const earliest = Math.floor((now - talk.startedAt - MAX_LATE_MS) * perMs);
    if (talk.turn < earliest) {
      this.#counts.unsaid += earliest - talk.turn;
      talk.turn = earliest;
    }
    for (; talk.turn < due; talk.turn++) {
      if (speakers[talk.turn % speakers.length]?.say(this.#firstId + this.#saidInAll)) {
        this.#saidInAll++;
        this.#counts.said++;
      } else this.#counts.unsaid++;
    }
  }
}

/** What is being said. */
interface Talk {
  readonly perMs: number;
  readonly speakers: readonly Client[];
  startedAt: number | undefined;
  turn: number;
}

function newCounts() {
  return {
    startedAt: performance.now(),
    cpuBefore: process.cpuUsage(),
    said: 0,
    unsaid: 0,
    heard: 0,
    answered: 0,
    latencies: new Histogram(),
    lags: new Histogram(),
  };
}

/** Whether one is the beginning of the other. */
function agree(a: readonly number[], b: readonly number[]): boolean {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return false;
  return true;
}

const generator = new Generator(Number(process.argv[2]));
process.on("message", async ({ call, name, order }: CallMessage) => {
  const answer = async () => (generator[name] as (order: unknown) => unknown)(order);
  const message: AnswerMessage = await answer().then(
    (answer) => ({ call, answer }),
    (error) => ({ call, error: String(error?.message ?? error) }),
  );
  process.send?.(message);
});
void generator.run();
// Its parent is gone.
process.on("disconnect", () => process.exit(0));
