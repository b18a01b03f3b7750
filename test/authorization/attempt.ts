import type { RefusalCode } from "../../src/refusal";
import type { Client } from "../client";
import type { FakeClock } from "../clock";
import { FIXTURES } from "../contracts/fixtures";
import type { TestApp } from "../harness";

/** What becomes of an attempt, in the words of the tables. */
export type Outcome = "yes" | "own app" | "sign in" | "no" | "hidden" | "out";

/** The words, for whoever reads the tables. */
export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  yes: "it is done",
  "own app": "it is done among their own, where things may have the same names; nobody here sees any of it",
  "sign in": "refused: nobody is signed in, or the token does not count",
  no: "refused: not for them",
  hidden: "answered as if the thing were not there",
  out: "not let in, or put out: what they send is not even looked at",
};

const OF_CODE: Readonly<Partial<Record<RefusalCode, Outcome>>> = {
  authentication_failed: "sign in",
  permission_denied: "no",
  not_found: "hidden",
};

/** Longer than what is stored in batches waits for its batch. */
const A_BATCH_MS = 60;

interface Answer {
  readonly success: boolean;
  readonly code?: string;
  readonly error?: string;
}

/** A client that may be put out at any moment. */
export class Guest {
  readonly client: Client;
  readonly #gone: Promise<"out">;
  #seen = 0;

  private constructor(client: Client) {
    this.client = client;
    this.#gone = new Promise((resolve) => client.socket.once("disconnect", () => resolve("out")));
  }

  /** Connects with a token, by the handshake or by event as the API wants it. @returns nothing when not let in */
  static async open(app: TestApp, api: string, namespace: string, token?: string): Promise<Guest | undefined> {
    const byEvent = api === "playback";
    const auth = token === undefined || byEvent ? {} : { auth: { token } };
    const client = app.client(api, auth, namespace);
    try {
      await client.connected();
    } catch {
      client.close();
      return undefined;
    }
    const guest = new Guest(client);
    if (byEvent && token !== undefined) await guest.#ask("authenticate", { token });
    // What it is greeted with has come then, and what it is put out with as well.
    await guest.#ask("no such event", {});
    return guest.client.socket.connected ? guest : undefined;
  }

  /** @returns what became of an event @throws when it is refused for anything else than who sends it */
  async attempt(api: string, event: string, payload: unknown, clock: FakeClock): Promise<Outcome> {
    let answer: Answer | "out" | undefined;
    const asked = this.#ask(event, payload).then((given) => {
      answer = given;
    });
    await this.#ask("no such event", {});
    // What is acknowledged once it is stored waits for its batch.
    if (answer === undefined) await clock.advance(A_BATCH_MS);
    await asked;
    if (answer === "out" || answer === undefined) return "out";
    if (answer.success) return "yes";
    for (const [code, outcome] of Object.entries(OF_CODE)) {
      if (FIXTURES[api]?.code(code as RefusalCode) === answer.code) return outcome;
    }
    throw new Error(`${api} ${event}: ${JSON.stringify(answer)}`);
  }

  /** What came since the last time, once everything that was sent before has come. */
  async news(ignores: readonly string[] = []): Promise<string[]> {
    await this.#ask("no such event", {});
    const events = this.client.heard.map(({ event }) => event).slice(this.#seen);
    this.#seen += events.length;
    return events.filter((event) => !ignores.includes(event));
  }

  #ask(event: string, payload: unknown): Promise<Answer | "out"> {
    if (!this.client.socket.connected) return Promise.resolve("out");
    return Promise.race([this.client.ask<Answer>(event, payload).catch(() => "out" as const), this.#gone]);
  }

  close(): void {
    this.client.close();
  }
}
