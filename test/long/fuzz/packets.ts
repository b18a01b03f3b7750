import type { Random } from "../random";
import { anyString, oddJson } from "./values";

/** Below everything: frames and bodies that begin as packets do and go wrong somewhere. */

const TYPES = ["0", "1", "2", "3", "4", "5", "6", "7", "b", "40", "41", "42", "43", "44", "45", "46", "47", "2probe"];
const PLACES = ["", "/", "/,", "/admin,", "/media,", "/nothing,", "/__proto__,", "/custom?x=1,", ",", "//"];
const NUMBERS = [
  "",
  "0",
  "1",
  "12",
  "-1",
  "1.5",
  "99999999999999999999999",
  "1e5",
  " 1",
  "0x1",
  "1-",
  "2-1",
  "-",
  "9999999999-",
];
const SEPARATOR = "\u001e";

/** A packet, or something near one. */
export function anyPacket(random: Random, events: readonly string[]): string {
  const event = random.isLikely(0.7) ? JSON.stringify(random.of(events)) : JSON.stringify(anyString(random));
  const data = random.of([
    () => "",
    () => `[${event}]`,
    () => `[${event},${oddJson(random)}]`,
    () => oddJson(random),
  ])();
  const packet = random.of(TYPES) + random.of(PLACES) + random.of(NUMBERS) + data;
  return random.isLikely(0.5) ? packet : damaged(packet, random);
}

/** Several of them as one body of a poll. */
export function anyBody(random: Random, events: readonly string[]): string {
  const count = random.of([0, 1, 1, 1, 2, 3, 10, 50]);
  const packets = Array.from({ length: count }, () => anyPacket(random, events));
  return packets.join(random.isLikely(0.9) ? SEPARATOR : random.of([SEPARATOR + SEPARATOR, "\n", ""]));
}

/** A character or a piece is lost, doubled, changed or moved. */
function damaged(packet: string, random: Random): string {
  const at = random.whole(0, packet.length);
  const to = random.whole(at, packet.length);
  switch (random.whole(0, 4)) {
    case 0:
      return packet.slice(0, at);
    case 1:
      return packet.slice(0, at) + packet.slice(to);
    case 2:
      return packet.slice(0, to) + packet.slice(at);
    case 3:
      return packet.slice(0, at) + String.fromCharCode(random.whole(0, 0xffff)) + packet.slice(at + 1);
    default:
      return packet.slice(0, at) + anyString(random).slice(0, 100) + packet.slice(at);
  }
}

/** Bytes where a websocket's frames should be: any opcode, reserved bits, lengths that are not so, masked or not. */
export function anyFrames(random: Random): Uint8Array {
  const frames = Array.from({ length: random.whole(1, 4) }, () => {
    const payload = Buffer.from(anyString(random).slice(0, 60));
    const opcode = random.isLikely(0.5) ? 0x81 : random.whole(0, 255);
    const length = random.isLikely(0.7) ? Math.min(125, payload.length) : random.whole(0, 127);
    const isMasked = random.isLikely(0.9);
    return Buffer.concat([
      Buffer.from([opcode, (isMasked ? 0x80 : 0) | length]),
      Buffer.from(isMasked ? [0, 0, 0, 0] : []),
      payload,
    ]);
  });
  return Buffer.concat(frames);
}
