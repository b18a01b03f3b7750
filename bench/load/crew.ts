import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Histogram } from "./histogram";
import type { AnswerMessage, Calls, Kind, Mark } from "./talk";

/** How many generator processes there are unless one is asked for more: the server has a core for itself. */
export const DEFAULT_GENERATORS = Math.max(1, Math.min(3, availableParallelism() - 1));

/** A generator with less than this left, in percent of a core, might have held the server back. */
const SATURATED_CPU = 95;
/** The same, seen from within: its event loop came round so much late, once in a hundred times. */
const SATURATED_LAG_MS = 50;

/** What the load side did and saw in a stretch of time, all generators together. */
export interface Stretch {
  readonly elapsedMs: number;
  readonly said: number;
  readonly unsaid: number;
  readonly heard: number;
  readonly answered: number;
  readonly latencies: Histogram;
  /** Of all generators together. */
  readonly cpuMs: number;
  /** The busiest generator's, in percent of a core. */
  readonly cpuShare: number;
  /** How late the event loop of the worst generator was, 99th percentile. */
  readonly lagMs: number;
}

/** The generator processes of one run. */
export class Crew implements AsyncDisposable {
  readonly #members: readonly Member[];

  constructor(generators: number) {
    this.#members = Array.from({ length: generators }, (_, number) => new Member(number));
  }

  /** Opens and signs in a socket for every token. @returns how long that took */
  async open(port: number, kind: Kind, tokens: readonly string[], atOnce: number): Promise<number> {
    const times = await Promise.all(
      this.#members.map((member, nth) =>
        member.call("open", {
          port,
          kind,
          tokens: tokens.filter((_, at) => at % this.#members.length === nth),
          atOnce: Math.ceil(atOnce / this.#members.length),
        }),
      ),
    );
    return Math.max(...times.map(({ elapsedMs }) => elapsedMs));
  }

  /** Has the first `speakers` sockets say something, `perSecond` times a second in all, until `stop`. */
  async start(perSecond: number, speakers: number): Promise<void> {
    const share = this.#members.length;
    await this.#all("start", { perSecond: perSecond / share, speakers: Math.ceil(speakers / share) });
  }

  /** What happened since the last time. */
  async mark(): Promise<Stretch> {
    return together(await this.#all("mark", undefined));
  }

  /** Ends the talk. @returns how much was said in all */
  async stop(): Promise<number> {
    return (await this.#all("stop", undefined)).reduce((sum, said) => sum + said, 0);
  }

  /**
   * Waits until everything has arrived.
   *
   * @param heard what each socket must have heard
   * @param isComplete false where the server is behind: then only the order counts, and nothing is waited for
   * @returns what is wrong
   */
  async settle(heard: number, isComplete: boolean, timeoutMs = SETTLE_TIMEOUT_MS): Promise<string[]> {
    const all = await this.#all("settle", { heard, timeoutMs: isComplete ? timeoutMs : 0 });
    const sum = (of: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + of(each), 0);
    const incomplete = sum((each) => each.incomplete);
    const unanswered = sum((each) => each.unanswered);
    const first = all[0]?.order ?? [];
    const isOtherwise = (order: readonly number[]) => order.some((id, at) => at < first.length && id !== first[at]);
    const disordered = sum((each) => each.disordered) + all.filter(({ order }) => isOtherwise(order)).length;
    const faults = all.flatMap((each) => each.faults);
    if (isComplete && incomplete > 0) faults.push(`${incomplete} sockets did not hear each of ${heard} messages once`);
    if (isComplete && unanswered > 0) faults.push(`${unanswered} events were not answered`);
    if (disordered > 0) faults.push(`${disordered} sockets heard messages in another order`);
    return faults;
  }

  /** Closes the sockets; the processes go on. */
  async close(): Promise<void> {
    await this.#all("close", undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.end()));
  }

  #all<N extends keyof Calls>(name: N, order: Parameters<Calls[N]>[0]): Promise<Awaited<ReturnType<Calls[N]>>[]> {
    return Promise.all(this.#members.map((member) => member.call(name, order)));
  }
}

/** Why the load side may have been the bottleneck, or nothing. */
export function saturation({ cpuShare, lagMs }: Pick<Stretch, "cpuShare" | "lagMs">): string | undefined {
  if (cpuShare >= SATURATED_CPU) return `the load generator was saturated: ${cpuShare.toFixed(0)} % of a core`;
  if (lagMs >= SATURATED_LAG_MS) return `the load generator was held up: its event loop ${lagMs.toFixed(0)} ms late`;
  return undefined;
}

export function together(marks: readonly Mark[]): Stretch {
  const sum = (of: (mark: Mark) => number) => marks.reduce((total, mark) => total + of(mark), 0);
  return {
    elapsedMs: Math.max(...marks.map(({ elapsedMs }) => elapsedMs)),
    said: sum(({ said }) => said),
    unsaid: sum(({ unsaid }) => unsaid),
    heard: sum(({ heard }) => heard),
    answered: sum(({ answered }) => answered),
    latencies: new Histogram(...marks.map(({ latencies }) => latencies)),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    cpuShare: Math.max(...marks.map(({ cpuMs, elapsedMs }) => (cpuMs / elapsedMs) * 100)),
    lagMs: Math.max(...marks.map(({ lags }) => new Histogram(lags).percentile(0.99) || 0)),
  };
}

const SETTLE_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 5_000;

/** One generator process, seen by its parent. */
class Member {
  readonly #child: Bun.Subprocess;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #lastCall = 0;

  constructor(number: number) {
    this.#child = Bun.spawn([process.execPath, join(import.meta.dir, "generator.ts"), String(number)], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "inherit",
      ipc: (message) => this.#answered(message as AnswerMessage),
      onExit: (_, code, signal) => this.#exited(`a load generator ended with ${signal ?? code}`),
    });
  }

  call<N extends keyof Calls>(name: N, order: Parameters<Calls[N]>[0]): Promise<Awaited<ReturnType<Calls[N]>>> {
    const call = ++this.#lastCall;
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(call, answer);
    this.#child.send({ call, name, order });
    return answer.promise as Promise<Awaited<ReturnType<Calls[N]>>>;
  }

  async end(): Promise<void> {
    this.#child.kill();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_TIMEOUT_MS);
    await this.#child.exited;
    clearTimeout(timer);
  }

  #answered({ call, answer, error }: AnswerMessage): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(error));
  }

  #exited(why: string): void {
    for (const waiting of this.#calls.values()) waiting.reject(new Error(why));
    this.#calls.clear();
  }
}
