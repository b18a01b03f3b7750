import type * as v from "valibot";
import type { Accounts } from "../domain/accounts/accounts";
import type { ApiKeys } from "../domain/keys/apikeys";
import type { Limits } from "../domain/limits";
import type { Progress } from "../domain/progress/progress";
import type { Tokens } from "../domain/tokens/tokens";
import type { OriginPolicy } from "../http/origin";
import type { Peer } from "../http/peer";
import type { Clock } from "../runtime/clock";
import type { Log } from "../runtime/log";
import type { Ticker } from "../runtime/ticker";
import type { Contract } from "./contract";
import type { Dialect } from "./dialect";
import type { Publisher } from "./publisher";
import type { Session, SignedInSession } from "./session";
import type { Sessions } from "./sessions";

/** What the app lends to every API. `app.ts` is the only place that builds it. */
export interface House {
  readonly clock: Clock;
  readonly log: Log;
  readonly ticker: Ticker;
  readonly limits: Limits;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
  readonly progress: Progress;
}

/** Where a token may stand in a handshake. */
export type TokenCarrier = "auth" | "query" | "bearer";

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
}

/** The behaviour of an API, made once per process. */
export interface Behaviour<C extends Contract, Data> {
  readonly handlers: { readonly [N in keyof C["namespaces"]]: Handlers<C, N, Data> };
  /** The API's REST calls; `path` is without the prefix of single-port mode. */
  fetch(request: Request, peer: Peer, path: string): Response | Promise<Response>;
  /**
   * The socket no longer speaks for its user, whose identity is still set: it has closed, or somebody else signs in on
   * it. What the API keeps of the user with the session ends here.
   */
  left?(session: Session<Data>): void;
}

/** Everything that makes an API: what it says, who may come, and what it does. */
export interface Api<C extends Contract = Contract, Data = unknown> {
  readonly name: string;
  readonly contract: C;
  /** Carriers of a token at the handshake, first match counts; none where only events sign in. */
  readonly carriers: readonly TokenCarrier[];
  readonly origins: OriginPolicy;
  /** Whether a socket must sign in within `HEADEND_AUTH_DEADLINE_MS`. */
  readonly hasAuthDeadline: boolean;
  /** Unless the operator says otherwise (`HEADEND_MAX_CONNECTIONS_PER_IP`). */
  readonly maxConnectionsPerAddress: number;
  /** The API's own part of a session. */
  newData(): Data;
  dialect(log: Log): Dialect<Data>;
  open(house: House, line: Line<C, Data>): Behaviour<C, Data>;
}

/** Lets the parts of an API agree on their types. */
export function api<C extends Contract, Data>(definition: Api<C, Data>): Api<C, Data> {
  return definition;
}
