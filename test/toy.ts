import * as v from "valibot";
import type { House } from "../src/house";
import type { OriginPolicy } from "../src/http/origin";
import { type Api, api, type Line, type TokenCarrier } from "../src/realtime/api";
import { defineContract, receives, sends } from "../src/realtime/contract";
import type { Dialect } from "../src/realtime/dialect";
import { amount, id, line, secret } from "../src/realtime/fields";
import type { Session } from "../src/realtime/session";
import { Refusal } from "../src/refusal";
import { startTestApp, type TestApp, type TestOptions } from "./harness";

// An API that no document describes, with one event of every kind, so that the foundation is tested without any of the
// real ones. It borrows the name of `studio` because ports are settings of the five names.

const SOURCE = "made up for the tests";

const login = receives({
  summary: "Signs the socket in.",
  source: SOURCE,
  access: "anyone",
  signsIn: true,
  payload: v.object({ token: secret(65_536) }),
  example: { token: "a.b.c" },
});

const note = receives({
  summary: "Is remembered at once.",
  source: SOURCE,
  access: "user",
  payload: v.object({ text: line(1, 100) }),
  example: { text: "hello" },
});

const refusals = {
  error: sends({
    summary: "An event was refused, or the session has ended.",
    source: SOURCE,
    payload: v.object({ code: v.string(), message: v.string(), retryAfter: v.optional(v.number()) }),
    example: { code: "invalid_request", message: "text is required" },
  }),
  authError: sends({
    summary: "Signing in failed.",
    source: SOURCE,
    payload: v.object({ code: v.string(), message: v.string() }),
    example: { code: "authentication_failed", message: "Invalid token" },
  }),
};

const greetings = {
  welcome: sends({
    summary: "The first event of a socket.",
    source: SOURCE,
    payload: v.object({ id: v.string() }),
    example: { id: "s1" },
  }),
  authenticated: sends({
    summary: "The socket speaks for a user now.",
    source: SOURCE,
    payload: v.object({ userId: v.string() }),
    example: { userId: "u1" },
  }),
};

export const toyContract = defineContract({
  title: "Toy",
  description: "An API of the tests.",
  document: "none",
  namespaces: {
    "/": {
      access: "anyone",
      receives: {
        login,
        note,
        slow: receives({
          summary: "Is answered when the test says so.",
          source: SOURCE,
          access: "user",
          payload: v.object({ text: line(1, 100) }),
          example: { text: "later" },
        }),
        throws: receives({
          summary: "Its handler throws.",
          source: SOURCE,
          access: "anyone",
          payload: v.object({}),
          example: {},
        }),
        rejects: receives({
          summary: "Its handler rejects.",
          source: SOURCE,
          access: "anyone",
          payload: v.object({}),
          example: {},
        }),
        refuses: receives({
          summary: "Its handler refuses.",
          source: SOURCE,
          access: "anyone",
          payload: v.object({}),
          example: {},
        }),
        count: receives({
          summary: "Anybody's, with an acknowledgement of a documented shape.",
          source: SOURCE,
          access: "anyone",
          payload: v.object({ by: v.optional(amount(0)) }),
          ack: v.object({ total: v.number() }),
          example: { by: 1 },
        }),
        say: receives({
          summary: "With two documented limits.",
          source: SOURCE,
          access: "user",
          limits: [
            { count: 5, periodMs: 1_000 },
            { count: 100, periodMs: 60_000 },
          ],
          payload: v.object({ text: line(1, 100) }),
          example: { text: "hi" },
        }),
        wave: receives({
          summary: "Anybody's, with a documented limit.",
          source: SOURCE,
          access: "anyone",
          limits: [{ count: 3, periodMs: 1_000 }],
          payload: v.object({}),
          example: {},
        }),
        shout: receives({
          summary: "An admin's.",
          source: SOURCE,
          access: "admin",
          limits: [{ count: 2, periodMs: 1_000 }],
          payload: v.object({ text: line(1, 100) }),
          example: { text: "all" },
        }),
        place: receives({
          summary: "With a payload that has parts of parts.",
          source: SOURCE,
          access: "user",
          payload: v.object({
            at: v.object({ x: amount(0, 1), y: amount(0, 1) }),
            owner: v.object({ id: id(), tags: v.optional(v.array(line(1, 10)), []) }),
          }),
          example: { at: { x: 0, y: 0.5 }, owner: { id: 7, tags: ["a"] } },
        }),
        gush: receives({
          summary: "Makes the server send a lot.",
          source: SOURCE,
          access: "anyone",
          payload: v.object({ count: amount(1, 20_000), size: amount(0, 100_000) }),
          example: { count: 1, size: 1 },
        }),
      },
      sends: {
        ...greetings,
        ...refusals,
        drop: sends({
          summary: "One of many.",
          source: SOURCE,
          payload: v.object({ n: v.number(), data: v.string() }),
          example: { n: 0, data: "x" },
        }),
      },
    },
    "/admin": {
      access: "admin",
      receives: { login, note },
      sends: { ...greetings, ...refusals },
    },
  },
});

export type ToyContract = typeof toyContract;
type ToySession = Session<object>;

/** One of the toy's slow events, waiting for the test. */
export interface Pending {
  readonly text: string;
  resolve(answer?: object): void;
  reject(error: unknown): void;
}

