import { APIS } from "./apis";
import { type Config, portOf } from "./config";
import { isLocalHost, openConsole } from "./console/console";
import { type Desk, openDesk } from "./console/desk";
import { Accounts } from "./domain/accounts/accounts";
import { Registration } from "./domain/accounts/registration";
import { Chat } from "./domain/chat/chat";
import { ApiKeys } from "./domain/keys/apikeys";
import { Limits } from "./domain/limits";
import { Moderation } from "./domain/moderation/moderation";
import { Notifications } from "./domain/notifications/notifications";
import { Progress } from "./domain/progress/progress";
import { freshSecret, generatedSecret } from "./domain/tokens/secret";
import { type TokenSettings, Tokens } from "./domain/tokens/tokens";
import type { House } from "./house";
import type { Bound } from "./http/port";
import type { Api } from "./realtime/api";
import { asyncApi } from "./realtime/asyncapi";
import { Endpoint } from "./realtime/endpoint";
import { fits } from "./realtime/lean/tested";
import { listen } from "./realtime/listener";
import { byHostOrPath } from "./realtime/route";
import { reviewUser, takeOver } from "./realtime/takeover";
import { type Clock, pause } from "./runtime/clock";
import { Fault } from "./runtime/fault";
import { Lifecycle } from "./runtime/lifecycle";
import type { Log } from "./runtime/log";
import { Ticker } from "./runtime/ticker";
import { Turns } from "./runtime/turns";
import type { Table, Values } from "./setting";
import { Changes } from "./store/changes";
import { openStore } from "./store/database";
import { prepareFolder } from "./store/folder";
import { lockFolder } from "./store/lock";

/** A running server. */
export interface App {
  /** Base URL of an API, or of the `console`. */
  url(name: string): string;
  /** What is listened on, in the order of the table that `serve` prints. */
  readonly listening: readonly { name: string; url: string }[];
  /** Opens the console: in the link that `serve` prints, and in the data folder. It holds as long as this server runs. */
  readonly consoleToken: string;
  readonly house: House;
  /** Closes every connection, stores what is in memory and gives back the folder. True when nothing went wrong. */
  stop(): Promise<boolean>;
}

interface AppOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Other APIs than those of this version, for tests of the foundation. */
  readonly apis?: readonly Api[];
  /** Compare every payload that is sent with its schema: tests and development. */
  readonly isChecked?: boolean;
  readonly version: string;
}

const HOUR_MS = 3_600_000;
/** Long enough after the start for those who come back to be in. */
const FIRST_RETENTION_MS = 120_000;
/** How long the last flush goes on trying: the whole stop must be over within 10 s (CONTRACT §1). */
const LAST_FLUSH_MS = 6_000;

