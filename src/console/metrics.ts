import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { House } from "../house";
import type { Endpoint } from "../realtime/endpoint";
import type { Histogram } from "../runtime/histogram";
import type { Store } from "../store/database";

/** In seconds, as everything in Prometheus. */
const MS = 0.001;
/** At the usual 10 ms an idle process would be woken a hundred times a second for this figure alone. */
const LAG_PRECISION_MS = 100;

/**
 * Figures for Prometheus. Nothing is counted here: the owners count in plain numbers, which are read when somebody asks,
 * so the hot paths know nothing of metrics. Labels are names of ours, never something a client chose.
 */
export function openMetrics(
  endpoints: readonly Endpoint[],
  { progress, limits, chat, log }: House,
  store: Store,
  hasUntrustedProxy: () => boolean,
  version: string,
): Registry {
  const registry = new Registry();
  gauge("headend_build_info", "1, labelled with the version", ["version"], (set) => set(1, { version }));
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  // Bun's engine is not V8: these would always be empty.
  registry.removeSingleMetric("nodejs_heap_space_size_total_bytes");
  registry.removeSingleMetric("nodejs_heap_space_size_used_bytes");
  registry.removeSingleMetric("nodejs_heap_space_size_available_bytes");

  gauge("headend_connections", "Open connections, by API", ["api"], (set) => {
    for (const { api, connections } of endpoints) set(connections, { api: api.name });
  });
  gauge("headend_users", "Users with a signed-in socket, by API", ["api"], (set) => {
    for (const { api, sessions } of endpoints) set(sessions.signedInUsers, { api: api.name });
  });
  counter(
    "headend_deliveries_total",
    "Messages to clients; one to a room counts for each in it, by API",
    ["api"],
    (set) => {
      for (const { api, deliveries } of endpoints) set(deliveries, { api: api.name });
    },
  );
  histogram(
    "headend_event_duration_seconds",
    "From the arrival of an event to the end of its handler, of one event in 16, by API",
    endpoints.map(({ api, durations }) => [api.name, durations]),
    MS,
  );
  histogram(
    "headend_publish_recipients",
    "Clients that a message to a room went to, by API",
    endpoints.map(({ api, recipients }) => [api.name, recipients]),
    1,
  );
  counter("headend_refusals_total", "Events that were refused, by API and code", ["api", "code"], (set) => {
    for (const { api, refusals } of endpoints) {
      for (const [code, count] of refusals) set(count, { api: api.name, code });
    }
  });
  counter("headend_log_errors_total", "Errors that were logged", [], (set) => set(log.tail.errors));
  gauge("headend_chat_unwritten", "Chat messages in memory that are not in the database yet", [], (set) =>
    set(chat.waiting),
  );
  gauge("headend_progress_buffered", "Positions in memory that are not in the database yet", [], (set) =>
    set(progress.buffer.size),
  );
  gauge("headend_untrusted_proxy", "1 once a proxy that is not trusted has said whom it speaks for", [], (set) =>
    set(hasUntrustedProxy() ? 1 : 0),
  );
  gauge("headend_limit_buckets", "Token buckets that are not full", [], (set) => set(limits.size));
  gauge("headend_database_bytes", "Size of the database and its log", [], (set) => set(store.sizeBytes()));
  counter("headend_progress_written_total", "Positions written to the database", [], (set) =>
    set(progress.buffer.written),
  );
  counter("headend_progress_failed_batches_total", "Batches of positions that the database refused", [], (set) =>
    set(progress.buffer.failures),
  );
  counter(
    "headend_events_total",
    "Events from clients, by API, event and outcome",
    ["api", "event", "outcome"],
    (set) => {
      for (const { api, counts } of endpoints) {
        for (const { event, handled, refused } of counts) {
          set(handled, { api: api.name, event, outcome: "handled" });
          set(refused, { api: api.name, event, outcome: "refused" });
        }
      }
    },
  );
  return registry;

  type Read = (set: (value: number, labels?: Record<string, string>) => void) => void;

  function gauge(name: string, help: string, labelNames: string[], read: Read): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        read((value, labels) => this.set(labels ?? {}, value));
      },
    });
  }

  /** prom-client's own would have to be told of every value; ours is read when somebody asks. @param unit of the values */
  function histogram(name: string, help: string, read: (readonly [api: string, Histogram])[], unit: number): void {
    const row = (metricName: string, labels: Record<string, string | number>, value: number) => ({
      metricName: `${name}_${metricName}`,
      labels,
      value,
    });
    const values = () =>
      read.flatMap(([api, { bounds, cumulative, count, sum }]) => [
        ...cumulative.map((upTo, at) =>
          row("bucket", { api, le: Number(((bounds[at] ?? 0) * unit).toPrecision(6)) }, upTo),
        ),
        row("bucket", { api, le: "+Inf" }, count),
        row("sum", { api }, sum * unit),
        row("count", { api }, count),
      ]);
    const metric = { name, get: async () => ({ name, help, type: "histogram", aggregator: "sum", values: values() }) };
    registry.registerMetric(metric as unknown as Metric);
  }

  function counter(name: string, help: string, labelNames: string[], read: Read): void {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        read((value, labels) => this.inc(labels ?? {}, value));
      },
    });
  }
}
