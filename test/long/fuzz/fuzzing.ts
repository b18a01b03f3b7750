import { temporaryFolder } from "../../harness";
import { Place, tokenOf, Visitor } from "../place";
import { Random } from "../random";
import { attackOnce } from "./attack";
import { FRONTS } from "./events";

/** Attackers at once. */
const ATTACKERS = 24;
const WATCH_MS = 1_000;
/** After this share of the cases everything is warm, and memory is measured from there. */
const WARM = 0.2;

/** Witnesses stay as guests where a guest may not stay for long, and hear nothing that comes by the clock. */
const PATIENT = {
  HEADEND_AUTH_DEADLINE_MS: "86400000",
  HEADEND_HEALTH_MS: "86400000",
  HEADEND_METRICS_MS: "86400000",
  HEADEND_PERFORMANCE_MS: "86400000",
};

/** What came of it. */
export interface Outcome {
  readonly cases: number;
  readonly faults: readonly string[];
  /** Memory when it was warm, and at the end, MB. */
  readonly memoryMb: readonly [warm: number, end: number];
}

/**
 * Sends a server of its own whatever nobody should, while others use it.
 *
 * @param told now and then, with how many cases it were so far
 */
export async function fuzz(
  cases: number,
  seed: number,
  told: (cases: number, memoryMb: number) => void,
): Promise<Outcome> {
  using folder = temporaryFolder();
  await using place = await Place.start(folder.path, {
    HEADEND_TRUSTED_PROXIES: "1",
    HEADEND_LOG_LEVEL: "warn",
    ...PATIENT,
  });
  const faults: string[] = [];
  const random = new Random(seed);
  const witnesses = await openWitnesses(place);
  let done = 0;
  let warmMb = 0;
  const users = Math.max(50, Math.ceil(cases / 200));

  async function attacker(): Promise<void> {
    const own = new Random(random.whole(0, 2 ** 31));
    while (done < cases && faults.length < 50) {
      const more = await attackOnce({ place, random: own, users, faults });
      done += more;
      if (warmMb === 0 && done > cases * WARM) warmMb = place.residentMb();
    }
  }

  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      await Bun.sleep(WATCH_MS);
      faults.push(...(await lookAt(witnesses)));
      told(done, place.residentMb());
    }
  })();
  await Promise.all(Array.from({ length: ATTACKERS }, attacker));
  isOver = true;
  await watching;
  faults.push(...(await lookAt(witnesses)));
  if (!(await place.isReady())) faults.push("the server is not ready any more");
  const left = await connectionsBut(place, witnesses.length);
  if (left !== 0) faults.push(`${left} connections are left`);
  const endMb = place.residentMb();
  for (const { visitor } of witnesses) visitor.close();
  const { code, faults: logged } = await place.end("SIGTERM");
  if (code !== 0) faults.push(`the stop ended with ${code}`);
  faults.push(...logged.map((line) => `logged: ${line}`));
  return { cases: done, faults, memoryMb: [warmMb, endMb] };
}

interface Witness {
  readonly name: string;
  readonly visitor: Visitor;
  /** How much it had heard when it came. */
  readonly heard: number;
}

/** Somebody on every namespace, a guest where guests may be and a user everywhere but among admins. */
async function openWitnesses(place: Place): Promise<Witness[]> {
  const witnesses: Witness[] = [];
  for (const { api, namespace, signIn, carriers } of FRONTS) {
    const token = await tokenOf("witness");
    for (const auth of [{}, { token }]) {
      const options = { namespace: namespace === "/" ? "" : namespace };
      const visitor = await Visitor.open(place, api, auth, options);
      if (!visitor) continue;
      if (signIn && "token" in auth && !carriers.includes("auth")) await visitor.ask(signIn, auth);
      await visitor.ask("no such event", null);
      witnesses.push({ name: `${api} ${namespace}`, visitor, heard: visitor.client.heard.length });
    }
  }
  return witnesses;
}

/** @returns what witnesses should not have seen */
async function lookAt(witnesses: readonly Witness[]): Promise<string[]> {
  const faults = await Promise.all(
    witnesses.map(async ({ name, visitor, heard }) => {
      const answer = await visitor.ask("no such event", null);
      if (!answer) return [`the witness on ${name} has no answer`];
      const news = visitor.client.heard.slice(heard);
      return news.length > 0 ? [`the witness on ${name} heard ${JSON.stringify(news).slice(0, 300)}`] : [];
    }),
  );
  return faults.flat();
}

/** Connections besides the witnesses', once those that have ended are gone. */
async function connectionsBut(place: Place, witnesses: number): Promise<number> {
  let left = -1;
  for (let tries = 0; tries < 60 && left !== 0; tries++) {
    left = ((await place.metrics()).get("headend_connections") ?? 0) - witnesses;
    if (left !== 0) await Bun.sleep(500);
  }
  return left;
}
