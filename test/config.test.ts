import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Config, portOf, readConfig, SETTINGS, unknownSettings } from "../src/config";
import { Fault } from "../src/runtime/fault";
import type { Setting } from "../src/setting";

const ROWS = Object.values<Setting>(SETTINGS);

/** What CONTRACT §1 says of every setting that has a default. */
const DEFAULTS = {
  data: "./data",
  host: "::",
  playbackPort: 8080,
  requestsPort: 4000,
  studioPort: 3000,
  livePort: 7070,
  learningPort: 5000,
  consoleHost: "127.0.0.1",
  consolePort: 9000,
  registration: "closed",
  trustedProxies: 0,
  tokenTtlMs: 86_400_000,
  retentionDays: 90,
  progressFlushMs: 10_000,
  healthMs: 30_000,
  metricsMs: 30_000,
  performanceMs: 60_000,
  downloadMs: 5_000,
  viewerCountMs: 1_000,
  analyticsMs: 5_000,
  liveStreams: "open",
  authDeadlineMs: 30_000,
  maxConnectionsPerUser: 10,
  maxPayloadBytes: 65_536,
  workerTimeoutMs: 60_000,
  leanSockets: "on",
  logLevel: "info",
};

/** Those that are not set unless the operator does. */
const WITHOUT_DEFAULT = [
  "HEADEND_APIS",
  "HEADEND_PORT",
  "HEADEND_HOSTS",
  "HEADEND_JWT_SECRET",
  "HEADEND_JWT_SECRET_PREVIOUS",
  "HEADEND_JWT_JWKS_URL",
  "HEADEND_JWT_PUBLIC_KEY",
  "HEADEND_JWT_ISSUER",
  "HEADEND_JWT_AUDIENCE",
  "HEADEND_API_KEY",
  "HEADEND_ADMIN_EMAIL",
  "HEADEND_ADMIN_PASSWORD",
  "HEADEND_CORS_ORIGINS",
  "HEADEND_SERVICES",
  "HEADEND_MAX_CONNECTIONS_PER_IP",
];

/** The one line that says what is wrong, or the several. */
function told(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return (error as Fault).message.split("\n");
  }
}

test("without any setting every one has its documented default, or none", () => {
  expect(readConfig({})).toEqual(DEFAULTS as unknown as Config);
  const without = ROWS.filter((row) => row.fallback === undefined).map(({ name }) => name);
  expect(without.sort()).toEqual([...WITHOUT_DEFAULT].sort());
});

test("a setting that is empty or blank is not set", () => {
  for (const value of ["", " ", "\t"]) {
    expect(readConfig(Object.fromEntries(ROWS.map(({ name }) => [name, value])))).toEqual(
      DEFAULTS as unknown as Config,
    );
  }
});

test("every port is told with the setting that gives it", () => {
  const config = readConfig({ HEADEND_STUDIO_PORT: "0" });
  const ports = ["playback", "requests", "studio", "live", "learning"].map((api) => portOf(config, api));
  expect(ports).toEqual([
    { port: 8080, name: "HEADEND_PLAYBACK_PORT" },
    { port: 4000, name: "HEADEND_REQUESTS_PORT" },
    { port: 0, name: "HEADEND_STUDIO_PORT" },
    { port: 7070, name: "HEADEND_LIVE_PORT" },
    { port: 5000, name: "HEADEND_LEARNING_PORT" },
  ]);
});

/** Any text will do, so that no value is wrong by itself. */
const FREE = [
  "HEADEND_DATA",
  "HEADEND_HOST",
  "HEADEND_CONSOLE_HOST",
  "HEADEND_JWT_PUBLIC_KEY",
  "HEADEND_JWT_ISSUER",
  "HEADEND_JWT_AUDIENCE",
  "HEADEND_ADMIN_PASSWORD",
];

