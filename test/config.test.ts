import { expect, test } from "bun:test";
import { portOf, readConfig, SETTINGS, unknownSettings } from "../src/config";
import type { Setting } from "../src/setting";

test("without any setting everything has its documented default", () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    data: "./data",
    host: "::",
    consoleHost: "127.0.0.1",
    consolePort: 9000,
    tokenTtlMs: 86_400_000,
    trustedProxies: 0,
    progressFlushMs: 10_000,
    authDeadlineMs: 30_000,
    maxConnectionsPerUser: 10,
    maxPayloadBytes: 65_536,
    logLevel: "info",
    registration: "closed",
  });
  const ports = ["playback", "requests", "studio", "live", "learning"].map((api) => portOf(config, api).port);
  expect(ports).toEqual([8080, 4000, 3000, 7070, 5000]);
  for (const key of ["singlePort", "jwtSecret", "apiKey", "corsOrigins", "maxConnectionsPerIp", "apis"] as const) {
    expect(config[key]).toBeUndefined();
  }
});

const WRONG: Record<string, string> = {
  HEADEND_APIS: "playback,radio",
  HEADEND_PORT: "65536",
  HEADEND_HOSTS: "example.com",
  HEADEND_PLAYBACK_PORT: "http",
  HEADEND_REQUESTS_PORT: "-1",
  HEADEND_STUDIO_PORT: "1.5",
  HEADEND_LIVE_PORT: " 70 70 ",
  HEADEND_LEARNING_PORT: "0x10",
  HEADEND_CONSOLE_PORT: "99999",
  HEADEND_JWT_SECRET: "too short",
  HEADEND_JWT_SECRET_PREVIOUS: `${"x".repeat(32)},short`,
  HEADEND_JWT_JWKS_URL: "ftp://id.example",
  HEADEND_API_KEY: "k".repeat(31),
  HEADEND_ADMIN_EMAIL: "nobody",
  HEADEND_REGISTRATION: "maybe",
  HEADEND_CORS_ORIGINS: "app.example.com",
  HEADEND_TRUSTED_PROXIES: "yes",
  HEADEND_TOKEN_TTL: "24",
  HEADEND_RETENTION_DAYS: "0",
  HEADEND_PROGRESS_FLUSH_MS: "10s",
  HEADEND_HEALTH_MS: "0",
  HEADEND_METRICS_MS: "soon",
  HEADEND_PERFORMANCE_MS: "1e9",
  HEADEND_DOWNLOAD_MS: "-5",
  HEADEND_SERVICES: "plex",
  HEADEND_VIEWER_COUNT_MS: "1",
  HEADEND_ANALYTICS_MS: "x",
  HEADEND_LIVE_STREAMS: "some",
  HEADEND_AUTH_DEADLINE_MS: "never",
  HEADEND_MAX_CONNECTIONS_PER_USER: "0",
  HEADEND_MAX_CONNECTIONS_PER_IP: "many",
  HEADEND_MAX_PAYLOAD: "10",
  HEADEND_WORKER_TIMEOUT_MS: "1m",
  HEADEND_LOG_LEVEL: "loud",
};

test.each(Object.entries(WRONG))("%s=%s is one line that names it and says what is needed", (name, value) => {
  const extra: Record<string, string> =
    name === "HEADEND_ADMIN_EMAIL"
      ? { HEADEND_ADMIN_PASSWORD: "x" }
      : name === "HEADEND_HOSTS"
        ? { HEADEND_PORT: "0" }
        : {};
  const row = Object.values<Setting>(SETTINGS).find((setting) => setting.name === name);
  let message = "";
  try {
    readConfig({ [name]: value, ...extra });
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(new RegExp(`^${name}=.+: .+ (is|are|needs?) .+$`));
  expect(message.split("\n")).toHaveLength(1);
  if (row?.isSecret) expect(message).not.toContain(value);
});

test("all that is wrong is told at once; contradictions too", () => {
  const wrong = () =>
    readConfig({
      HEADEND_LOG_LEVEL: "loud",
      HEADEND_JWT_JWKS_URL: "https://id.example/jwks",
      HEADEND_JWT_PUBLIC_KEY: "key.pem",
      HEADEND_ADMIN_EMAIL: "a@example.com",
      HEADEND_HOSTS: "a.example=live",
    });
  expect(wrong).toThrow(
    [
      "HEADEND_LOG_LEVEL=loud: one of debug, info, warn, error is needed",
      "HEADEND_JWT_JWKS_URL and HEADEND_JWT_PUBLIC_KEY are both set: one issuer is possible",
      "HEADEND_ADMIN_EMAIL and HEADEND_ADMIN_PASSWORD need each other",
      "HEADEND_HOSTS needs HEADEND_PORT",
    ].join("\n"),
  );
});

test("values are read as they are meant", () => {
  const config = readConfig({
    HEADEND_TOKEN_TTL: "7d",
    HEADEND_CORS_ORIGINS: " https://a.example , http://b.example:8080 ",
    HEADEND_PORT: "0",
    HEADEND_HOSTS: "rt.example=live,play.example=playback",
    HEADEND_APIS: "playback",
    HEADEND_JWT_SECRET: "",
  });
  expect(config.tokenTtlMs).toBe(7 * 86_400_000);
  expect(config.corsOrigins).toEqual(["https://a.example", "http://b.example:8080"]);
  expect([...(config.hosts ?? [])]).toEqual([
    ["rt.example", "live"],
    ["play.example", "playback"],
  ]);
  expect(config.singlePort).toBe(0);
  expect(config.jwtSecret).toBeUndefined();
});

test("a slip of the pen is noticed", () => {
  expect(unknownSettings({ HEADEND_PROT: "1", HEADEND_PORT: "1", PATH: "x" })).toEqual(["HEADEND_PROT"]);
});