/**
 * Starts everything, or nothing.
 *
 * @throws Fault when a setting cannot be honoured; what was opened until then is closed again
 */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const lifecycle = new Lifecycle(options.log);
  try {
    return await start(config, options, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function start(config: Config, options: AppOptions, lifecycle: Lifecycle): Promise<App> {
  const { clock, log } = options;
  const apis = chooseApis(options.apis ?? APIS, config);
  const open = prepareFolder(config.data);
  lifecycle.onStop("unlock", lockFolder(config.data));
  if (open.length > 0) log.warn({ paths: open }, "others on this machine can read this, and that cannot be changed");

  let desk: Desk | undefined;
  const console = openConsole({
    hostname: config.consoleHost,
    hostSetting: "HEADEND_CONSOLE_HOST",
    port: config.consolePort,
    portSetting: "HEADEND_CONSOLE_PORT",
    wayOut: "",
    log,
    isReady: () => lifecycle.phase === "ready",
    trustedHops: config.trustedProxies,
    desk: () => desk,
  });
  lifecycle.onStop("console", () => console.stop());

  const store = await openStore(config.data);
  lifecycle.onStop("database", () => store.close());

  const limits = new Limits(clock);
  const accounts = new Accounts(store, clock, limits, log);
  const tokens = await Tokens.open(tokenSettings(config), accounts, store, clock);
  const apiKeys = new ApiKeys(store, clock, config.apiKey);
  const ticker = new Ticker(clock, log);
  const progress = new Progress(store, clock, log, ticker, config.progressFlushMs);
  const flushes = [() => progress.flush()];
  lifecycle.onStop("last flush", () => untilStored(flushes));
  lifecycle.onStop("ticker", () => ticker.stop());
  const chat = new Chat(store, clock, log, ticker);
  flushes.push(() => chat.flush());
  const moderation = new Moderation(store, clock, ticker, (room, sinceMs) => chat.lastWritten(room, sinceMs));
  const notifications = new Notifications(store, clock);
  await makeFirstAdmin(config, accounts, log);

  const registration = new Registration(accounts, limits, config.registration === "open");
  const shared = { limits, accounts, registration, tokens, apiKeys, progress, chat, moderation, notifications };
  const settings: House["settings"] = (rows) => pick(config, rows);
  const { maxPayloadBytes } = config;
  const house: House = { settings, maxPayloadBytes, store, clock, log, ticker, ...shared };
  const isLean = config.leanSockets === "on" && fits(log);
  const endpoints = apis.map((api) => new Endpoint(api, house, { ...endpointSettings(config, api, options), isLean }));
  for (const { behaviour } of endpoints) flushes.push(() => behaviour.flush?.() ?? true);
  let hasUntrustedProxy = false;
  const listening = openListeners(config, endpoints, house, lifecycle, () => {
    hasUntrustedProxy = true;
  });
  lifecycle.onStop("connections", async () => {
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    for (const { behaviour } of endpoints) behaviour.stop?.();
  });

  tokens.onRevoked((userId) => void reviewUser(endpoints, userId));
  const changes = new Changes(store);
  // What was changed while no server ran is taken over with the first tick.
  let hasChanged = true;
  const turns = new Turns();
  const follow = () =>
    turns.take(async () => {
      // Until it is done: the database may be locked at just this moment.
      hasChanged = true;
      hasChanged = !(await takeOver(house, endpoints));
    });
  ticker.every("take over what commands have changed", 1_000, async () => {
    if (changes.happened() || hasChanged) await follow();
  });
  ticker.every("end sessions", 1_000, () => {
    for (const endpoint of endpoints) endpoint.sessions.sweep();
  });
  ticker.every("close clients that do not keep up", 500, () => {
    for (const endpoint of endpoints) endpoint.sweep();
  });
  ticker.every("forget full buckets", 60_000, () => limits.sweep());
  const retain = async () => {
    const before = clock.now() - config.retentionDays * 24 * HOUR_MS;
    const prunes = [
      () => tokens.sweep(),
      () => progress.prune(),
      () => chat.prune(before),
      () => moderation.prune(before),
      () => notifications.prune(before),
      ...endpoints.map(
        ({ behaviour }) =>
          async () =>
            behaviour.prune?.(before),
      ),
    ];
    // One after the other, and each of them whatever becomes of the others.
    for (const prune of prunes) await prune().catch((error) => log.warn({ err: error }, "old records stay for now"));
  };
  ticker.every("retention", HOUR_MS, retain);
  // Not only once an hour has passed: a server may be restarted more often than that.
  ticker.soon("first retention", FIRST_RETENTION_MS, retain);

  // Loaded and opened when somebody first asks: the figures of the process cost 50 ms, and wake it up from then on.
  let metrics: Promise<{ metrics(): Promise<string> }> | undefined;
  const documents = new Map(apis.map((api) => [api.name, asyncApi(api.contract, options.version)]));
  const consoleToken = freshSecret(config.data, "console.token");
  desk = openDesk({
    house,
    endpoints,
    listening: listening.map(({ name, port, prefix }) => ({ name, host: config.host, port, prefix })),
    version: options.version,
    consoleToken,
    isLocal: isLocalHost(config.consoleHost),
    async metrics() {
      metrics ??= import("./console/metrics").then(({ openMetrics }) =>
        openMetrics(endpoints, house, store, () => hasUntrustedProxy, options.version),
      );
      return (await metrics).metrics();
    },
    documents,
    // What could not be taken over now is tried again by the ticker.
    accountsChanged: () => follow().catch((error) => log.error({ err: error }, "a change is not taken over yet")),
    setPatience: console.setPatience,
  });
  // Before everything else: pages would keep the listener open, and have nothing more to show.
  lifecycle.onStop("console's pages", () => desk?.close());
  lifecycle.phase = "ready";

  const all = [
    ...listening.map(({ name, port, prefix }) => ({ name, url: urlOf(config.host, port) + prefix })),
    { name: "console", url: urlOf(config.consoleHost, console.port) },
  ];
  return {
    listening: all,
    consoleToken,
    house,
    url(name) {
      const found = all.find((each) => each.name === name);
      if (!found) throw new Error(`${name} is not served`);
      return found.url;
    },
    stop: () => lifecycle.stop(),
  };
}

function chooseApis(served: readonly Api[], config: Config): readonly Api[] {
  if (!config.apis) return served;
  const missing = config.apis.filter((name) => !served.some((api) => api.name === name));
  if (missing.length > 0) {
    const names = served.map((api) => api.name).join(", ");
    throw new Fault(`HEADEND_APIS: this version does not serve ${missing.join(", ")} yet; it has ${names}`);
  }
  return served.filter((api) => config.apis?.includes(api.name));
}

/** The part of the settings that belongs to some rows of their table. */
function pick<Rows extends Table>(config: Config, rows: Rows): Values<Rows> {
  const all = config as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.keys(rows).map((key) => [key, all[key]])) as Values<Rows>;
}

/** Tokens need the same settings in the server and in the commands that mint them. */
export function tokenSettings(config: Config): TokenSettings {
  return {
    secret: config.jwtSecret ?? generatedSecret(config.data),
    previousSecrets: config.jwtSecretPrevious ?? [],
    jwksUrl: config.jwtJwksUrl,
    publicKey: config.jwtPublicKey,
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
    ttlMs: config.tokenTtlMs,
  };
}

function endpointSettings(config: Config, api: Api, options: AppOptions) {
  return {
    maxPayloadBytes: config.maxPayloadBytes,
    maxConnectionsPerUser: config.maxConnectionsPerUser,
    maxConnectionsPerAddress: config.maxConnectionsPerIp ?? api.maxConnectionsPerAddress,
    authDeadlineMs: config.authDeadlineMs,
    isChecked: options.isChecked ?? false,
  };
}

/** One port for each API, or one for all of them. */
function openListeners(
  config: Config,
  endpoints: readonly Endpoint[],
  { log, limits }: House,
  lifecycle: Lifecycle,
  sawUntrustedProxy: () => void,
) {
  const common = {
    hostname: config.host,
    hostSetting: "HEADEND_HOST",
    log,
    limits,
    trustedHops: config.trustedProxies,
    origins: config.corsOrigins,
    maxPayloadBytes: config.maxPayloadBytes,
    isDraining: () => lifecycle.phase === "draining",
    sawUntrustedProxy,
  };
  const open = (bound: Bound) => {
    lifecycle.onStop("listener", () => bound.stop());
    return bound.port;
  };
  if (config.singlePort !== undefined) {
    const route = byHostOrPath(endpoints, config.hosts ?? new Map());
    const port = open(listen({ ...common, port: config.singlePort, portSetting: "HEADEND_PORT", wayOut: "", route }));
    return endpoints.map(({ api: { name } }) => ({ name, port, prefix: `/${name}` }));
  }
  return endpoints.map((endpoint) => {
    const { name } = endpoint.api;
    const asked = portOf(config, name);
    const others = endpoints.filter((other) => other !== endpoint).map((other) => other.api.name);
    const wayOut = others.length > 0 ? `, or leave ${name} out: HEADEND_APIS=${others.join(",")}` : "";
    const route = byHostOrPath([endpoint], new Map());
    const port = open(listen({ ...common, port: asked.port, portSetting: asked.name, wayOut, route }));
    return { name, port, prefix: "" };
  });
}

function urlOf(hostname: string, port: number): string {
  const isEverywhere = hostname === "::" || hostname === "0.0.0.0";
  const host = isEverywhere ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  return `http://${host}:${port}`;
}

async function makeFirstAdmin(config: Config, accounts: Accounts, log: Log): Promise<void> {
  const { adminEmail: email, adminPassword: password } = config;
  if (!email || !password || (await accounts.hasAdmin())) return;
  // Whoever registered with this email need not be the operator.
  if (await accounts.find(email)) {
    throw new Fault(
      `HEADEND_ADMIN_EMAIL=${email}: this account exists and is no admin; if it is yours: headend user role ${email} admin`,
    );
  }
  const account = await accounts.add({ email, password, roles: ["admin"] });
  log.info({ userId: account.id }, "the first admin is made");
}

/** What was acknowledged must reach the disk: a database that is locked now may be free in a moment. */
async function untilStored(flushes: readonly (() => boolean)[]): Promise<void> {
  const deadline = performance.now() + LAST_FLUSH_MS;
  for (;;) {
    // Each of them, whatever becomes of the others.
    const isStored = flushes.map((flush) => flush());
    if (isStored.every(Boolean)) return;
    if (performance.now() > deadline) throw new Error("not everything could be stored");
    await pause(100);
  }
}
