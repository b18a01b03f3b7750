import * as v from "valibot";
import { learningSettings } from "./apis/learning/settings";
import { liveSettings } from "./apis/live/settings";
import { playbackSettings } from "./apis/playback/settings";
import { requestsSettings } from "./apis/requests/settings";
import { studioSettings } from "./apis/studio/settings";
import { Fault } from "./runtime/fault";
import { LOG_LEVELS } from "./runtime/log";
import {
  duration,
  httpUrl,
  list,
  milliseconds,
  oneOf,
  pairs,
  port,
  type Setting,
  setting,
  text,
  type Values,
  wholeNumber,
} from "./setting";

const PORTS = {
  playback: playbackSettings.port,
  requests: requestsSettings.port,
  studio: studioSettings.port,
  live: liveSettings.port,
  learning: learningSettings.port,
};

/** The APIs of the contract; those of them that this version serves are in `apis/index.ts`. */
export type ApiName = keyof typeof PORTS;

const secret = v.pipe(
  text,
  v.check((value) => Buffer.byteLength(value) >= 32, "at least 32 bytes are needed"),
);
/** Each as it is written and, where a space follows the comma, without it: whichever of them a token was signed with. */
const previousSecrets = v.pipe(
  text,
  v.transform((value) => value.split(",").filter((each) => each.trim() !== "")),
  v.minLength(1, "a comma list of secrets is needed"),
  v.check((secrets) => secrets.every((each) => Buffer.byteLength(each.trim()) >= 32), "each needs at least 32 bytes"),
  v.transform((secrets) => [...new Set(secrets.flatMap((each) => [each, each.trim()]))]),
);
const emailAddress = v.pipe(text, v.email("an email address is needed"));
/** What a browser sends as its Origin, and so nothing that could never be equal to it. */
const origins = v.pipe(
  list(
    /^https?:\/\/[^/\s*@?#\\]+$/i,
    "a comma list of whole origins such as https://app.example.com is needed, each written out (no *)",
  ),
  v.check((parts) => parts.every((part) => URL.canParse(part)), "every one of the origins is needed as a valid URL"),
);

/** Every setting there is, in the order in which they are told (CONTRACT §1). */
export const SETTINGS = {
  data: setting("HEADEND_DATA", "./data", "folder of headend.db and of the generated secret", text),
  apis: setting(
    "HEADEND_APIS",
    undefined,
    "comma list of the APIs to serve; all that this version has when not set",
    list(
      new RegExp(`^(${Object.keys(PORTS).join("|")})$`),
      `a comma list of ${Object.keys(PORTS).join(", ")} is needed`,
    ),
  ),
  host: setting("HEADEND_HOST", "::", "address the APIs listen on (:: = every IPv4 and IPv6 address)", text),
  singlePort: setting(
    "HEADEND_PORT",
    undefined,
    "everything behind this one port; the API is chosen by Host or by path (/playback/…)",
    port,
  ),
  hosts: setting(
    "HEADEND_HOSTS",
    undefined,
    "with HEADEND_PORT: which host is which API, realtime.example.com=live,…",
    pairs(new RegExp(`^(${Object.keys(PORTS).join("|")})$`), "a comma list of host=api is needed"),
  ),
  playbackPort: portRow("playback"),
  requestsPort: portRow("requests"),
  studioPort: portRow("studio"),
  livePort: portRow("live"),
  learningPort: portRow("learning"),
  consoleHost: setting(
    "HEADEND_CONSOLE_HOST",
    "127.0.0.1",
    "address the operator's console listens on; beyond loopback, reading there takes an admin's sign-in too",
    text,
  ),
  consolePort: setting(
    "HEADEND_CONSOLE_PORT",
    "9000",
    "port of the console: the operator's page, /healthz, /readyz, /metrics (0 = any free)",
    port,
  ),
  jwtSecret: setting(
    "HEADEND_JWT_SECRET",
    undefined,
    "HS256 secret of tokens, at least 32 bytes; generated once when not set",
    secret,
    true,
  ),
  jwtSecretPrevious: setting(
    "HEADEND_JWT_SECRET_PREVIOUS",
    undefined,
    "comma list of earlier secrets: their tokens still count, none is signed with them",
    previousSecrets,
    true,
  ),
  jwtJwksUrl: setting(
    "HEADEND_JWT_JWKS_URL",
    undefined,
    "an existing issuer's JWKS; its tokens count besides ours",
    httpUrl,
  ),
  jwtPublicKey: setting(
    "HEADEND_JWT_PUBLIC_KEY",
    undefined,
    "instead of a JWKS: an RSA, P-256 or Ed25519 key as SPKI PEM, inline or a file's path",
    text,
  ),
  jwtIssuer: setting("HEADEND_JWT_ISSUER", undefined, "every token's iss must be this", text),
  jwtAudience: setting("HEADEND_JWT_AUDIENCE", undefined, "every token's aud must hold this", text),
  apiKey: setting(
    "HEADEND_API_KEY",
    undefined,
    "a server-to-server key with every scope, at least 32 characters; more: headend key add",
    // An HTTP header loses the spaces around its value, so that nobody could ever send such a key.
    v.pipe(
      text,
      v.minLength(32, "at least 32 characters are needed"),
      v.regex(/^\S+$/, "a key without spaces is needed"),
    ),
    true,
  ),
  adminEmail: setting(
    "HEADEND_ADMIN_EMAIL",
    undefined,
    "email of the first admin, made when there is none",
    emailAddress,
  ),
  adminPassword: setting("HEADEND_ADMIN_PASSWORD", undefined, "password of the first admin", text, true),
  registration: setting(
    "HEADEND_REGISTRATION",
    "closed",
    "open: anyone may register on studio and learning",
    oneOf(["open", "closed"]),
  ),
  corsOrigins: setting(
    "HEADEND_CORS_ORIGINS",
    undefined,
    "comma list of browser origins that get credentials; any localhost when not set",
    origins,
  ),
  trustedProxies: setting(
    "HEADEND_TRUSTED_PROXIES",
    "0",
    "proxy hops whose X-Forwarded-For, -Proto and -Host are believed",
    wholeNumber(0, 16),
  ),
  tokenTtlMs: setting("HEADEND_TOKEN_TTL", "24h", "life of the tokens that Headend signs", duration),
  retentionDays: setting(
    "HEADEND_RETENTION_DAYS",
    "90",
    "how long chat, read notifications, finished jobs, activity and audit are kept, days",
    wholeNumber(1, 36_500),
  ),
  progressFlushMs: setting(
    "HEADEND_PROGRESS_FLUSH_MS",
    "10000",
    "how often progress goes from memory to the database, ms",
    milliseconds,
  ),
  ...requestsSettings.rows,
  ...liveSettings.rows,
  authDeadlineMs: setting(
    "HEADEND_AUTH_DEADLINE_MS",
    "30000",
    "playback, live: a socket that has not authenticated by then is disconnected, ms",
    milliseconds,
  ),
  maxConnectionsPerUser: setting(
    "HEADEND_MAX_CONNECTIONS_PER_USER",
    "10",
    "connections of one user, per API",
    wholeNumber(1, 1_000_000),
  ),
  maxConnectionsPerIp: setting(
    "HEADEND_MAX_CONNECTIONS_PER_IP",
    undefined,
    "connections of one address, per API; 100 on requests, 2000 elsewhere when not set",
    wholeNumber(1, 1_000_000),
  ),
  maxPayloadBytes: setting(
    "HEADEND_MAX_PAYLOAD",
    "65536",
    "bytes of one socket message",
    wholeNumber(1_024, 1_048_576),
  ),
  ...studioSettings.rows,
  leanSockets: setting(
    "HEADEND_LEAN_SOCKETS",
    "on",
    "on: websockets take a path that needs less memory and CPU; off: all take that of Socket.IO and its engine",
    oneOf(["on", "off"]),
  ),
  logLevel: setting(
    "HEADEND_LOG_LEVEL",
    "info",
    "debug, info, warn or error; JSON lines on stderr, pretty on a terminal",
    oneOf(LOG_LEVELS),
  ),
};

export type Config = Values<typeof SETTINGS>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting, once.
 *
 * @throws Fault with one line per wrong setting
 */
export function readConfig(environment: Environment): Config {
  const wrong: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, row] of Object.entries<Setting>(SETTINGS)) {
    const given = readValue(row, environment) ?? row.fallback;
    if (given === undefined) continue;
    const result = v.safeParse(row.schema, given, { abortEarly: true });
    if (result.success) values[key] = result.output;
    else wrong.push(`${row.name}=${row.isSecret ? "…" : given}: ${result.issues[0].message}`);
  }
  wrong.push(...contradictions(environment));
  if (wrong.length > 0) throw new Fault(wrong.join("\n"));
  return values as unknown as Config;
}

