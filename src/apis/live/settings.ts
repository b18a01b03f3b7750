import { milliseconds, oneOf, setting } from "../../setting";

export const liveSettings = {
  port: 7070,
  rows: {
    viewerCountMs: setting(
      "HEADEND_VIEWER_COUNT_MS",
      "1000",
      "live: at most one viewer count per stream in this time, ms",
      milliseconds,
    ),
    analyticsMs: setting(
      "HEADEND_ANALYTICS_MS",
      "5000",
      "live: period of analytics updates per stream, ms",
      milliseconds,
    ),
    liveStreams: setting(
      "HEADEND_LIVE_STREAMS",
      "open",
      "live: open (joining an unknown stream creates it) or registered (it is refused)",
      oneOf(["open", "registered"]),
    ),
  },
};
