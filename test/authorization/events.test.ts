import { describe, expect, test } from "bun:test";
import { APIS } from "../../src/apis";
import type { Contract, Inbound } from "../../src/realtime/contract";
import { FakeClock } from "../clock";
import { startTestApp, type TestApp } from "../harness";
import { Guest, type Outcome } from "./attempt";
import { Cast, idOf, PEOPLE, type Person, SHORT_MS } from "./people";
import { expectWritten, type Line, tableOf } from "./table";
import { KEY, WORLDS, type World } from "./world";

// Who may send what: every event of every API by everybody there is, against a running server, compared with a table
// that a person can read and has read. `bun run docs` writes it anew; the difference is then for a person to judge.

const ENV = { HEADEND_API_KEY: KEY, HEADEND_HEALTH_MS: "86400000", HEADEND_METRICS_MS: "86400000" };
const INTRO = `Made by \`test/authorization/events.test.ts\`, which sends the example of every event of every contract as each of
these people to a running server, and compares. \`bun run docs\` writes it anew.`;

interface Case {
  readonly api: string;
  readonly namespace: string;
  readonly event: string;
  readonly row: Inbound;
  readonly world: World;
}

function casesOf(api: string, contract: Contract): Case[] {
  const world = WORLDS[api];
  if (!world) throw new Error(`test/authorization/world.ts has nothing for ${api}`);
  return Object.entries(contract.namespaces).flatMap(([namespace, { receives }]) =>
    Object.entries(receives).map(([event, row]) => ({ api, namespace, event, row, world })),
  );
}

/** The example, as its sender sends it. */
function payloadOf({ row, world }: Case, person: Person, token: string | undefined): unknown {
  const { example } = row;
  if (typeof example !== "object" || example === null) return example;
  const own = Object.fromEntries(
    (world.own ?? []).filter((field) => field in example).map((field) => [field, idOf(person)]),
  );
  return { ...example, ...own, ...(row.signsIn && token !== undefined && { token }) };
}

interface Stage {
  readonly app: TestApp;
  readonly cast: Cast;
  readonly clock: FakeClock;
  readonly witness: Guest | undefined;
}

/** What becomes of the event when a person sends it. */
async function outcomeOf(one: Case, person: Person, { app, cast, clock, witness }: Stage): Promise<Outcome> {
  const { api, namespace, event, row, world } = one;
  await world.reset(app);
  const isSpent = person === "expired" || person === "revoked";
  const brought = isSpent ? await broughtAlong() : undefined;
  // Whoever is signed in while it happens has nothing left to send by the time the event is sent.
  if (row.signsIn && brought) return brought;
  const token = await cast.token(person, isSpent ? SHORT_MS : undefined);
  const guest = await Guest.open(app, api, namespace, row.signsIn ? undefined : token);
  let outcome: Outcome = "out";
  if (guest) {
    for (const [step, payload] of world.steps?.[`${namespace} ${event}`] ?? []) {
      await guest.attempt(api, step, payload, clock).catch(() => undefined);
    }
    if (token && !row.signsIn) await cast.spend(person, token);
    outcome = await attempt(guest, token);
    guest.close();
  }
  if (!row.signsIn) await cast.restore(person);
  // One word for both, or the test says which.
  if (brought && brought !== outcome) throw new Error(`${event}: brought along ${brought}, while connected ${outcome}`);
  return outcome;

  async function broughtAlong(): Promise<Outcome> {
    const token = await cast.spentToken(person);
    const guest = await Guest.open(app, api, namespace, row.signsIn ? undefined : token);
    if (!guest) return "out";
    const outcome = await attempt(guest, token);
    guest.close();
    return outcome;
  }

  /** What is refused is seen by nobody, and neither is what is done in another app. */
  async function attempt(guest: Guest, token: string | undefined): Promise<Outcome> {
    const ignores = world.witness?.ignores;
    await witness?.news();
    const outcome = await guest.attempt(api, event, payloadOf(one, person, token), clock);
    const seen = (await witness?.news(ignores)) ?? [];
    const isElsewhere = person === "wrong tenant";
    if (seen.length > 0 && (outcome !== "yes" || isElsewhere)) {
      throw new Error(`${event} of ${person} was answered "${outcome}", and others heard ${seen.join(", ")}`);
    }
    return outcome === "yes" && isElsewhere && token ? "own app" : outcome;
  }
}

async function witnessOf(api: string, app: TestApp, cast: Cast, clock: FakeClock): Promise<Guest | undefined> {
  const { witness } = WORLDS[api] ?? {};
  if (!witness) return undefined;
  const guest = await Guest.open(app, api, witness.namespace, await cast.token(witness.person));
  for (const [event, payload] of witness.steps) expect(await guest?.attempt(api, event, payload, clock)).toBe("yes");
  return guest;
}

describe("who may send what", () => {
  const tables = new Map<string, string>();
  const write = expectWritten("events.md", "Who may send what", INTRO);

  test.each(APIS.map((api) => [api.name, api] as const))("on %s", async (name, api) => {
    const clock = new FakeClock();
    await using app = await startTestApp({ clock, env: ENV });
    using cast = await Cast.of(app, clock, KEY);
    const world = WORLDS[name];
    await world?.reset(app);
    const witness = await witnessOf(name, app, cast, clock);
    const stage = { app, cast, clock, witness };
    const lines: Line[] = [];
    for (const one of casesOf(name, api.contract as Contract)) {
      const outcomes: Outcome[] = [];
      for (const person of PEOPLE) outcomes.push(await outcomeOf(one, person, stage));
      lines.push({ what: [one.namespace, one.event], outcomes });
    }
    tables.set(name, tableOf(["namespace", "event", ...PEOPLE], { title: name, lines }));
    // A witness who hears nothing at all would prove nothing.
    if (witness) expect(witness.client.heard.length).toBeGreaterThan(0);
    expect(app.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("is as the table says", () => write([...tables.values()]));
});