/**
 * What a variable says. Spaces around a value are a slip of the pen, but a part of a secret: of those only the line
 * break goes that the last line of a file has.
 */
function readValue({ name, isSecret }: Setting, environment: Environment): string | undefined {
  const given = environment[name] ?? "";
  const isBlank = given.trim() === "";
  if (isBlank) return undefined;
  return isSecret ? given.replace(/\r?\n$/, "") : given.trim();
}

/** Names that look like settings and are none: as a rule a slip of the pen. */
export function unknownSettings(environment: Environment): string[] {
  const known = new Set(Object.values<Setting>(SETTINGS).map((row) => row.name));
  return Object.keys(environment).filter((name) => name.startsWith("HEADEND_") && !known.has(name));
}

function contradictions(environment: Environment): string[] {
  const isSet = (key: keyof typeof SETTINGS) => Boolean(environment[SETTINGS[key].name]?.trim());
  const found: string[] = [];
  if (isSet("jwtJwksUrl") && isSet("jwtPublicKey")) {
    found.push("HEADEND_JWT_JWKS_URL and HEADEND_JWT_PUBLIC_KEY are both set: one issuer is possible");
  }
  if (isSet("adminEmail") !== isSet("adminPassword")) {
    found.push("HEADEND_ADMIN_EMAIL and HEADEND_ADMIN_PASSWORD need each other");
  }
  if (isSet("hosts") && !isSet("singlePort")) found.push("HEADEND_HOSTS needs HEADEND_PORT");
  return found;
}

/** The port of one API, and the setting that says so. */
export function portOf(config: Config, api: string): { port: number; name: string } {
  const rows = SETTINGS as Readonly<Record<string, Setting>>;
  const key = `${api}Port`;
  const value = (config as unknown as Readonly<Record<string, number>>)[key];
  const name = rows[key]?.name;
  if (value === undefined || name === undefined) throw new Error(`no port for ${api}`);
  return { port: value, name };
}

function portRow<N extends ApiName>(name: N) {
  return setting(`HEADEND_${name.toUpperCase()}_PORT`, `${PORTS[name]}`, `port of ${name} (0 = any free)`, port);
}
