import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Beating, Heartbeats, NOWHERE } from "../../../src/realtime/lean/heartbeats";
import { FakeClock } from "../../clock";

const TIMES = { pingIntervalMs: 25_000, pingTimeoutMs: 20_000, connectMs: 10_000 };
/** Of those times. */
const TICK_MS = 250;

/** A connection that notes what happens to it, and when. */
class Client implements Beating {
  slot = NOWHERE;
  place = 0;
  openedAt = 0;
  since = 0;
  isAwaited = false;
  readonly log: [what: string, at: number][] = [];

  constructor(
    readonly clock: FakeClock,
    readonly wheel: Heartbeats,
    public hasJoined = true,
    /** How long it takes to answer; undefined when it never does. */
    public answersAfterMs: number | undefined = undefined,
  ) {
    wheel.add(this);
  }

  ping(): void {
    this.log.push(["ping", this.clock.elapsed()]);
    if (this.answersAfterMs === 0) this.wheel.answered(this);
    else if (this.answersAfterMs !== undefined) this.clock.after(this.answersAfterMs, () => this.wheel.answered(this));
  }

  silent(): void {
    this.#end("silent");
  }

  idle(): void {
    this.#end("idle");
  }

  #end(what: string): void {
    this.log.push([what, this.clock.elapsed()]);
    this.wheel.remove(this);
  }

  get pings(): number[] {
    return this.log.map(([what, at]) => (what === "ping" ? at : Number.NaN));
  }
}

function start(times = TIMES) {
  const clock = new FakeClock();
  return { clock, wheel: new Heartbeats(clock, times) };
}

describe("the wheel", () => {
  test("pings whoever answers once an interval, for ever", async () => {
    const { clock, wheel } = start();
    const client = new Client(clock, wheel, true, 40);
    await clock.advance(104_000);
    expect(client.pings).toHaveLength(4);
    let before = 0;
    for (const at of client.pings) {
      expect(at - before).toBeGreaterThanOrEqual(TIMES.pingIntervalMs);
      expect(at - before).toBeLessThanOrEqual(TIMES.pingIntervalMs + 2 * TICK_MS);
      before = at;
    }
    wheel.remove(client);
  });

  test("an answer moves the next ping; one that was not asked for does not", async () => {
    const { clock, wheel } = start();
    const client = new Client(clock, wheel, true, 15_000);
    await clock.advance(20_000);
    wheel.answered(client);
    await clock.advance(50_000);
    const [first = 0, second = 0] = client.pings;
    expect(first).toBeLessThanOrEqual(TIMES.pingIntervalMs + 2 * TICK_MS);
    expect(second - first).toBeGreaterThanOrEqual(15_000 + TIMES.pingIntervalMs - TICK_MS);
    expect(second - first).toBeLessThanOrEqual(15_000 + TIMES.pingIntervalMs + 2 * TICK_MS);
    wheel.remove(client);
  });

  test("whoever does not answer in time is told so once, and never again", async () => {
    const { clock, wheel } = start();
    const client = new Client(clock, wheel);
    await clock.advance(200_000);
    const [[, pinged], [what, at]] = client.log as [[string, number], [string, number]];
    expect([client.log.length, what]).toEqual([2, "silent"]);
    expect(at - pinged).toBeGreaterThanOrEqual(TIMES.pingTimeoutMs);
    expect(at - pinged).toBeLessThanOrEqual(TIMES.pingTimeoutMs + 2 * TICK_MS);
    expect(wheel.size).toBe(0);
  });

  test("whoever opens no namespace in time is told so; to have opened one once is enough", async () => {
    const { clock, wheel } = start();
    const idler = new Client(clock, wheel, false);
    const client = new Client(clock, wheel, false, 0);
    await clock.advance(5_000);
    client.hasJoined = true;
    await clock.advance(15_000);
    const [[what, at]] = idler.log as [[string, number]];
    expect([idler.log.length, what]).toEqual([1, "idle"]);
    expect(at).toBeGreaterThanOrEqual(TIMES.connectMs);
    expect(at).toBeLessThanOrEqual(TIMES.connectMs + 2 * TICK_MS);
    expect(client.log).toEqual([]);
    await clock.advance(10_000);
    expect(client.pings).toHaveLength(1);
    wheel.remove(client);
  });

  test("stands still while it has nobody", async () => {
    const { clock, wheel } = start();
    const client = new Client(clock, wheel);
    const other = new Client(clock, wheel);
    wheel.remove(client);
    wheel.remove(client);
    expect(wheel.size).toBe(1);
    wheel.remove(other);
    expect(wheel.size).toBe(0);
    const begun = performance.now();
    await clock.advance(365 * 24 * 3_600_000);
    // A year of quarters of a second would take minutes.
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  test("nobody is late for the time in which the process stood still", async () => {
    const { clock, wheel } = start();
    const client = new Client(clock, wheel);
    await clock.advance(26_000);
    expect(client.pings).toHaveLength(1);
    clock.pass(60_000);
    await clock.advance(TICK_MS * 2);
    wheel.answered(client);
    await clock.advance(20_000);
    expect(client.log).toHaveLength(1);
    wheel.remove(client);
  });

  test("a ping that closes its connection, or another one, is the last that is heard of it", async () => {
    const { clock, wheel } = start();
    const clients = Array.from({ length: 5 }, () => new Client(clock, wheel));
    for (const client of clients)
      client.ping = () =>
        clients.forEach((each) => {
          wheel.remove(each);
        });
    await clock.advance(100_000);
    expect([wheel.size, clients.flatMap(({ log }) => log)]).toEqual([0, []]);
  });

  test("timeouts longer than the interval, and times that differ in any way, keep to their words", async () => {
    const ms = fc.integer({ min: 200, max: 60_000 });
    const clients = fc.array(fc.record({ delay: fc.option(ms, { nil: undefined }), joins: fc.boolean() }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(ms, ms, ms, clients, async (pingIntervalMs, pingTimeoutMs, connectMs, given) => {
        const { clock, wheel } = start({ pingIntervalMs, pingTimeoutMs, connectMs });
        const tick = Math.max(5, Math.min(pingIntervalMs, pingTimeoutMs, connectMs) / 40);
        const all = given.map(({ delay, joins }) => new Client(clock, wheel, joins, delay));
        const lastMs = 3 * pingIntervalMs;
        await clock.advance(lastMs);
        for (const { log, hasJoined, answersAfterMs } of all) {
          let since = 0;
          for (const [what, at] of log) {
            if (what === "idle") {
              expect(hasJoined).toBe(false);
              expect(at).toBeGreaterThanOrEqual(connectMs);
              expect(at).toBeLessThanOrEqual(connectMs + 3 * tick);
            } else if (what === "silent") {
              expect(at - since).toBeGreaterThanOrEqual(pingTimeoutMs);
              expect(at - since).toBeLessThanOrEqual(pingTimeoutMs + 3 * tick);
            } else {
              // An answer is noted with the tick that it came in.
              const from = since === 0 ? 0 : since + (answersAfterMs ?? Number.NaN);
              expect(at - from).toBeGreaterThanOrEqual(pingIntervalMs - tick);
              expect(at - from).toBeLessThanOrEqual(pingIntervalMs + 3 * tick);
              since = at;
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