const WRONG: Record<string, string[]> = {
  HEADEND_APIS: ["playback,radio", "Playback", ",", "*", "playback live"],
  HEADEND_PORT: ["65536", "-1", "http", "80,443"],
  HEADEND_HOSTS: ["example.com", "a.example=radio", "=live", "a.example=", "a.example=live=playback"],
  HEADEND_PLAYBACK_PORT: ["http", "65536", "1e3", "+80", "\u0661"],
  HEADEND_REQUESTS_PORT: ["-1"],
  HEADEND_STUDIO_PORT: ["1.5"],
  HEADEND_LIVE_PORT: ["70 70"],
  HEADEND_LEARNING_PORT: ["0x10"],
  HEADEND_CONSOLE_PORT: ["99999", "none"],
  HEADEND_JWT_SECRET: ["too short", "x".repeat(31)],
  HEADEND_JWT_SECRET_PREVIOUS: [`${"x".repeat(32)},short secret`, ",", "short secret"],
  HEADEND_JWT_JWKS_URL: ["ftp://id.example/jwks", "id.example/jwks", "file:///etc/passwd", "https://"],
  HEADEND_API_KEY: ["k".repeat(31), ` ${"k".repeat(32)}`, `${"k".repeat(20)} ${"k".repeat(20)}`],
  HEADEND_ADMIN_EMAIL: ["nobody", "a@", "@example.com", "a b@example.com"],
  HEADEND_LEAN_SOCKETS: ["yes", "On", "1"],
  HEADEND_REGISTRATION: ["maybe", "Open", "true"],
  HEADEND_CORS_ORIGINS: [
    "app.example.com",
    "https://app.example.com/",
    "*",
    "null",
    "https://a.example,b.example",
    "https://*.example.com",
    "https://app.example.com:*",
    "https://user@app.example.com",
    "https://app.example.com?x",
    "https://app.example.com:99999",
  ],
  HEADEND_TRUSTED_PROXIES: ["yes", "17", "-1", "10.0.0.1"],
  HEADEND_TOKEN_TTL: ["24", "24 h", "0h", "-1h", "1.5h", "1h30m", "h", "1w", "24H", "1e3s", "forever"],
  HEADEND_RETENTION_DAYS: ["0", "90d", "36501"],
  HEADEND_PROGRESS_FLUSH_MS: ["10s", "9", "86400001"],
  HEADEND_HEALTH_MS: ["0"],
  HEADEND_METRICS_MS: ["soon"],
  HEADEND_PERFORMANCE_MS: ["1e9"],
  HEADEND_DOWNLOAD_MS: ["-5"],
  HEADEND_SERVICES: ["plex", "plex=", "plex=127.0.0.1:32400", "plex=ftp://x", "=http://x", "database=http://x"],
  HEADEND_VIEWER_COUNT_MS: ["1"],
  HEADEND_ANALYTICS_MS: ["x"],
  HEADEND_LIVE_STREAMS: ["some"],
  HEADEND_AUTH_DEADLINE_MS: ["never", "0"],
  HEADEND_MAX_CONNECTIONS_PER_USER: ["0", "1000001"],
  HEADEND_MAX_CONNECTIONS_PER_IP: ["many", "0"],
  HEADEND_MAX_PAYLOAD: ["10", "1023", "1048577", "64KiB"],
  HEADEND_WORKER_TIMEOUT_MS: ["1m"],
  HEADEND_LOG_LEVEL: ["loud", "INFO", "trace"],
};

test("no setting is left out of what follows", () => {
  expect([...FREE, ...Object.keys(WRONG)].sort()).toEqual(ROWS.map(({ name }) => name).sort());
});

test.each(Object.entries(WRONG).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
  "%s=%s is one line that names it and says what is needed",
  (name, value) => {
    // What else has to be set, so that the value alone is at fault.
    const besides: Record<string, Record<string, string>> = {
      HEADEND_ADMIN_EMAIL: { HEADEND_ADMIN_PASSWORD: "x" },
      HEADEND_HOSTS: { HEADEND_PORT: "0" },
    };
    const lines = told({ ...besides[name], [name]: value });
    expect(lines).toHaveLength(1);
    const isSecret = ROWS.find((row) => row.name === name)?.isSecret;
    const shown = isSecret ? "…" : value;
    expect(lines[0]).toStartWith(`${name}=${shown}: `);
    expect(lines[0]?.slice(`${name}=${shown}: `.length)).toMatch(/^\S.* (is|are|needs?) .*\S$/);
    if (isSecret) expect(lines[0]).not.toContain(value);
  },
);

