import { io, type Socket } from "socket.io-client";
import type { ApiContract, Minted } from "../../wire";
import { type Calls, sentenceOf } from "../desk/calls";
import { Source } from "../desk/source";

export type State = "closed" | "connecting" | "open";

export interface As {
  readonly api: ApiContract;
  readonly namespace: string;
  /** "" connects without signing in. */
  readonly userId: string;
  readonly role: string;
  readonly appId: string;
}

/** Something that went over the connection, or happened to it. */
export interface Happening {
  readonly key: number;
  readonly at: number;
  readonly kind: "sent" | "received" | "answer" | "note" | "trouble";
  /** The event, or what happened. */
  readonly title: string;
  readonly payload?: unknown;
}

const KEPT = 300;
const ANSWER_MS = 10_000;

/** One connection of the try-it page, as a client of an API has it. */
export class Trial {
  readonly state = new Source<State>("closed");
  /** Newest first. */
  readonly happenings = new Source<readonly Happening[]>([]);
  /** What has been sent on this connection. */
  readonly sent = new Source<ReadonlySet<string>>(new Set());
  readonly #calls: Calls;
  #socket: Socket | undefined;
  #next = 0;
  #attempt = 0;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async connect(as: As): Promise<void> {
    this.disconnect();
    const attempt = ++this.#attempt;
    this.state.value = "connecting";
    try {
      const token = as.userId === "" ? undefined : await this.#mint(as);
      // Another one may have been asked for meanwhile.
      if (attempt !== this.#attempt) return;
      this.#open(as, token);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.state.value = "closed";
      this.#add("trouble", sentenceOf(error));
    }
  }

  disconnect(): void {
    this.#attempt++;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.disconnect();
    if (this.state.value !== "closed") this.#add("note", "Disconnected by you");
    this.state.value = "closed";
    this.sent.value = new Set();
  }

  send(event: string, payload: readonly unknown[], wantsAnswer: boolean): void {
    const socket = this.#socket;
    if (!socket) return;
    this.sent.value = new Set(this.sent.value).add(event);
    this.#add("sent", event, ...payload);
    if (!wantsAnswer) {
      socket.emit(event, ...payload);
      return;
    }
    const since = performance.now();
    socket.timeout(ANSWER_MS).emit(event, ...payload, (late: Error | null, ...answer: unknown[]) => {
      if (this.#socket !== socket) return;
      if (late) this.#add("trouble", `${event}: no answer within ${ANSWER_MS / 1000} s`);
      else this.#add("answer", `${event}, after ${Math.round(performance.now() - since)} ms`, ...answer);
    });
  }

  clear(): void {
    this.happenings.value = [];
  }

  async #mint({ api, userId, role, appId }: As): Promise<string> {
    const body = { api: api.name, userId, ...(role !== "" && { role }), ...(appId !== "" && { appId }) };
    const { token } = await this.#calls.post<Minted>("/tokens", body);
    return token;
  }

  #open({ api, namespace, userId, appId }: As, token: string | undefined): void {
    const inHandshake = token !== undefined && api.signInEvent === null;
    const socket = io(`${new URL(api.url).origin}${namespace === "/" ? "" : namespace}`, {
      path: api.path,
      // Two panes are two clients, even of the same namespace.
      forceNew: true,
      transports: ["websocket", "polling"],
      ...(inHandshake && { auth: { token, ...(appId !== "" && { app_id: appId }) } }),
    });
    this.#socket = socket;
    const isOurs = () => this.#socket === socket;
    socket.on("connect", () => {
      if (!isOurs()) return;
      this.state.value = "open";
      this.sent.value = new Set();
      this.#add("note", `Connected to ${namespace} ${userId === "" ? "as a guest" : `as ${userId}`}`);
      if (token !== undefined && api.signInEvent !== null) {
        this.#add("note", `${api.signInEvent} is sent with a token`);
        socket.emit(api.signInEvent, { token, ...(appId !== "" && { app_id: appId }) });
      }
    });
    socket.on("connect_error", (error) => {
      if (!isOurs()) return;
      this.#add("trouble", `Not connected: ${error.message}`);
      // Of these the client does not come back by itself.
      this.state.value = socket.active ? "connecting" : "closed";
      if (!socket.active) this.#socket = undefined;
    });
    socket.on("disconnect", (reason) => {
      if (!isOurs()) return;
      this.#add("trouble", socket.active ? `Connection lost (${reason}), trying again` : `Disconnected: ${reason}`);
      this.state.value = socket.active ? "connecting" : "closed";
      if (!socket.active) this.#socket = undefined;
    });
    socket.onAny((event: string, ...payload: unknown[]) => {
      if (isOurs()) this.#add("received", event, ...payload.filter((each) => typeof each !== "function"));
    });
  }

  #add(kind: Happening["kind"], title: string, ...payload: unknown[]): void {
    const happening: Happening = {
      key: this.#next++,
      at: Date.now(),
      kind,
      title,
      ...(payload.length > 0 && { payload: payload.length === 1 ? payload[0] : payload }),
    };
    this.happenings.value = [happening, ...this.happenings.value.slice(0, KEPT - 1)];
  }
}
