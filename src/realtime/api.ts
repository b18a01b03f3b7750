import type * as v from "valibot";
import type { Identity } from "../domain/tokens/identity";
import type { House } from "../house";
import type { OriginPolicy } from "../http/origin";
import type { Peer } from "../http/peer";
import type { Rest } from "../http/rest";
import type { Panel } from "../panel";
import type { Clock } from "../runtime/clock";
import type { Log } from "../runtime/log";
import type { Contract } from "./contract";
import type { Dialect } from "./dialect";
import type { Publisher } from "./publisher";
import type { Rooms } from "./rooms";
import type { Session, SignedInSession } from "./session";
import type { Sessions } from "./sessions";

/** Where a token may stand in a handshake. */
export type TokenCarrier = "auth" | "query" | "bearer" | "cookie";

/** One function per event of the namespace; leaving one out does not compile. */
export type Handlers<C extends Contract, N extends keyof C["namespaces"], Data> = {
  readonly [E in keyof C["namespaces"][N]["receives"]]: (
    session: C["namespaces"][N]["receives"][E]["access"] extends "anyone" ? Session<Data> : SignedInSession<Data>,
    payload: v.InferOutput<C["namespaces"][N]["receives"][E]["payload"]>,
  ) => object | undefined | void | Promise<object | undefined | void>;
};

/** The API's line to its sockets. */
export interface Line<C extends Contract, Data> {
  readonly publisher: Publisher<C, Data>;
  readonly sessions: Sessions<Data>;
  readonly rooms: Rooms;
  /** Compare what is sent and answered with what is declared: tests and development. */
  readonly isChecked: boolean;
}

/** Whom a token speaks for; `claims` is what came with it: `auth` of the handshake, or the event's payload. */
export type Verify = (token: string, claims: Readonly<Record<string, unknown>>) => Promise<Identity>;

/** The behaviour of an API, made once per process. */
export interface Behaviour<C extends Contract, Data> {
  /** Where tokens of others than Headend's own users count too. */
  readonly verify?: Verify;
  readonly handlers: { readonly [N in keyof C["namespaces"]]: Handlers<C, N, Data> };
  /** The API's REST calls; `path` is without the prefix of single-port mode. */
  fetch(request: Request, peer: Peer, path: string): Response | Promise<Response>;
  /** A socket has opened and can be sent to; whether it speaks for somebody is not told yet. */
  opened?(session: Session<Data>): void;
  /** The socket speaks for its user from now on, or for the same one with a later token; the client has been told so. */
  signedIn?(session: Session<Data>): void;
  /**
   * The socket no longer speaks for its user, whose identity is still set: it has closed, or somebody else signs in on
   * it. What the API keeps of the user with the session ends here.
   */
  left?(session: Session<Data>): void;
  /** The session's user has other roles than before; what they no longer allow ends here. */
  reviewed?(session: Session<Data>): void;
  /** The account is gone for good: removes what this API keeps of the person. */
  forget?(userId: string): Promise<void>;
  /** Once an hour: removes what is older than the operator wants to keep (`HEADEND_RETENTION_DAYS`); epoch ms. */
  prune?(beforeMs: number): Promise<void>;
  /** What an operator sees of it on the console, and can do. */
  readonly panels?: readonly Panel[];
  /** How many records of this API are in memory and not stored yet. */
  unwritten?(): number;
  /** What an operator should know is wrong, in words. */
  complaints?(): readonly string[];
  /**
   * A token of a tenant of this API, for an operator who tries it out; undefined where the tenant's users are
   * Headend's own.
   *
   * @throws Refusal `not_found` where there is no such tenant
   */
  issueFor?(
    tenant: string,
    user: { readonly userId: string; readonly role?: string | undefined },
    ttlMs: number,
  ): Promise<{ token: string; expiresAt: number }> | undefined;
  /** Writes what is in memory; false when the database cannot be written now. The last one when the server stops. */
  flush?(): boolean;
  /** The server stops: all sockets are closed, the database is still open. */
  stop?(): void;
}

/** Everything that makes an API: what it says, who may come, and what it does. */
export interface Api<C extends Contract = Contract, Data = unknown> {
  readonly name: string;
  readonly contract: C;
  /** Its REST calls, without the server that answers them; absent where it has none. */
  readonly rest?: Rest;
  /** Carriers of a token at the handshake, first match counts; none where only events sign in. */
  readonly carriers: readonly TokenCarrier[];
  /** The cookies that may hold a token, where that is a carrier. */
  readonly cookies?: readonly string[];
  readonly origins: OriginPolicy;
  /** How long a client may be silent after a ping; the engine's 20 s when absent. */
  readonly pingTimeoutMs?: number;
  /** Whether a socket must sign in within `HEADEND_AUTH_DEADLINE_MS`. */
  readonly hasAuthDeadline: boolean;
  /** Unless the operator says otherwise (`HEADEND_MAX_CONNECTIONS_PER_IP`). */
  readonly maxConnectionsPerAddress: number;
  /** The API's own part of a session. */
  newData(): Data;
  dialect(log: Log, clock: Clock): Dialect<Data>;
  open(house: House, line: Line<C, Data>): Behaviour<C, Data>;
}

/** Lets the parts of an API agree on their types. */
export function api<C extends Contract, Data>(definition: Api<C, Data>): Api<C, Data> {
  return definition;
}
