import type { Socket } from "socket.io";
import type { Identity } from "../domain/tokens/identity";
import type { Peer } from "../http/peer";
import { renewCookie } from "./connection";
import type { FanoutAdapter } from "./fanout";

/** At most this many `error` events a second and socket; the rest of the refusals is silent (CONTRACT §3.6). */
export const REFUSALS_PER_SECOND = 20;

/**
 * One socket on one namespace: who it speaks for, and what the server remembers of it while it is open. `data` is the
 * API's own.
 */
export class Session<Data = unknown> {
  readonly id: string;
  readonly namespace: string;
  readonly peer: Peer;
  readonly userAgent: string;
  /** `auth` of the handshake, as the client sent it: nothing in it is trusted. */
  readonly auth: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly connectedAt: number;
  readonly data: Data;
  /** Only `Sessions` sets it. */
  identity: Identity | null = null;
  /** Nothing more is handled: the socket is gone, or about to be. */
  isClosing = false;
  /** Packets that wait for one that is still being handled; undefined while none is. */
  waiting: unknown[][] | undefined;
  /** The buckets of its events and of its refusals, see `limits.ts`. */
  eventsFullAt = 0;
  refusalsFullAt = 0;
  /** Socket.IO's own, for `realtime/` only: APIs send through their publisher. */
  readonly socket: Socket;

  constructor(socket: Socket, peer: Peer, connectedAt: number, data: Data) {
    this.socket = socket;
    this.id = socket.id;
    this.namespace = socket.nsp.name;
    this.peer = peer;
    const { headers, auth } = socket.handshake;
    this.userAgent = headers["user-agent"] ?? "";
    this.auth = auth;
    this.connectedAt = connectedAt;
    this.data = data;
  }

  /** Identifies the connection that this and other namespaces' sockets of the client share. */
  get connection(): object {
    return this.socket.conn;
  }

  /** The client has another cookie now than the one its connection came with. */
  renewCookie(cookie: string): void {
    renewCookie(this.socket.conn, cookie);
  }

  /** Untyped; APIs send through their publisher. */
  emit(event: string, payload: unknown): void {
    adapterOf(this.socket).countSent();
    this.socket.emit(event, payload);
  }

  /**
   * Sends and waits for the client's acknowledgement.
   *
   * @returns whether it came within `timeoutMs`; false at once when the socket closes first
   */
  ask(event: string, payload: unknown, timeoutMs: number): Promise<boolean> {
    adapterOf(this.socket).countSent();
    return new Promise((resolve) => {
      const gone = () => resolve(false);
      this.socket.once("disconnect", gone);
      this.socket.timeout(timeoutMs).emit(event, payload, (error: Error | null) => {
        this.socket.off("disconnect", gone);
        resolve(error === null);
      });
    });
  }

  /**
   * Ends the socket. Clients do not come back by themselves.
   *
   * @param isWhole and the connection under it, with all its namespaces
   */
  disconnect(isWhole = true): void {
    this.isClosing = true;
    this.socket.disconnect(isWhole);
  }
}

function adapterOf({ nsp }: Socket): FanoutAdapter {
  return nsp.adapter as FanoutAdapter;
}

/** A session as handlers of events see it that only signed-in users may send. */
export type SignedInSession<Data = unknown> = Session<Data> & { readonly identity: Identity };
