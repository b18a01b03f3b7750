import type { Context, Hono } from "hono";
import * as v from "valibot";
import type { Accounts } from "../domain/accounts/accounts";
import type { ApiKeys } from "../domain/keys/apikeys";
import { type Limits, rate } from "../domain/limits";
import type { Tokens } from "../domain/tokens/tokens";
import { readJson } from "../http/body";
import { cookieOf, sessionCookie } from "../http/cookies";
import type { Peer } from "../http/peer";
import { bearerOf, type RestEnv } from "../http/rest";
import { line, secret } from "../realtime/fields";
import { Refusal } from "../refusal";
import type { Clock } from "../runtime/clock";
import type { Log } from "../runtime/log";
import { isForeign, isOwn } from "./origin";
import { asCaller, type Caller, hash, isAdmin, SignIns } from "./signins";
import type { Session } from "./wire";

interface AccessParts {
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  /** What the link that `serve` prints holds. */
  readonly consoleToken: string;
  /** On loopback, where reading is free. */
  readonly isLocal: boolean;
  readonly version: string;
}

const COOKIE = "headend-console";
/** Wrong tokens of an address, typed in and sent along: they cannot be guessed, so this only saves work. */
const WRONG_LOGINS = rate(20, 60_000);
const WRONG_BEARERS = rate(300, 60_000);
/** CONTRACT §3.6 */
const WRITES = rate(20, 1_000, 40);

const login = v.object({
  login: v.optional(line(1, 254)),
  password: v.optional(secret(1024)),
  token: v.optional(secret(8192)),
});

/** Who may use the console (CONTRACT §1, HEADEND_CONSOLE_HOST), and how they say who they are. */
export class Access {
  readonly #parts: AccessParts;
  readonly #signIns: SignIns;
  readonly #tokenHash: string;
  readonly #callers = new WeakMap<Request, Caller>();

  constructor(parts: AccessParts) {
    this.#parts = parts;
    this.#signIns = new SignIns(parts.clock);
    this.#tokenHash = hash(parts.consoleToken);
  }

  /** What everybody may do: sign in, and ask whether they have. */
  addFree(app: Hono<RestEnv>): void {
    app.post("/login", async (c) => {
      if (isForeign(c.req.raw, c.env.peer)) throw foreign();
      const { peer } = c.env;
      const { log } = this.#parts;
      const caller = await this.#login(await readJson(c, login), peer).catch((error) => {
        if (Refusal.from(error).code === "authentication_failed") {
          log.warn({ address: peer.address }, "a sign-in at the console has failed");
        }
        throw error;
      });
      log.info({ userId: caller.userId, address: peer.address }, "somebody has signed in at the console");
      c.header(
        "Set-Cookie",
        sessionCookie(COOKIE, this.#signIns.begin(caller), this.#signIns.lifetimeS, peer, "Strict"),
      );
      return c.json(this.#session(caller));
    });
    app.get("/session", async (c) => c.json(this.#session(await this.#find(c).catch(() => undefined))));
  }

  /** Middleware: everything after it is for those who may. */
  readonly demand = async (c: Context<RestEnv>, next: () => Promise<void>): Promise<void> => {
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    // A key is no token, and must not be tried as one.
    if (isRead && this.#mayScrape(c)) return next();
    const isFree = isRead && this.#parts.isLocal;
    // Whoever is somebody is known as such even where nobody need be.
    const caller = await this.#find(c).catch((error) => {
      if (isFree) return undefined;
      throw error;
    });
    if (!caller && !isFree) {
      throw new Refusal("authentication_failed", "Sign in first: as an admin, or with the console's token");
    }
    if (caller) this.#callers.set(c.req.raw, caller);
    if (caller && !isRead) this.#limit(caller);
    await next();
  };

  addOwn(app: Hono<RestEnv>): void {
    app.post("/logout", (c) => {
      const cookie = cookieOfCall(c);
      if (cookie !== undefined) this.#signIns.end(cookie);
      c.header("Set-Cookie", sessionCookie(COOKIE, "", 0, c.env.peer, "Strict"));
      return c.body(null, 204);
    });
  }

  /** Who makes a call, where that is known; behind `demand`. */
  callerOf(c: Context<RestEnv>): Caller | undefined {
    return this.#callers.get(c.req.raw);
  }

  /** As `callerOf`, where nobody else gets to. */
  demandCaller(c: Context<RestEnv>): Caller {
    const caller = this.callerOf(c);
    if (!caller) throw new Refusal("authentication_failed", "Sign in first");
    return caller;
  }

  async #login(given: v.InferOutput<typeof login>, peer: Peer): Promise<Caller> {
    const { accounts } = this.#parts;
    if (given.token !== undefined) return this.#byToken(given.token, peer, WRONG_LOGINS);
    if (given.login === undefined) throw new Refusal("invalid_request", "login is required", { field: "login" });
    if (given.password === undefined) {
      throw new Refusal("invalid_request", "password is required", { field: "password" });
    }
    const account = await accounts.signIn(given.login, given.password, peer.network);
    if (!isAdmin(account)) throw new Refusal("authentication_failed", "Only an admin may sign in here");
    return asCaller(account, accounts);
  }

