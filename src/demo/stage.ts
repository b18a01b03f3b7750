import { io, type Socket } from "socket.io-client";
import type { Clock } from "../runtime/clock";
import { Over, Pace } from "./pace";
import { Random } from "./random";
import { Rest } from "./rest";

/** What the actors of the demo are told of the server: what any client of it may know. */
export interface Place {
  /** Base URL of an API; undefined where it is not served. */
  url(api: string): string | undefined;
  /** A key with every scope. */
  readonly apiKey: string;
  /** A token as an existing system that shares the secret would make it. */
  sign(userId: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
}

interface StageOptions {
  readonly clock: Clock;
  readonly seed: number;
  /** 1 is a pace for people. */
  readonly speed: number;
  /** Hears what went wrong behind the scenes. */
  readonly failed: (actor: string, error: unknown) => void;
}

const PATIENCE_MS = 5_000;
/** After something went wrong: a server that is stopping or busy is left alone for a while. */
const REST_MS = 5_000;

/** Where the show takes place: time and chance for all, and the actors' real sockets and calls. */
export class Stage {
  readonly place: Place;
  readonly random: Random;
  readonly pace: Pace;
  readonly #failed: StageOptions["failed"];
  readonly #actors: Promise<void>[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(place: Place, { clock, seed, speed, failed }: StageOptions) {
    this.place = place;
    this.random = new Random(seed);
    this.pace = new Pace(clock, this.random, speed);
    this.#failed = failed;
  }

  /** Plays `turn` again and again until the show is over; a turn that fails is followed by the next one. */
  act(name: string, turn: () => Promise<void>): void {
    const play = async () => {
      while (!this.pace.isOver) {
        try {
          await turn();
        } catch (error) {
          if (error instanceof Over || this.pace.isOver) return;
          this.#failed(name, error);
          await this.pace.wait(REST_MS).catch(() => {});
        }
      }
    };
    this.#actors.push(play());
  }

  /** REST calls of an API: with the key, or with a user's token. */
  rest(api: string, token?: string): Rest {
    return new Rest(this.#urlOf(api), token === undefined ? { key: this.place.apiKey } : { token });
  }

  /** A socket that is open and signed in as far as its handshake goes; `close` gives it back. */
  async open(api: string, auth: object, namespace = ""): Promise<Socket> {
    const url = new URL(this.#urlOf(api));
    const path = `${url.pathname.replace(/\/$/, "")}/socket.io/`;
    const socket = io(url.origin + namespace, {
      path,
      auth,
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      timeout: PATIENCE_MS,
    });
    this.#sockets.add(socket);
    socket.on("disconnect", () => this.#sockets.delete(socket));
    await new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("connect_error", reject);
    }).catch((error) => {
      this.close(socket);
      throw error;
    });
    return socket;
  }

  /** Lends an open socket to `work`. */
  async with(api: string, auth: object, namespace: string, work: (socket: Socket) => Promise<void>): Promise<void> {
    const socket = await this.open(api, auth, namespace);
    try {
      await work(socket);
    } finally {
      this.close(socket);
    }
  }

  close(socket: Socket): void {
    this.#sockets.delete(socket);
    socket.close();
  }

  /** The curtain: everybody leaves. */
  async end(): Promise<void> {
    this.pace.end();
    await Promise.all(this.#actors);
    for (const socket of [...this.#sockets]) this.close(socket);
  }

  #urlOf(api: string): string {
    const url = this.place.url(api);
    if (url === undefined) throw new Error(`${api} is not served`);
    return url;
  }
}

/** What every acknowledgement says, and what some of them do. */
export interface Reply {
  readonly success: boolean;
  readonly error?: string;
  readonly message_id?: string;
}

/** Sends an event and gives the answer, a refusal included. @throws when none comes */
export function ask(socket: Socket, event: string, payload: unknown): Promise<Reply> {
  return socket.timeout(PATIENCE_MS).emitWithAck(event, payload);
}
