import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { APIS } from "../src/apis";
import type { Contract, Inbound, NamespaceContract } from "../src/realtime/contract";
import type { Client } from "./client";
import { FakeClock } from "./clock";
import { FIXTURES, type Fixture, tokenOf, type Who } from "./contracts/fixtures";
import { malformed } from "./contracts/malformed";
import { startTestApp, type TestApp } from "./harness";

// Every event of every API, by its contract: accepts its example, refuses the anonymous, the malformed and the flood,
// and nothing else is emitted. What a contract cannot say of an API is in `contracts/fixtures.ts`.

interface Answer {
  success: boolean;
  error?: string;
  code?: string;
  [field: string]: unknown;
}

interface Case {
  readonly api: string;
  readonly namespace: string;
  readonly access: NamespaceContract["access"];
  readonly event: string;
  readonly row: Inbound;
  readonly fixture: Fixture;
}

/** What holds where the document names no limit (CONTRACT §3.6). */
const COMMON_BURST = 40;
/** Longer than any bucket takes to give one token back. */
const A_TOKEN_MS = 60_000;

const ports = Object.fromEntries(APIS.map(({ name }) => [`HEADEND_${name.toUpperCase()}_PORT`, "0"]));

function start(api: string, clock = new FakeClock()): Promise<TestApp> {
  return startTestApp({ clock, env: { HEADEND_APIS: api, ...ports, ...FIXTURES[api]?.env } });
}

function casesOf(api: string, contract: Contract): Case[] {
  const fixture = FIXTURES[api];
  if (!fixture) throw new Error(`test/contracts/fixtures.ts has nothing for ${api}`);
  return Object.entries(contract.namespaces).flatMap(([namespace, { access, receives }]) =>
    Object.entries(receives).map(([event, row]) => ({ api, namespace, access, event, row, fixture })),
  );
}

const CASES = APIS.flatMap((api) => casesOf(api.name, api.contract));

function needed({ row, access }: Case): Who {
  if (row.access === "admin" || access === "admin") return "admin";
  return row.access === "user" || access === "user" ? "user" : "guest";
}

function placeOf({ namespace, event }: Case): string {
  return `${namespace} ${event}`;
}

/** A socket on which the example of the event is accepted. */
async function ready(one: Case, app: TestApp): Promise<Client> {
  const client = await one.fixture.open(app, one.namespace, needed(one));
  await one.fixture.before?.[placeOf(one)]?.(client, app);
  return client;
}

/** The example, with a token that is one where it signs in. */
async function exampleOf({ row }: Case): Promise<unknown> {
  return row.signsIn ? { ...(row.example as object), token: await tokenOf("user") } : row.example;
}

/** Longer than what is stored in batches waits for its batch. */
const A_BATCH_MS = 60;

/**
 * Sends with callbacks and gives the answers. What is answered once it is stored needs some time of the clock, which
 * passes when the server has all of it.
 */
async function askAll(one: Case, client: Client, clock: FakeClock, payloads: unknown[]): Promise<Answer[]> {
  const { event, row, fixture } = one;
  let answered = 0;
  const asked = payloads.map(async (payload) => {
    const answer = await client.ask<Answer>(event, payload);
    answered++;
    return answer;
  });
  if (row.ack && !fixture.unclocked?.includes(placeOf(one))) {
    await client.ask("no such event", {});
    if (answered < payloads.length) await clock.advance(A_BATCH_MS);
  }
  return Promise.all(asked);
}

async function eventsOf(client: Client): Promise<string[]> {
  return (await client.rest()).map(({ event }) => event);
}

/** Sends without a callback: the refusal comes as the API's event for it, once, and nothing else comes. */
async function expectRefusedByEvent({ fixture }: Case, client: Client, event: string, payload: unknown, code: string) {
  client.send(event, payload);
  const { refusal } = fixture;
  const told = refusal ? [{ event: refusal.event, payload: expect.objectContaining({ [refusal.code]: code }) }] : [];
  expect(await client.rest()).toEqual(told);
  if (refusal) await client.next(refusal.event);
}

