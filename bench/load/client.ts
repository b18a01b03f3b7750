import type { Kind } from "./talk";
import { Wire } from "./wire";

/** What clients tell their generator. */
export interface Ear {
  heard(): void;
  /** A sampled client heard something. */
  sampled(latencyMs: number): void;
  answered(latencyMs: number): void;
  fault(what: string): void;
}

/** A socket of the load side, as the generator sees it. */
export abstract class Client extends Wire {
  readonly #opened = Promise.withResolvers<void>();
  #isOpen = false;
  /** Messages of the chat, its own too. */
  heard = 0;
  unanswered = 0;
  /** The ids of the messages as they came; undefined on most, which only count. */
  order: number[] | undefined;

  constructor(
    protected readonly token: string,
    protected readonly ear: Ear,
  ) {
    super();
  }

  /** Connects and signs in. */
  async open(port: number): Promise<void> {
    const timer = setTimeout(() => this.#opened.reject(new Error("no answer")), OPEN_TIMEOUT_MS);
    try {
      await this.connect(port);
      await this.#opened.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns whether it could: one that waits for too many answers does not say more */
  abstract say(id: number): boolean;
  /** A packet until `ready`; what it should answer, or nothing. */
  protected abstract greet(packet: string): string | undefined;
  /** A packet after that. */
  protected abstract hear(bytes: Buffer, start: number, end: number): void;

  protected ready(): undefined {
    this.#isOpen = true;
    this.#opened.resolve();
  }

  protected override received(bytes: Buffer, start: number, end: number): void {
    if (this.#isOpen) this.hear(bytes, start, end);
    else this.#greet(bytes.toString("latin1", start, end));
  }

  protected override ended(why: string): void {
    if (this.#isOpen) this.ear.fault(why);
    else this.#opened.reject(new Error(why));
  }

  #greet(packet: string): void {
    if (packet.startsWith("44") || packet.startsWith('42["error"')) {
      this.ended(packet);
      return;
    }
    const answer = this.greet(packet);
    if (answer !== undefined) this.send(answer);
  }
}

/** One who has signed in to the live API and does nothing there. */
class Visitor extends Client {
  override say(_id: number): boolean {
    return false;
  }

  protected override greet(packet: string): string | undefined {
    if (packet.startsWith("0")) return `40${JSON.stringify({ token: this.token, app_id: "default" })}`;
    if (packet.startsWith('42["authenticated"')) return this.welcomed();
    return undefined;
  }

  protected welcomed(): string | undefined {
    return this.ready();
  }

  protected override hear(bytes: Buffer, start: number, end: number): void {
    const packet = bytes.toString("latin1", start, end);
    if (packet.startsWith('42["error"')) this.ear.fault(packet);
  }
}

/** One who is in the chat of a stream. A message says who sent it when: `~generator.number.time~`. */
class Viewer extends Visitor {
  protected override welcomed(): string {
    return `42["chat:join",{"stream_id":"${STREAM}"}]`;
  }

  protected override greet(packet: string): string | undefined {
    return packet.startsWith('42["chat:joined"') ? this.ready() : super.greet(packet);
  }

  override say(id: number): boolean {
    this.send(`42["chat:message",{"stream_id":"${STREAM}","message":"~${id}.${now().toFixed(3)}~ ${PADDING}"}]`);
    return true;
  }

  protected override hear(bytes: Buffer, start: number, end: number): void {
    // 42["chat:message" and nothing else that is sent has these two letters in these places.
    if (bytes[start + 4] === LETTER_C && bytes[start + 9] === LETTER_M) {
      this.heard++;
      this.ear.heard();
      if (this.order) this.#note(bytes.toString("latin1", start, end), this.order);
    } else super.hear(bytes, start, end);
  }

  #note(packet: string, order: number[]): void {
    const said = packet.slice(packet.indexOf("~") + 1, packet.lastIndexOf("~"));
    const dot = said.indexOf(".");
    order.push(Number(said.slice(0, dot)));
    this.ear.sampled(now() - Number(said.slice(dot + 1)));
  }
}

/** One who plays a film and reports it, with acknowledgements. */
class Player extends Client {
  readonly #saidAt = new Float64Array(SLOTS);
  #lastId = 0;

  protected override greet(packet: string): string | undefined {
    if (packet.startsWith("0")) return "40";
    if (packet.startsWith("40")) return `420["authenticate",${JSON.stringify({ token: this.token })}]`;
    if (packet === `430${SUCCESS}`) return this.ready();
    this.ended(packet);
    return undefined;
  }

  override say(): boolean {
    if (this.unanswered >= MAX_UNANSWERED) return false;
    const id = ++this.#lastId;
    this.unanswered++;
    this.#saidAt[id % SLOTS] = now();
    this.send(`42${id}["playing",{"type":"movie","movieId":"123-456","time":${id},"progress":${(id % 1000) / 1000}}]`);
    return true;
  }

  protected override hear(bytes: Buffer, start: number, end: number): void {
    const packet = bytes.toString("latin1", start, end);
    if (packet.startsWith("43") && packet.endsWith(SUCCESS)) {
      const id = Number(packet.slice(2, -SUCCESS.length));
      this.unanswered--;
      this.ear.answered(now() - (this.#saidAt[id % SLOTS] ?? 0));
    } else this.ear.fault(packet);
  }
}

/** Milliseconds on a clock that all processes share. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

export function newClient(kind: Kind, token: string, ear: Ear): Client {
  return new { visitor: Visitor, viewer: Viewer, player: Player }[kind](token, ear);
}

const OPEN_TIMEOUT_MS = 20_000;
const STREAM = "stream_qwe456";
/** Brings a delivered message to about 200 bytes. */
const PADDING = "x".repeat(20);
const LETTER_C = 0x63;
const LETTER_M = 0x6d;
const SUCCESS = '[{"success":true}]';
/** More than this without an answer and the socket waits: an overloaded server then answers late, not from a queue without end. */
const MAX_UNANSWERED = 32;
/** A power of two above `MAX_UNANSWERED`: the time of saying is found by the low bits of the ack's id. */
const SLOTS = 64;
