import type { House } from "../house";
import type { Endpoint } from "../realtime/endpoint";
import type { Cancel } from "../runtime/clock";
import { Host, Load, uptimeS } from "../runtime/host";
import { LoopLag } from "../runtime/lag";
import { Health } from "./health";
import type { ApiFigures, Figures } from "./wire";

/** What was counted up to a look, so that the next one can tell rates. */
interface Counts {
  /** Monotonic ms. */
  readonly at: number;
  readonly errors: number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly apis: ReadonlyMap<string, ApiCounts>;
}

interface ApiCounts {
  readonly events: number;
  readonly refused: number;
  readonly deliveries: number;
}

/** How often the disk is asked how full it is, and whether the database can be written: both may take their time. */
const SLOW_EVERY = 10;
const LAG_LOOKS = 5;

/**
 * Looks at the process. Its parts count in plain numbers as they work, whether or not anybody looks, and a look compares
 * two readings of those; so what is not looked at costs nothing.
 */
export class Look {
  readonly #house: House;
  readonly #endpoints: readonly Endpoint[];
  readonly #urlOf: (api: string) => string;
  readonly #host: Host;
  readonly #health: Health;
  readonly #load = new Load();
  readonly #lag: LoopLag;
  readonly #lags: number[] = [];
  readonly #stopMeasuring: Cancel;
  #before: Counts;
  #looks = 0;
  #diskFreeBytes = 0;

  constructor(house: House, endpoints: readonly Endpoint[], urlOf: (api: string) => string) {
    this.#house = house;
    this.#endpoints = endpoints;
    this.#urlOf = urlOf;
    this.#host = new Host(house.store.folder);
    this.#health = new Health(house, this.#host, endpoints);
    this.#lag = new LoopLag(house.clock);
    this.#stopMeasuring = this.#lag.measure();
    this.#before = this.#count();
  }

  /** The figures now; rates are those since the last look. */
  async take(): Promise<Figures> {
    const { clock, store, progress, chat } = this.#house;
    if (this.#looks++ % SLOW_EVERY === 0) {
      this.#diskFreeBytes = await this.#host.disk().then(
        ({ free }) => free,
        () => this.#diskFreeBytes,
      );
      await this.#health.look();
    }
    const before = this.#before;
    const counts = this.#count();
    this.#before = counts;
    const perSecond = (now: number, then = 0) => round(((now - then) * 1000) / Math.max(1, counts.at - before.at));
    // A few looks together: what one of a second saw is worth remembering for a moment.
    this.#lags.push(this.#lag.takeP99());
    if (this.#lags.length > LAG_LOOKS) this.#lags.shift();
    const lagMs = round(Math.max(...this.#lags));
    const { cpu, rssBytes, heapBytes } = this.#load.take();
    const refusals = [...counts.refusals]
      .map(([code, count]) => [code, perSecond(count, before.refusals.get(code))] as const)
      .filter(([, rate]) => rate > 0);
    const complaints = this.#health.complaints(lagMs);
    return {
      at: clock.now(),
      uptimeS: uptimeS(),
      cpu: round(cpu),
      rssBytes,
      heapBytes,
      lagMs,
      databaseBytes: store.sizeBytes(),
      diskFreeBytes: this.#diskFreeBytes,
      unwritten: progress.buffer.size + chat.waiting + this.#unwrittenOfApis(),
      refusals: Object.fromEntries(refusals),
      errors: perSecond(counts.errors, before.errors),
      apis: this.#endpoints.map((endpoint) => this.#api(endpoint, counts, before, perSecond)),
      health: complaints.length === 0 ? "ok" : "degraded",
      complaints,
    };
  }

  stop(): void {
    this.#stopMeasuring();
  }

  #unwrittenOfApis(): number {
    return this.#endpoints.reduce((sum, { behaviour }) => sum + (behaviour.unwritten?.() ?? 0), 0);
  }

  #api(
    { api, connections, sessions }: Endpoint,
    counts: Counts,
    before: Counts,
    perSecond: (now: number, then?: number) => number,
  ): ApiFigures {
    const { name, contract } = api;
    const now = counts.apis.get(name) ?? NOTHING;
    const then = before.apis.get(name) ?? NOTHING;
    return {
      name,
      title: contract.title,
      url: this.#urlOf(name),
      connections,
      users: sessions.signedInUsers,
      events: perSecond(now.events, then.events),
      refused: perSecond(now.refused, then.refused),
      deliveries: perSecond(now.deliveries, then.deliveries),
    };
  }

  #count(): Counts {
    const { clock, log } = this.#house;
    const refusals = new Map<string, number>();
    const apis = new Map<string, ApiCounts>();
    for (const endpoint of this.#endpoints) {
      let events = 0;
      let refused = 0;
      for (const count of endpoint.counts) {
        events += count.handled;
        refused += count.refused;
      }
      apis.set(endpoint.api.name, { events, refused, deliveries: endpoint.deliveries });
      for (const [code, count] of endpoint.refusals) refusals.set(code, (refusals.get(code) ?? 0) + count);
    }
    return { at: clock.elapsed(), errors: log.tail.errors, refusals, apis };
  }
}

const NOTHING: ApiCounts = { events: 0, refused: 0, deliveries: 0 };

/** Two decimals tell as much as a picture shows. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