test("no secret is ever shown, whatever is wrong with it", () => {
  const secrets = ROWS.filter(({ isSecret }) => isSecret).map(({ name }) => name);
  expect(secrets).toEqual([
    "HEADEND_JWT_SECRET",
    "HEADEND_JWT_SECRET_PREVIOUS",
    "HEADEND_API_KEY",
    "HEADEND_ADMIN_PASSWORD",
  ]);
  fc.assert(
    fc.property(fc.constantFrom(...secrets), fc.stringMatching(/^[\w!,=-]{8,31}$/), (name, value) => {
      // Something is wrong in any case, if not with this one then with the other.
      const lines = told({ [name]: value, HEADEND_LOG_LEVEL: "loud" });
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.join("\n")).not.toContain(value);
    }),
  );
});

const MS = ["PROGRESS_FLUSH", "HEALTH", "METRICS", "PERFORMANCE", "DOWNLOAD", "VIEWER_COUNT", "ANALYTICS"];

test.each<[name: string, least: number, most: number]>([
  ...[...MS, "AUTH_DEADLINE", "WORKER_TIMEOUT"].map(
    (name) => [`HEADEND_${name}_MS`, 10, 86_400_000] as [string, number, number],
  ),
  ["HEADEND_PORT", 0, 65_535],
  ["HEADEND_PLAYBACK_PORT", 0, 65_535],
  ["HEADEND_CONSOLE_PORT", 0, 65_535],
  ["HEADEND_TRUSTED_PROXIES", 0, 16],
  ["HEADEND_RETENTION_DAYS", 1, 36_500],
  ["HEADEND_MAX_CONNECTIONS_PER_USER", 1, 1_000_000],
  ["HEADEND_MAX_CONNECTIONS_PER_IP", 1, 1_000_000],
  ["HEADEND_MAX_PAYLOAD", 1_024, 1_048_576],
])("%s is a whole number from %d to %d, both included", (name, least, most) => {
  const key = Object.entries<Setting>(SETTINGS).find(([, row]) => row.name === name)?.[0] as keyof Config;
  for (const value of [least, most]) expect(readConfig({ [name]: `${value}` })[key]).toBe(value);
  for (const value of [least - 1, most + 1]) expect(told({ [name]: `${value}` })).toHaveLength(1);
});

