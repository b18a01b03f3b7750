import type * as v from "valibot";

// What an API says to its clients, as data. Everything else derives from it: validation, the types of handlers and of
// clients, limits, the AsyncAPI document and the generated tests. Nothing here needs the server, so a client can
// import the types alone.

export type Schema = v.GenericSchema<unknown, unknown>;

/** Who may send an event or open a namespace; `access.ts` holds what each word demands. */
export type Access = "anyone" | "user" | "admin";

/**
 * A documented limit: a token bucket that starts full with `count` tokens and gains one every `periodMs / count`. It
 * belongs to the user (the address, for guests), is shared by all the user's sockets and outlives them.
 */
export interface Limit {
  readonly count: number;
  readonly periodMs: number;
  /** Events that name the same one share it; without a name it is the event's own. */
  readonly name?: string;
}

/** An event from client to server. */
export interface Inbound<
  P extends Schema = Schema,
  A extends Schema | undefined = Schema | undefined,
  X extends Access = Access,
> {
  readonly summary: string;
  /** Where the document says so: file and heading. */
  readonly source: string;
  readonly payload: P;
  readonly access: X;
  /** What the document says; without one, the socket's common bucket (20 a second, burst 40) holds. */
  readonly limits?: readonly Limit[];
  /** The event is a way to sign in: its failure is told as the API tells failed sign-ins. */
  readonly signsIn?: true;
  /** What a successful acknowledgement holds besides `success: true`. */
  readonly ack?: A;
  readonly example: v.InferInput<P>;
}

/** An event from server to client. */
export interface Outbound<P extends Schema = Schema> {
  readonly summary: string;
  readonly source: string;
  readonly payload: P;
  readonly example: v.InferOutput<P>;
}

export interface NamespaceContract {
  readonly access: Access;
  readonly receives: Readonly<Record<string, Inbound>>;
  readonly sends: Readonly<Record<string, Outbound>>;
}

export interface Contract {
  readonly title: string;
  readonly description: string;
  /** The document's file name in the specs. */
  readonly document: string;
  readonly namespaces: Readonly<Record<string, NamespaceContract>>;
}

/** Ties an example to its schema; the row itself is returned unchanged. */
export function receives<P extends Schema, const X extends Access, A extends Schema | undefined = undefined>(
  row: Inbound<P, A, X>,
): Inbound<P, A, X> {
  return row;
}

/** As `receives`, for an event of the server. */
export function sends<P extends Schema>(row: Outbound<P>): Outbound<P> {
  return row;
}

/** Keeps the literal types of a contract while checking its shape. */
export function defineContract<const C extends Contract>(contract: C): C {
  return contract;
}

type Answered<Row> = Row extends { readonly ack?: infer A } ? (A extends Schema ? v.InferOutput<A> : object) : object;

/** What an acknowledgement callback is given (CONTRACT §3.2). */
export type Answer<Row> = ({ success: true } & Answered<Row>) | { success: false; error: string; code: string };

type Acknowledge<Row> = (answer: Answer<Row>) => void;

/** What a client passes after the name of an event; a payload that may be left out need not make room for the callback. */
type Sent<P, Row> = undefined extends P
  ? [payload?: unknown extends P ? null | undefined : P, ack?: Acknowledge<Row>] | [ack: Acknowledge<Row>]
  : [payload: P, ack?: Acknowledge<Row>];

/** `socket.io-client`'s `EmitEvents` for one namespace of a contract. */
export type ClientToServer<C extends Contract, N extends keyof C["namespaces"]> = {
  [E in keyof C["namespaces"][N]["receives"]]: (
    ...args: Sent<v.InferInput<C["namespaces"][N]["receives"][E]["payload"]>, C["namespaces"][N]["receives"][E]>
  ) => void;
};

/** `socket.io-client`'s `ListenEvents` for one namespace of a contract. */
export type ServerToClient<C extends Contract, N extends keyof C["namespaces"]> = {
  [E in keyof C["namespaces"][N]["sends"]]: (
    payload: v.InferOutput<C["namespaces"][N]["sends"][E]["payload"]>,
    ack?: (answer?: unknown) => void,
  ) => void;
};