describe.each(CASES.map((one) => [`${one.api} ${one.namespace} ${one.event}`, one] as const))("%s", (_, one) => {
  const { fixture, row, event, namespace } = one;

  test("accepts its example, and nothing is emitted but what it says", async () => {
    const clock = new FakeClock();
    await using app = await start(one.api, clock);
    for (const hasCallback of [true, false]) {
      const client = await ready(one, app);
      const payload = await exampleOf(one);
      if (hasCallback) {
        const [answer] = await askAll(one, client, clock, [payload]);
        expect(answer).toMatchObject({ success: true });
        if (row.ack) v.parse(row.ack, answer);
      } else {
        client.send(event, payload);
      }
      const echoes = row.signsIn ? fixture.signIn?.succeeds : fixture.echoes?.[placeOf(one)];
      expect(await eventsOf(client)).toEqual([...(echoes ?? [])]);
      client.close();
    }
  });

  if (row.signsIn) {
    test("refuses a token that is none, in the API's words for it", async () => {
      await using app = await start(one.api);
      const { fails } = fixture.signIn ?? {};
      for (const hasCallback of [true, false]) {
        const client = await fixture.open(app, namespace, needed(one));
        const reason = fails?.ends ? client.disconnected() : undefined;
        if (hasCallback) {
          const answer = await client.ask<Answer>(event, row.example);
          expect(answer).toMatchObject({ success: false, code: fixture.code("authentication_failed") });
        } else {
          client.send(event, row.example);
        }
        if (reason) expect(await reason).toBe("io server disconnect");
        else await client.rest();
        expect(client.heard.map((each) => each.event)).toEqual([...(fails?.events ?? [])]);
        client.close();
      }
    });
  }

  if (needed(one) !== "guest") {
    test("refuses the anonymous, and those whose role is not enough", async () => {
      await using app = await start(one.api);
      const lesser: Who[] = needed(one) === "admin" ? ["guest", "user"] : ["guest"];
      for (const who of lesser) {
        const opened = fixture.open(app, namespace, who);
        if (one.access === "admin" || (one.access === "user" && who === "guest")) {
          await expect(opened).rejects.toThrow();
          continue;
        }
        const client = await opened;
        const code = fixture.code(who === "guest" ? "authentication_failed" : "permission_denied");
        expect(await client.ask<Answer>(event, row.example)).toMatchObject({ success: false, code });
        await expectRefusedByEvent(one, client, event, row.example, code);
      }
    });
  }

  test("refuses the malformed, names the field, and nothing is emitted", async () => {
    const clock = new FakeClock();
    await using app = await start(one.api, clock);
    const invalid = fixture.code("invalid_request");
    const { fails } = fixture.signIn ?? {};
    let client = await ready(one, app);
    const payloads = malformed(row.payload, await exampleOf(one));
    for (const { payload, names } of payloads) {
      if (row.signsIn) {
        client.close();
        client = await ready(one, app);
      }
      const before = client.heard.length;
      const ends = fails?.endsWithoutToken ?? fails?.ends;
      const ended = row.signsIn && ends ? client.disconnected() : undefined;
      const answer = await client.ask<Answer>(event, payload);
      expect([payload, answer.success, answer.code]).toEqual([payload, false, invalid]);
      expect([payload, names, names.some((name) => answer.error?.includes(name))]).toEqual([payload, names, true]);
      if (ended) await ended;
      else if (row.signsIn) await client.rest();
      expect(client.heard.slice(before).map((each) => each.event)).toEqual([...((row.signsIn && fails?.events) || [])]);
      // Refused for what they are and not for how many they are.
      await clock.advance(Math.max(200, ...(row.limits ?? []).map(({ count, periodMs }) => periodMs / count)));
    }
    if (!row.signsIn && payloads[0]) {
      await clock.advance(1_000);
      const before = client.heard.length;
      const { refusal } = fixture;
      client.send(event, payloads[0].payload);
      await client.rest();
      expect(client.heard.slice(before).map((each) => each.event)).toEqual(refusal ? [refusal.event] : []);
    }
  });

  test("refuses the flood, says when to try again, and holds its word", async () => {
    const clock = new FakeClock();
    await using app = await start(one.api, clock);
    const client = await ready(one, app);
    await clock.advance(row.limits ? A_TOKEN_MS : 10_000);
    const allowed = Math.min(...(row.limits?.map(({ count }) => count) ?? [COMMON_BURST]));
    const limited = fixture.code("rate_limit_exceeded");
    const payload = await exampleOf(one);
    const answers = await askAll(one, client, clock, Array<unknown>(allowed + 5).fill(payload));
    expect(answers.map(({ code }) => code === limited)).toEqual([
      ...Array<boolean>(allowed).fill(false),
      ...Array<boolean>(5).fill(true),
    ]);
    const last = answers.at(-1);
    const retryAfter = last?.[fixture.retryAfter];
    expect([last?.success, typeof last?.error, typeof retryAfter]).toEqual([false, "string", "number"]);
    expect(retryAfter as number).toBeGreaterThan(0);
    const before = client.heard.length;
    client.send(event, payload);
    await client.rest();
    const { refusal } = fixture;
    expect(client.heard.slice(before)).toEqual(
      refusal
        ? [
            {
              event: refusal.event,
              payload: expect.objectContaining({ [refusal.code]: limited, [fixture.retryAfter]: expect.any(Number) }),
            },
          ]
        : [],
    );
    await clock.advance(Math.ceil((retryAfter as number) * 1_000));
    expect((await askAll(one, client, clock, [payload]))[0]?.code).not.toBe(limited);
  });
});

describe.each(APIS.map((api) => [api.name, api] as const))("%s", (name, api) => {
  test("has examples that are what their schemas say, in both directions", () => {
    for (const [namespace, { receives, sends }] of Object.entries((api.contract as Contract).namespaces)) {
      for (const [event, { payload, example }] of Object.entries({ ...receives, ...sends })) {
        const result = v.safeParse(payload, example);
        expect([namespace, event, result.issues]).toEqual([namespace, event, undefined] as never);
      }
    }
  });

  test("has no fixture for an event that it does not have", () => {
    const { before, echoes } = FIXTURES[name] ?? {};
    const places = CASES.filter((one) => one.api === name).map(placeOf);
    for (const place of Object.keys({ ...before, ...echoes })) expect(places).toContain(place);
  });

  test("refuses events that it does not know", async () => {
    const fixture = FIXTURES[name] as Fixture;
    await using app = await start(name);
    for (const [namespace, { access }] of Object.entries((api.contract as Contract).namespaces)) {
      const client = await fixture.open(app, namespace, access === "anyone" ? "guest" : access);
      const code = fixture.code("invalid_request");
      for (const event of ["no such event", "__proto__", "message"]) {
        expect(await client.ask<Answer>(event, {})).toMatchObject({ success: false, code });
      }
      expect(await client.rest()).toEqual([]);
    }
  });
});
