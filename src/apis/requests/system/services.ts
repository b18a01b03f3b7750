import type { Clock } from "../../../runtime/clock";

export type ServiceStatus = "online" | "offline";

/** A change of a service, as `system:status` tells it. */
export interface StatusChange {
  readonly service: string;
  readonly previousStatus: ServiceStatus;
  readonly currentStatus: ServiceStatus;
  readonly reason: string;
}

/** What a service did over the last minute. */
export interface Performance {
  readonly name: string;
  /** Mean, ms. */
  readonly responseTime: number;
  /** Answers a minute. */
  readonly throughput: number;
  /** Share of the probes that failed. */
  readonly errorRate: number;
  /** To it, from this process, right now. */
  readonly connections: number;
}

/** Asks a service whether it is there. @throws what is wrong, in words for people */
export type Ask = (signal: AbortSignal) => Promise<void>;

interface Probe {
  readonly at: number;
  readonly tookMs: number;
  readonly isFine: boolean;
}

interface Service {
  readonly name: string;
  readonly ask: Ask;
  /** Undefined until it was asked. */
  status: ServiceStatus | undefined;
  readonly probes: Probe[];
  asking: number;
}

const TIMEOUT_MS = 5_000;
const WINDOW_MS = 60_000;

/** The services that an operator watches: each is really asked. */
export class Services {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #services: readonly Service[];

  /** @param timeoutMs of a probe; real time, as what is asked lives in it */
  constructor(clock: Clock, asks: ReadonlyMap<string, Ask>, timeoutMs = TIMEOUT_MS) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#services = [...asks].map(([name, ask]) => ({ name, ask, status: undefined, probes: [], asking: 0 }));
  }

  /** Asks all of them at once. @returns what has changed; the first answer of a service is no change */
  async probe(): Promise<StatusChange[]> {
    const changes = await Promise.all(this.#services.map((service) => this.#probe(service)));
    return changes.filter((change) => change !== undefined);
  }

  /** By name, in the order of the settings; what was not asked yet is left out. */
  get statuses(): ReadonlyMap<string, ServiceStatus> {
    return new Map(this.#services.flatMap(({ name, status }) => (status ? [[name, status] as const] : [])));
  }

  /** Whether each of them has answered, or failed to, at least once. */
  get areKnown(): boolean {
    return this.#services.every(({ status }) => status !== undefined);
  }

  /**
   * By name: the share of the last minute's probes that failed for a moment only. One failure is an accident, and
   * failures in a row are an outage, which is told as such; what is left comes and goes.
   */
  get unsteadiness(): ReadonlyMap<string, number> {
    return new Map(
      this.#services.map(({ name, probes }) => {
        const recent = this.#recent(probes);
        const blips = recent.filter(
          ({ isFine }, at) => !isFine && recent[at - 1]?.isFine !== false && recent[at + 1]?.isFine !== false,
        );
        return [name, blips.length < 2 ? 0 : blips.length / recent.length];
      }),
    );
  }

  #recent(probes: readonly Probe[]): Probe[] {
    const since = this.#clock.elapsed() - WINDOW_MS;
    return probes.filter(({ at }) => at > since);
  }

  performance(): Performance[] {
    return this.#services.map(({ name, probes, asking }) => {
      const recent = this.#recent(probes);
      const fine = recent.filter(({ isFine }) => isFine);
      const sumMs = fine.reduce((sum, { tookMs }) => sum + tookMs, 0);
      return {
        name,
        responseTime: fine.length === 0 ? 0 : Math.round((sumMs / fine.length) * 10) / 10,
        throughput: fine.length,
        errorRate: recent.length === 0 ? 0 : Math.round((1 - fine.length / recent.length) * 1000) / 1000,
        connections: asking,
      };
    });
  }

  async #probe(service: Service): Promise<StatusChange | undefined> {
    const begun = this.#clock.elapsed();
    service.asking++;
    const fault = await service.ask(AbortSignal.timeout(this.#timeoutMs)).then(
      () => undefined,
      (error) => faultOf(error),
    );
    service.asking--;
    const now = this.#clock.elapsed();
    service.probes.push({ at: now, tookMs: now - begun, isFine: fault === undefined });
    while ((service.probes[0]?.at ?? now) <= now - WINDOW_MS) service.probes.shift();
    const previousStatus = service.status;
    const currentStatus = fault === undefined ? "online" : "offline";
    service.status = currentStatus;
    if (previousStatus === undefined || previousStatus === currentStatus) return undefined;
    return { service: service.name, previousStatus, currentStatus, reason: fault ?? "Answers again" };
  }
}

/** Asks over HTTP: whatever it answers below 500, it is there. */
export function overHttp(url: string): Ask {
  return async (signal) => {
    const response = await fetch(url, { signal, redirect: "manual" });
    await response.body?.cancel();
    if (response.status >= 500) throw new Error(`HTTP ${response.status}`);
  };
}

function faultOf(error: unknown): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === "TimeoutError" || name === "AbortError") return "Connection timeout";
  if (code === "ConnectionRefused" || code === "ECONNREFUSED") return "Connection refused";
  // Addresses of the inside are nobody's business.
  return /^HTTP \d+$/.test(message ?? "") ? (message ?? "") : "No connection";
}
