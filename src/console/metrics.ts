import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { House } from "../house";
import type { Endpoint } from "../realtime/endpoint";
import type { Store } from "../store/database";

/**
 * Figures for Prometheus. Nothing is counted here: the owners count in plain numbers, which are read when somebody asks,
 * so the hot paths know nothing of metrics. Labels are names of ours, never something a client chose.
 */
export function openMetrics(
  endpoints: readonly Endpoint[],
  { progress, limits, chat, log }: House,
  store: Store,
  hasUntrustedProxy: () => boolean,
): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
