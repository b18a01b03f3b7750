import * as v from "valibot";
import { milliseconds, pairs, setting } from "../../setting";

export const requestsSettings = {
  port: 4000,
  rows: {
    healthMs: setting("HEADEND_HEALTH_MS", "30000", "requests: period of system:health, ms", milliseconds),
    metricsMs: setting("HEADEND_METRICS_MS", "30000", "requests: period of system:metrics, ms", milliseconds),
    performanceMs: setting(
      "HEADEND_PERFORMANCE_MS",
      "60000",
      "requests: period of admin:service:performance, ms",
      milliseconds,
    ),
    downloadMs: setting(
      "HEADEND_DOWNLOAD_MS",
      "5000",
      "requests: at most one progress event per download in this time, ms",
      milliseconds,
    ),
    services: setting(
      "HEADEND_SERVICES",
      undefined,
      "requests: services to monitor, plex=http://127.0.0.1:32400/identity,sonarr=http://…",
      v.pipe(
        pairs(/^https?:\/\/\S+$/, "a comma list of name=http(s)://… is needed"),
        v.check((services) => !services.has("database"), "the database is watched always; another name is needed"),
      ),
    ),
  },
};
