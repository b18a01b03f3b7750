import type { House } from "../../../house";
import { iso } from "../../../runtime/clock";
import { Host, Own } from "../../../runtime/host";
import { LoopLag } from "../../../runtime/lag";
import { EVERYBODY, type RequestsLine, type RequestsSession } from "../wire";
import { type Alert, Alerts } from "./alerts";
import { conditionsOf } from "./conditions";
import { overHttp, type Performance, type ServiceStatus, Services, type StatusChange } from "./services";

interface MonitorParts {
  readonly house: House;
  readonly line: RequestsLine;
  /** Name to URL (`HEADEND_SERVICES`). */
  readonly services: ReadonlyMap<string, string>;
  readonly healthMs: number;
  readonly metricsMs: number;
  readonly performanceMs: number;
}

const DATABASE = "database";
const PROBE_MS = 15_000;

/**
 * The state of the server, of its machine and of the services around it. Services are asked and alerts looked at
 * whether or not somebody listens; everything else is measured for those who do.
 */
export class Monitor {
  readonly #house: House;
  readonly #line: RequestsLine;
  readonly #services: Services;
  readonly #host: Host;
  readonly #own = new Own();
  readonly #lag: LoopLag;
  readonly #alerts = new Alerts();
  /** The first look is over: until then it is not known how the services are. */
  readonly #first: Promise<void>;

  constructor({ house, line, services, healthMs, metricsMs, performanceMs }: MonitorParts) {
    this.#house = house;
    this.#line = line;
    const { clock, ticker, store, log } = house;
    this.#host = new Host(store.folder);
    this.#lag = new LoopLag(clock, ticker);
    this.#services = new Services(
      clock,
      new Map([
        [DATABASE, async () => store.demandWritable()],
        ...[...services].map(([name, url]) => [name, overHttp(url)] as const),
      ]),
    );
    this.#first = this.#look().catch((error) =>
      log.error({ err: error }, "the state of the machine could not be looked at"),
    );
    ticker.every("look at the machine and its services", PROBE_MS, () => this.#look());
    ticker.every("health", healthMs, () => {
      if (line.rooms.isEmpty("/", EVERYBODY) || !this.#services.areKnown) return;
      line.publisher.toRoom("/", EVERYBODY, "system:health", this.health());
    });
    ticker.every("metrics", metricsMs, async () => {
      if (line.rooms.isEmpty("/system", EVERYBODY)) return;
      line.publisher.toRoom("/system", EVERYBODY, "system:metrics", await this.#metrics());
    });
    ticker.every("performance of services", performanceMs, () => {
      if (line.rooms.isEmpty("/admin", EVERYBODY)) return;
      line.publisher.toRoom("/admin", EVERYBODY, "admin:service:performance", this.#performance());
    });
  }

  /** What a socket sees first, on any of the namespaces that show something. */
  async attend(session: RequestsSession): Promise<void> {
    const { publisher } = this.#line;
    if (session.namespace === "/") {
      // In the first moments after a start; a service that hangs is given its five seconds.
      if (!this.#services.areKnown) await this.#first;
      if (session.isClosing) return;
      publisher.send<"/", "system:health">(session, "system:health", this.health());
    }
    if (session.namespace === "/admin") {
      publisher.send<"/admin", "admin:service:performance">(session, "admin:service:performance", this.#performance());
      for (const alert of this.#alerts.active) {
        publisher.send<"/admin", "admin:system:alert">(session, "admin:system:alert", showAlert(alert));
      }
    }
    if (session.namespace === "/system") {
      const metrics = await this.#metrics();
      if (!session.isClosing) publisher.send<"/system", "system:metrics">(session, "system:metrics", metrics);
    }
  }

  /** The services that are watched, with what they did over the last minute; those not asked yet have no status. */
  get services(): (Performance & { readonly status: ServiceStatus | undefined })[] {
    const { statuses } = this.#services;
    return this.#services.performance().map((each) => ({ ...each, status: statuses.get(each.name) }));
  }

  /** Alerts that are not over, oldest first. */
  get alerts(): readonly Alert[] {
    return this.#alerts.active;
  }

  /** Which of the services around this server do not answer, in words. */
  complaints(): string[] {
    const offline = [...this.#services.statuses].filter(([name, status]) => name !== DATABASE && status === "offline");
    return offline.map(([name]) => `${name} does not answer`);
  }

  /** `system:health` */
  health() {
    const { statuses } = this.#services;
    const { uptimeS, memoryBytes, cpuPercent } = this.#own.figures();
    const isDegraded = [...statuses.values()].includes("offline");
    const status: "unhealthy" | "degraded" | "healthy" =
      statuses.get(DATABASE) === "offline" ? "unhealthy" : isDegraded ? "degraded" : "healthy";
    return {
      timestamp: iso(this.#house.clock.now()),
      status,
      services: Object.fromEntries(statuses),
      metrics: { uptime: uptimeS, memory: `${Math.round(memoryBytes / 2 ** 20)}MB`, cpu: `${cpuPercent}%` },
    };
  }

  async #metrics() {
    const host = this.#host;
    const [cpu, memory, disk, network] = await Promise.all([host.cpu(), host.memory(), host.disk(), host.network()]);
    return { timestamp: iso(this.#house.clock.now()), cpu, memory, disk, network };
  }

  #performance() {
    return { timestamp: iso(this.#house.clock.now()), services: this.#services.performance() };
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#house;
    const unread = (error: unknown) => {
      log.warn({ err: error }, "a figure of the machine could not be read");
      return undefined;
    };
    const [changes, memory, disk] = await Promise.all([
      this.#services.probe(),
      this.#host.memory().catch(unread),
      this.#host.disk().catch(unread),
    ]);
    const now = clock.now();
    for (const change of changes) this.#tell(change, now);
    const { statuses } = this.#services;
    const sample = {
      memory: memory?.percentage,
      disk: disk?.percentage,
      lagP99: this.#lag.takeP99(),
      statuses,
      unsteadiness: this.#services.unsteadiness,
    };
    for (const alert of this.#alerts.look(conditionsOf(sample), now)) {
      this.#line.publisher.toRoom("/admin", EVERYBODY, "admin:system:alert", showAlert(alert));
    }
  }

  #tell(change: StatusChange, now: number): void {
    const { log } = this.#house;
    const { service, currentStatus } = change;
    const isOffline = currentStatus === "offline";
    const impact =
      service === DATABASE ? "Nothing can be stored until it is back" : `What needs ${service} does not work`;
    log[isOffline ? "warn" : "info"]({ service, reason: change.reason }, `a service is ${currentStatus}`);
    this.#line.publisher.toRoom("/", EVERYBODY, "system:status", {
      ...change,
      timestamp: iso(now),
      impact: isOffline ? impact : "None",
    });
  }
}

function showAlert({ timestamp, resolvedAt, metrics, recommendations, ...alert }: Alert) {
  return {
    ...alert,
    timestamp: iso(timestamp),
    metrics: { ...metrics },
    recommendations: [...recommendations],
    ...(resolvedAt !== undefined && { resolvedAt: iso(resolvedAt) }),
  };
}