  /** By `Authorization`, else by the cookie. @throws Refusal of a token that is none, or of a page elsewhere */
  async #find(c: Context<RestEnv>): Promise<Caller | undefined> {
    const bearer = bearerOf(c.req.raw);
    if (bearer !== undefined) return this.#byToken(bearer, c.env.peer, WRONG_BEARERS);
    const cookie = cookieOfCall(c);
    const caller = cookie === undefined ? undefined : await this.#signIns.find(cookie);
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    // A browser sends the cookie along for whatever page asks, those on other ports of this machine among them.
    if (caller && !(isRead ? !isForeign(c.req.raw, c.env.peer) : isOwn(c.req.raw, c.env.peer))) throw foreign();
    return caller;
  }

  /** The console's own token, or an admin's. @throws Refusal */
  async #byToken(token: string, { network }: Peer, wrong: ReturnType<typeof rate>): Promise<Caller> {
    const { tokens, limits, clock } = this.#parts;
    const bucket = [{ key: `console, wrong tokens per ${wrong.burst}: ${network}`, rate: wrong }];
    const waitMs = limits.wait(bucket);
    if (waitMs > 0) throw Refusal.rateLimited(waitMs, "Too many wrong tokens, try again later");
    if (hash(token) === this.#tokenHash) return { userId: "console", name: "console", counts: async () => true };
    const identity = await tokens.verify(token).catch((error) => {
      if (Refusal.from(error).code === "authentication_failed") limits.take(bucket);
      throw error;
    });
    if (!identity.roles.includes("admin")) {
      throw new Refusal("authentication_failed", "Only an admin may sign in here");
    }
    const { expiresAt } = identity.token;
    return {
      userId: identity.userId,
      name: identity.username,
      async counts() {
        if (expiresAt !== null && expiresAt <= clock.now()) return false;
        const reviewed = await tokens.review(identity).catch((error) => Refusal.from(error));
        // What cannot be looked up now is no reason to shut anybody out.
        return reviewed instanceof Refusal
          ? reviewed.code !== "authentication_failed"
          : reviewed.roles.includes("admin");
      },
    };
  }

  /** Prometheus comes with an API key. */
  #mayScrape(c: Context<RestEnv>): boolean {
    const key = c.req.header("x-api-key") ?? bearerOf(c.req.raw);
    return c.req.path === "/metrics" && key !== undefined && this.#parts.apiKeys.allows(key, "metrics");
  }

  #limit({ userId }: Caller): void {
    const waitMs = this.#parts.limits.take([{ key: `console writes ${userId}`, rate: WRITES }]);
    if (waitMs > 0) throw Refusal.rateLimited(waitMs);
  }

  #session(caller: Caller | undefined): Session {
    const { isLocal, version } = this.#parts;
    const mayRead = isLocal || caller !== undefined;
    return {
      mayRead,
      mayChange: caller !== undefined,
      userId: caller?.userId ?? null,
      name: caller?.name ?? null,
      // Strangers need not know what they are up against.
      version: mayRead ? version : "",
    };
  }
}

function cookieOfCall(c: Context<RestEnv>): string | undefined {
  return cookieOf(c.req.header("cookie"), [COOKIE], { ...c.env.peer, takesCookies: true });
}

function foreign(): Refusal {
  return new Refusal("permission_denied", "Another site's page may not do this");
}
