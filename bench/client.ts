import { SignJWT } from "jose";
import { SECRET } from "./server";

/** More than this without an answer and the socket waits: an overloaded server then answers late, not from a queue without end. */
export const MAX_UNANSWERED = 32;

const AUTHENTICATE_ID = 0;
const SIGN_IN_TIMEOUT_MS = 10_000;
const OPEN_AT_ONCE = 50;
/** A power of two above `MAX_UNANSWERED`: the time of sending is found by the low bits of the ack's id. */
const SENT_SLOTS = 64;
const SUCCESS = '[{"success":true}]';

/** What a socket says of its answers; the time of sending is `sentAtMs`, as of `performance.now()`. */
export interface Listener {
  onAnswer(sentAtMs: number, isSuccess: boolean, answer: string): void;
  onClosed(why: string): void;
}

/**
 * A playback client that speaks just enough Engine.IO and Socket.IO (websocket, namespace `/`, text) by hand: the load
 * side must cost less than the server it measures.
 */
export class Client {
  readonly #socket: WebSocket;
  readonly #listener: Listener;
  readonly #sentAtMs = new Float64Array(SENT_SLOTS);
  #lastId = AUTHENTICATE_ID;
  #isClosing = false;
  unanswered = 0;

  private constructor(socket: WebSocket, listener: Listener) {
    this.#socket = socket;
    this.#listener = listener;
  }

  /** Connects and signs in. */
  static open(port: number, token: string, listener: Listener): Promise<Client> {
    // Bun offers compression, socket.io on Node would refuse it and Bun.serve might not: neither shall be offered it.
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    const client = new Client(socket, listener);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => refuse("no answer"), SIGN_IN_TIMEOUT_MS);
      const refuse = (why: string) => {
        clearTimeout(timer);
        client.close();
        reject(new Error(`sign-in failed: ${why}`));
      };
      socket.onclose = ({ code, reason }) => refuse(`closed (${code} ${reason})`);
      socket.onmessage = ({ data }) => {
        const packet = String(data);
        if (packet.startsWith("0")) socket.send("40");
        else if (packet.startsWith("40"))
          socket.send(`42${AUTHENTICATE_ID}["authenticate",${JSON.stringify({ token })}]`);
        else if (packet.startsWith("43") && packet.includes('"success":true')) {
          clearTimeout(timer);
          client.#listen();
          resolve(client);
        } else if (packet === "2") socket.send("3");
        else refuse(packet);
      };
    });
  }

  /** The document's `playing` event, with an acknowledgement; the position moves on with every one. */
  report(): void {
    const id = ++this.#lastId;
    this.unanswered++;
    this.#sentAtMs[id % SENT_SLOTS] = performance.now();
    this.#socket.send(
      `42${id}["playing",{"type":"movie","movieId":"123-456","time":${id},"progress":${(id % 1000) / 1000}}]`,
    );
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.close();
  }

  #listen(): void {
    this.#socket.onclose = ({ code, reason }) => {
      if (!this.#isClosing) this.#listener.onClosed(`${code} ${reason}`);
    };
    this.#socket.onmessage = ({ data }) => {
      const packet = data as string;
      if (packet.startsWith("43")) this.#answered(packet);
      else if (packet === "2") this.#socket.send("3");
    };
  }

  #answered(packet: string): void {
    const start = packet.indexOf("[");
    const id = Number(packet.slice(2, start));
    const answer = packet.slice(start);
    this.unanswered--;
    this.#listener.onAnswer(this.#sentAtMs[id % SENT_SLOTS] ?? 0, answer === SUCCESS, answer);
  }
}

/** One user a socket: limits that go by user shall not be what is measured. */
export function mintTokens(count: number): Promise<string[]> {
  const key = new TextEncoder().encode(SECRET);
  const mint = (userId: string) =>
    new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject(userId).setExpirationTime("1h").sign(key);
  return Promise.all(Array.from({ length: count }, (_, at) => mint(`viewer-${at}`)));
}

/** Signs in one client for every token, a bounded number at a time. */
export async function openAll(port: number, tokens: readonly string[], listener: Listener): Promise<Client[]> {
  const clients: Client[] = [];
  const waiting = tokens.values();
  const opener = async () => {
    for (const token of waiting) clients.push(await Client.open(port, token, listener));
  };
  const results = await Promise.allSettled(Array.from({ length: OPEN_AT_ONCE }, opener));
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return clients;
  for (const client of clients) client.close();
  throw new Error(`after ${clients.length} of ${tokens.length} sockets: ${failed.reason.message}`);
}
