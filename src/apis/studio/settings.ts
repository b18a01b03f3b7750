import { milliseconds, setting } from "../../setting";

export const studioSettings = {
  port: 3000,
  rows: {
    workerTimeoutMs: setting(
      "HEADEND_WORKER_TIMEOUT_MS",
      "60000",
      "studio: a claimed job whose worker is silent this long is lost, ms",
      milliseconds,
    ),
  },
};
