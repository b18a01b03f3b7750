import { Tcp } from "../../realtime/raw";
import { type Place, tokenOf } from "../place";
import type { Random } from "../random";
import { FRONTS, type Front, hostilePayload, isAllowed } from "./events";
import { anyBody, anyFrames, anyPacket } from "./packets";
import { oddJson } from "./values";
import { Wire } from "./wire";

/** As many events as a socket may send at once. */
const PER_SOCKET = 35;
const ROLES = [undefined, undefined, undefined, "admin", "instructor", "moderator"];
/** Of the question that shows that the server still listens. */
const LAST = 999_999;

/** What an attacker has, and where it writes down what is wrong. */
export interface Attack {
  readonly place: Place;
  readonly random: Random;
  /** Who the attacker may be; each has limits of its own. */
  readonly users: number;
  readonly faults: string[];
}

/** Everybody comes from somewhere else, so that limits by address do not hide what is behind them. */
function anyAddress(random: Random): string {
  return `10.${random.whole(0, 255)}.${random.whole(0, 255)}.${random.whole(1, 254)}`;
}

async function anyAuth({ random, users }: Attack): Promise<{ token?: string }> {
  if (random.isLikely(0.15)) return {};
  return { token: await tokenOf(`attacker-${random.whole(1, users)}`, random.of(ROLES)) };
}

/** A socket on a namespace, signed in as far as it can be. */
async function enter(attack: Attack, front: Front): Promise<Wire | undefined> {
  const { place, random, faults } = attack;
  const auth = await anyAuth(attack);
  const wire = new Wire(place.url(front.api), anyAddress(random), faults);
  const isOpen = await wire.open(front.namespace, front.carriers.includes("auth") ? auth : {});
  if (!isOpen) {
    wire.close();
    return undefined;
  }
  if (auth.token && front.signIn && !front.carriers.includes("auth")) wire.send(event(front, 0, front.signIn, auth));
  return wire;
}

function event({ namespace }: Front, id: number, name: string, payload: unknown): string {
  return text(namespace, id, name, JSON.stringify(payload));
}

function text(namespace: string, id: number, name: string, json: string | undefined): string {
  const place = namespace === "/" ? "" : `${namespace},`;
  return `42${place}${id}[${JSON.stringify(name)}${json === undefined ? "" : `,${json}`}]`;
}

/** Waits until the server has come to the end of what was sent. */
async function settle(wire: Wire, { namespace }: Front): Promise<void> {
  wire.send(text(namespace, LAST, "no such event", undefined));
  await wire.answer(LAST);
}

/** Each of these does some cases, and says how many. */
type Way = (attack: Attack) => Promise<number>;

/** The third depth: events of the contract whose fields are not what they should be. What it forbids is refused. */
const byFields: Way = async (attack) => {
  const { random, faults } = attack;
  const front = random.of(FRONTS.filter(({ events }) => events.size > 0));
  const wire = await enter(attack, front);
  if (!wire) return 1;
  const sent: { id: number; name: string; json: string | undefined; isAllowed: boolean }[] = [];
  const names = [...front.events.keys()];
  for (let id = 1; id <= PER_SOCKET; id++) {
    const name = random.of(names);
    const row = front.events.get(name);
    if (!row) continue;
    // Some are as they should be, so that there is something behind which the others can do harm.
    const payload = id <= 4 ? row.example : hostilePayload(row, random);
    const json = JSON.stringify(payload) as string | undefined;
    sent.push({ id, name, json, isAllowed: isAllowed(row, json) });
    wire.send(text(front.namespace, id, name, json));
  }
  await settle(wire, front);
  for (const { id, name, json, isAllowed } of sent) {
    const answer = await wire.answer(id);
    if (answer === undefined) break;
    const told = answer.startsWith('[{"success":true')
      ? "success"
      : answer.startsWith('[{"success":false')
        ? "refusal"
        : "";
    const said = `${front.api} ${name} ${json?.slice(0, 300)}: ${answer.slice(0, 200)}`;
    if (told === "") faults.push(`neither success nor refusal: ${said}`);
    if (told === "success" && !isAllowed) faults.push(`accepted against the contract: ${said}`);
  }
  wire.close();
  return sent.length;
};

/** The second depth: packets as they should be around JSON as it should not. */
const byJson: Way = async (attack) => {
  const { random } = attack;
  const front = random.of(FRONTS);
  const wire = await enter(attack, front);
  if (!wire) return 1;
  const names = [...front.events.keys(), "no such event"];
  let id = 0;
  while (id < PER_SOCKET && !wire.isClosed) {
    id++;
    wire.send(text(front.namespace, id, random.of(names), oddJson(random)));
    // What is no JSON at all closes the connection: found out now and then, not each time.
    if (id % 5 === 0) await Bun.sleep(0);
  }
  await settle(wire, front);
  wire.close();
  return id;
};

/** The first depth: frames that are packets nearly or not at all. */
const byPackets: Way = async (attack) => {
  const { random } = attack;
  const front = random.of(FRONTS);
  const names = ["message", ...front.events.keys()];
  let count = 0;
  // Most of them end their connection.
  const wire = await enter(attack, front);
  if (!wire) return 1;
  while (count < PER_SOCKET && !wire.isClosed) {
    count++;
    const isBinary = random.isLikely(0.05);
    wire.send(isBinary ? crypto.getRandomValues(new Uint8Array(random.whole(0, 200))) : anyPacket(random, names));
    await Bun.sleep(0);
  }
  await settle(wire, front);
  wire.close();
  return count;
};

/** The same as bodies of polls. */
const byBodies: Way = async ({ place, random, faults }) => {
  const front = random.of(FRONTS);
  const names = ["message", ...front.events.keys()];
  const headers = { "x-forwarded-for": anyAddress(random) };
  const url = `${place.url(front.api)}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(url, { headers })).text();
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1];
  if (!sid) {
    faults.push(`a handshake was answered with ${opened.slice(0, 100)}`);
    return 1;
  }
  let count = 0;
  for (; count < 10; count++) {
    const body = count === 0 ? "40" : anyBody(random, names);
    const { status } = await fetch(`${url}&sid=${sid}`, { method: "POST", headers, body });
    if (![200, 400, 413].includes(status)) faults.push(`a body was answered with ${status}: ${body.slice(0, 200)}`);
    if (status !== 200) break;
  }
  await (await fetch(`${url}&sid=${sid}`, { method: "POST", headers, body: "1" })).text();
  return count + 1;
};

/** Below packets: bytes where frames should be. */
const byFrames: Way = async ({ place, random }) => {
  const front = random.of(FRONTS);
  const tcp = await Tcp.open(place.url(front.api));
  tcp.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${anyAddress(random)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await tcp.read("0{");
  const count = random.whole(1, 5);
  for (let n = 0; n < count; n++) tcp.write(anyFrames(random));
  await Bun.sleep(5);
  tcp.close();
  return count;
};

/** How often each way is taken: the deeper, the more there is to find. */
const WAYS: readonly [share: number, way: Way][] = [
  [0.45, byFields],
  [0.75, byJson],
  [0.93, byPackets],
  [0.98, byBodies],
  [1, byFrames],
];

/** One of the ways, whichever comes up. @returns how many cases it was */
export function attackOnce(attack: Attack): Promise<number> {
  const at = attack.random.next();
  const [, way] = WAYS.find(([share]) => at < share) ?? [0, byFields];
  return way(attack);
}