test.each([
  ["500ms", 500],
  ["1s", 1_000],
  ["45s", 45_000],
  ["30m", 1_800_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  [" 7d ", 604_800_000],
])("a life of %s is %d ms", (text, ms) => {
  expect(readConfig({ HEADEND_TOKEN_TTL: text }).tokenTtlMs).toBe(ms);
});

test("lists, pairs and words are read as they are meant", () => {
  const config = readConfig({
    HEADEND_CORS_ORIGINS: " https://a.example , http://b.example:8080, ",
    HEADEND_PORT: "0",
    HEADEND_HOSTS: "rt.example=live, play.example=playback",
    HEADEND_APIS: "playback,live",
    HEADEND_SERVICES: "plex=http://127.0.0.1:32400/identity,sonarr=https://user:pass@sonarr.example/?a=b",
    HEADEND_JWT_SECRET_PREVIOUS: `${"a".repeat(32)},${"b".repeat(40)}`,
    HEADEND_LIVE_STREAMS: "registered",
    HEADEND_REGISTRATION: "open",
    HEADEND_ADMIN_EMAIL: "admin@example.com",
    HEADEND_ADMIN_PASSWORD: "correct horse",
    HEADEND_LOG_LEVEL: "warn",
  });
  expect(config).toMatchObject({
    corsOrigins: ["https://a.example", "http://b.example:8080"],
    singlePort: 0,
    apis: ["playback", "live"],
    jwtSecretPrevious: ["a".repeat(32), "b".repeat(40)],
    liveStreams: "registered",
    registration: "open",
    adminEmail: "admin@example.com",
    adminPassword: "correct horse",
    logLevel: "warn",
  });
  expect([...(config.hosts ?? [])]).toEqual([
    ["rt.example", "live"],
    ["play.example", "playback"],
  ]);
  expect([...(config.services ?? [])]).toEqual([
    ["plex", "http://127.0.0.1:32400/identity"],
    ["sonarr", "https://user:pass@sonarr.example/?a=b"],
  ]);
});

test("a secret is measured in bytes, a key in characters", () => {
  expect(readConfig({ HEADEND_JWT_SECRET: "\u00e9".repeat(16) }).jwtSecret).toBe("\u00e9".repeat(16));
  expect(told({ HEADEND_JWT_SECRET: "\u00e9".repeat(15) })).toHaveLength(1);
  expect(readConfig({ HEADEND_API_KEY: "k".repeat(32) }).apiKey).toBe("k".repeat(32));
});

test("a secret is taken as it is, spaces included; only the line break of a file's last line goes", () => {
  const secret = `  ${"s".repeat(32)}\t`;
  for (const lineBreak of ["", "\n", "\r\n"]) {
    const config = readConfig({
      HEADEND_JWT_SECRET: secret + lineBreak,
      HEADEND_API_KEY: "k".repeat(32) + lineBreak,
      HEADEND_ADMIN_EMAIL: " a@example.com ",
      HEADEND_ADMIN_PASSWORD: ` correct horse ${lineBreak}`,
    });
    expect(config).toMatchObject({
      jwtSecret: secret,
      apiKey: "k".repeat(32),
      adminEmail: "a@example.com",
      adminPassword: " correct horse ",
    });
  }
  // A secret of before is found whether a space belongs to it or to the list.
  const { jwtSecretPrevious } = readConfig({ HEADEND_JWT_SECRET_PREVIOUS: `${"a".repeat(32)}, ${"b".repeat(32)},,\n` });
  expect(jwtSecretPrevious).toEqual(["a".repeat(32), ` ${"b".repeat(32)}`, "b".repeat(32)]);
});

test.each<[string, Record<string, string>, string | undefined]>([
  [
    "two issuers",
    { HEADEND_JWT_JWKS_URL: "https://id.example/jwks", HEADEND_JWT_PUBLIC_KEY: "key.pem" },
    "HEADEND_JWT_JWKS_URL and HEADEND_JWT_PUBLIC_KEY are both set: one issuer is possible",
  ],
  [
    "an admin without a password",
    { HEADEND_ADMIN_EMAIL: "a@example.com" },
    "HEADEND_ADMIN_EMAIL and HEADEND_ADMIN_PASSWORD need each other",
  ],
  [
    "a password without an admin",
    { HEADEND_ADMIN_PASSWORD: "x", HEADEND_ADMIN_EMAIL: " " },
    "HEADEND_ADMIN_EMAIL and HEADEND_ADMIN_PASSWORD need each other",
  ],
  ["hosts without the one port", { HEADEND_HOSTS: "a.example=live" }, "HEADEND_HOSTS needs HEADEND_PORT"],
  ["hosts with it", { HEADEND_HOSTS: "a.example=live", HEADEND_PORT: "0" }, undefined],
  ["one issuer", { HEADEND_JWT_PUBLIC_KEY: "key.pem", HEADEND_JWT_JWKS_URL: "" }, undefined],
])("%s: %j", (_what, environment, line) => {
  expect(told(environment)).toEqual(line === undefined ? [] : [line]);
});

test("all that is wrong is told at once, in the order of the table", () => {
  const lines = told({
    HEADEND_LOG_LEVEL: "loud",
    HEADEND_PORT: "x",
    HEADEND_HOSTS: "a.example=live",
    HEADEND_APIS: "x",
  });
  expect(lines.map((line) => line.split("=")[0])).toEqual(["HEADEND_APIS", "HEADEND_PORT", "HEADEND_LOG_LEVEL"]);
});

test("names that look like settings and are none are noticed, others are not looked at", () => {
  const environment = { HEADEND_PROT: "1", headend_port: "1", HEADEND_: "", PATH: "x", MY_HEADEND_PORT: "1" };
  const known = Object.fromEntries(ROWS.map(({ name }) => [name, "x"]));
  expect(unknownSettings({ ...environment, ...known })).toEqual(["HEADEND_PROT", "HEADEND_"]);
  expect(readConfig(environment)).toEqual(DEFAULTS as unknown as Config);
});

test("every setting has a name of its own and a line that says what it is", () => {
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  for (const { name, doc } of ROWS) {
    expect(name).toMatch(/^HEADEND_[A-Z_]+$/);
    expect([name, doc]).toEqual([name, expect.stringMatching(/^.{10,120}$/)]);
  }
});
