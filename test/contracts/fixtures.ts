import type { RefusalCode } from "../../src/refusal";
import type { Client } from "../client";
import { type TestApp, token } from "../harness";

/** Whom a socket speaks for. */
export type Who = "guest" | "user" | "admin";

/** Where an event is: its namespace and name, `/ playing`. */
export type Place = string;

/** What the generated tests must know of an API that its contract does not say. A new API adds one of these. */
export interface Fixture {
  /** Settings besides those of every test. */
  readonly env?: Record<string, string>;
  /** Opens a socket that speaks for somebody, and takes out what it hears as a greeting. */
  open(app: TestApp, namespace: string, who: Who): Promise<Client>;
  /** How the wire spells a refusal. */
  code(code: RefusalCode): string;
  /** The field that says when to try again, in seconds. */
  readonly retryAfter: string;
  /** The event that tells a refusal where no callback was given; absent where an API has none. */
  readonly refusal?: { readonly event: string; readonly code: string };
  /** Puts things so that the example of an event is accepted. */
  readonly before?: Readonly<Record<Place, (client: Client, app: TestApp) => Promise<void>>>;
  /** What the client itself hears because of the example of an event, in order. */
  readonly echoes?: Readonly<Record<Place, readonly string[]>>;
  /** Of the events that sign in. */
  readonly signIn?: {
    /** What is heard when it worked. */
    readonly succeeds: readonly string[];
    /** What is heard when it did not, and whether the socket ends then. */
    readonly fails: { readonly events: readonly string[]; readonly ends: boolean };
  };
}

/** A valid token for somebody. */
export function tokenOf(who: "user" | "admin"): Promise<string> {
  return token(who === "admin" ? "boss" : "u1", who === "admin" ? { role: "admin" } : {});
}

export const FIXTURES: Readonly<Record<string, Fixture>> = {
  playback: {
    async open(app, namespace, who) {
      const client = await app.connect("playback", {}, namespace);
      if (who !== "guest") await client.ask("authenticate", { token: await tokenOf(who) });
      return client;
    },
    code: (code) => code,
    retryAfter: "retryAfter",
    signIn: { succeeds: [], fails: { events: [], ends: true } },
  },
};