interface ToyOptions {
  readonly name?: string;
  readonly carriers?: readonly TokenCarrier[];
  readonly origins?: OriginPolicy;
  readonly hasAuthDeadline?: boolean;
  readonly maxConnectionsPerAddress?: number;
  /** Whether a failed sign-in ends the socket. */
  readonly failureEnds?: boolean;
}

/** An API for one test, and what the test sees of its inside. */
export interface Toy {
  readonly api: Api<ToyContract, object>;
  /** What handlers were given, in the order in which they ran: `note hello`. */
  readonly handled: string[];
  /** Slow events that wait. */
  readonly pending: Pending[];
  house(): House;
  line(): Line<ToyContract, object>;
  /** The sockets that are open now. */
  sessions(): ToySession[];
  /** The users for whom a socket speaks from then on, in the order in which it happened. */
  readonly signedIn: string[];
  /** The users for whom a socket no longer speaks, in the order in which it happened. */
  readonly left: string[];
}

/** What a `throws` or `rejects` says inside: nobody outside may read it. */
export const INSIDE = "SQLITE_CORRUPT in /var/lib/headend";

export function makeToy({
  name = "studio",
  carriers = ["auth", "query", "bearer"],
  origins = "any",
  hasAuthDeadline = false,
  maxConnectionsPerAddress = 2_000,
  failureEnds = false,
}: ToyOptions = {}): Toy {
  const handled: string[] = [];
  const pending: Pending[] = [];
  const signedIn: string[] = [];
  const left: string[] = [];
  const sessions = new Set<ToySession>();
  let inside: { house: House; line: Line<ToyContract, object> } | undefined;
  const opened = () => {
    if (!inside) throw new Error("the toy was not started");
    return inside;
  };

  const dialect: Dialect<object> = {
    connected(session) {
      sessions.add(session);
      session.emit("welcome", { id: session.id });
    },
    signedIn(session) {
      session.emit("authenticated", { userId: session.identity?.userId });
    },
    signInFailed(session, { code, message }) {
      session.emit("authError", { code, message });
      return failureEnds;
    },
    ended(session, { code, message }) {
      session.emit("error", { code, message });
    },
    refused(session, { code, message, retryAfterMs }) {
      const wait = retryAfterMs === undefined ? {} : { retryAfter: retryAfterMs / 1000 };
      session.emit("error", { code, message, ...wait });
    },
    answer({ code, message, retryAfterMs }) {
      const wait = retryAfterMs === undefined ? {} : { retryAfter: retryAfterMs / 1000 };
      return { success: false, error: message, code, ...wait };
    },
    connectError: ({ code, message }) => ({ message, data: { code } }),
  };

  const definition = api<ToyContract, object>({
    name,
    contract: toyContract,
    carriers,
    origins,
    hasAuthDeadline,
    maxConnectionsPerAddress,
    newData: () => ({}),
    dialect: () => dialect,
    open(house, line) {
      inside = { house, line };
      let total = 0;
      const remember = (event: string) => (_session: ToySession, payload: { text?: string }) => {
        handled.push([event, payload.text].filter(Boolean).join(" "));
      };
      const signIn = (session: ToySession, { token }: { token: string }) => line.sessions.signIn(session, token);
      return {
        handlers: {
          "/": {
            login: signIn,
            note: remember("note"),
            slow(_session, { text }) {
              handled.push(`slow ${text}`);
              return new Promise<object | undefined>((resolve, reject) => pending.push({ text, resolve, reject }));
            },
            throws() {
              throw new Error(INSIDE);
            },
            rejects: () => Promise.reject(new Error(INSIDE)),
            refuses() {
              throw new Refusal("not_found", "There is no such thing", { cause: INSIDE });
            },
            count(_session, { by = 1 }) {
              handled.push("count");
              total += by;
              return { total };
            },
            say: remember("say"),
            wave: remember("wave"),
            shout: remember("shout"),
            place(_session, payload) {
              handled.push(`place ${JSON.stringify(payload)}`);
            },
            gush(session, { count, size }) {
              const data = "x".repeat(size);
              for (let n = 0; n < count; n++) line.publisher.send<"/", "drop">(session, "drop", { n, data });
            },
          },
          "/admin": { login: signIn, note: remember("admin note") },
        },
        fetch: (_request, peer, path) => Response.json({ api: name, path, address: peer.address }),
        signedIn: (session) => signedIn.push(session.identity?.userId ?? "nobody"),
        left: (session) => left.push(session.identity?.userId ?? "nobody"),
      };
    },
  });

  return {
    api: definition,
    handled,
    pending,
    signedIn,
    left,
    sessions() {
      for (const session of sessions) if (session.isClosing) sessions.delete(session);
      return [...sessions];
    },
    house: () => opened().house,
    line: () => opened().line,
  };
}

/** A server that serves toys and nothing else. */
export function startToyApp(toys: Toy | readonly Toy[], { env, ...options }: TestOptions = {}): Promise<TestApp> {
  const apis = [toys].flat().map((toy) => toy.api);
  const ports = Object.fromEntries(apis.map(({ name }) => [`HEADEND_${name.toUpperCase()}_PORT`, "0"]));
  return startTestApp({ ...options, apis, env: { ...ports, ...env } });
}
