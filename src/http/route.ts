import * as v from "valibot";
import type { RefusalCode } from "../refusal";
import type { Peer } from "./peer";

// What an API offers over REST, as data. Everything else derives from it: what is parsed and how, who may call, the
// types of handlers, the OpenAPI document, the tables of the reference and the tests of who may do what. Nothing here
// needs a server.

export type Schema = v.GenericSchema<unknown, unknown>;
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** Method and path, `GET /streams/:stream_id`. A refusal calls a part of the path by its name here. */
type Signature = `${Method} /${string}`;
export type Status = 200 | 201 | 204;

/** Who may call; `access.ts` has what each word means. */
export type Access =
  | "anyone"
  | "user"
  | "admin"
  | "key"
  | "key in query"
  | "user or key"
  | "moderator or key"
  | "stream moderator or key";

/** Something that is answered: what it is made of, and one of it. */
export interface Shape<R extends Schema = Schema> {
  /** What it is called in documents; that of its items, for a list. */
  readonly name: string;
  /** What it is a list of. */
  readonly items?: Shape;
  readonly schema: R;
  readonly example: v.InferOutput<R>;
}

/** The names in a path, `:id` or `:kind{tv|movie}`. */
type NamesIn<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? Bare<Name> | NamesIn<`/${More}`>
    : Bare<Rest>
  : never;
type Bare<Name extends string> = Name extends `${infer Plain}{${string}` ? Plain : Name;

type Params = Readonly<Record<string, Schema>>;

interface Declaration<
  S extends string,
  A extends Access,
  P extends Params,
  Q extends Schema | undefined,
  B extends Schema | undefined,
  R extends Schema | undefined,
> {
  readonly summary: string;
  /** The event that it causes or stands beside: the heading of the API's document. */
  readonly source?: string;
  readonly access: A;
  /** Which of those that `access` lets in: what the handler demands beyond it, in words. */
  readonly only?: string;
  /** The parts of the path that are not plain ids. */
  readonly params?: P & { readonly [N in Exclude<keyof P, NamesIn<S>>]: never };
  readonly query?: Q;
  readonly body?: B;
  /** JSON that must be there, unless said otherwise; a form is that of HTML. */
  readonly bodyIs?: "optional" | "form";
  /** A body as a client sends it. */
  readonly example?: v.InferInput<NonNullable<B>>;
  readonly answer?: Shape<NonNullable<R>>;
  /** Of the usual success; 200 when absent. */
  readonly status?: Status;
  /** Other successes, and when they are. */
  readonly also?: Readonly<Partial<Record<Status, string>>>;
  /** What may be refused besides what follows from the rest: a wrong body, a missing token. */
  readonly refuses?: readonly RefusalCode[];
  /** The answer needs another one's, which may not come: 504. */
  readonly waits?: true;
}

/** A REST call of an API. */
export interface Route<
  S extends string = string,
  A extends Access = Access,
  P extends Params = Params,
  Q extends Schema | undefined = Schema | undefined,
  B extends Schema | undefined = Schema | undefined,
  R extends Schema | undefined = Schema | undefined,
> extends Declaration<S, A, P, Q, B, R> {
  readonly signature: S;
  readonly method: Method;
  /** As Hono spells it. */
  readonly path: string;
  /** The names in the path, in order. */
  readonly names: readonly string[];
}

/** By the name that clients generated from the document call it by. */
export type Routes = Readonly<Record<string, Route>>;

/** Declares a call; ties its examples to their schemas. */
export function route<
  const S extends Signature,
  const A extends Access,
  P extends Params = Record<never, Schema>,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
  R extends Schema | undefined = undefined,
>(signature: S, declaration: Declaration<S, A, P, Q, B, R>): Route<S, A, P, Q, B, R> {
  const [method = "", path = ""] = signature.split(" ");
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? "");
  return { ...declaration, signature, method: method as Method, path, names };
}

/** An answer's schema with one of it. */
export function shape<R extends Schema>(name: string, schema: R, example: v.InferOutput<R>): Shape<R> {
  return { name, schema, example };
}

/** As many of it as there are. */
export function listOf<R extends Schema>(items: Shape<R>): Shape<v.ArraySchema<R, undefined>> {
  const { name, schema, example } = items;
  return { name, schema: v.array(schema), example: [example], items };
}

type Output<X> = [X] extends [never] ? undefined : X extends Schema ? v.InferOutput<X> : undefined;

/** What is asked. Each part is parsed when it is looked at, and refused then: the order of looking is that of the checks. */
interface Asked<T extends Route> {
  readonly request: Request;
  readonly peer: Peer;
  readonly params: {
    readonly [N in NamesIn<T["signature"]>]: N extends keyof NonNullable<T["params"]>
      ? Output<NonNullable<T["params"]>[N]>
      : string;
  };
  readonly query: Output<NonNullable<T["query"]>>;
  body(): Promise<Output<NonNullable<T["body"]>>>;
  /** Adds a `Set-Cookie` to the answer. */
  setCookie(cookie: string): void;
}

/** A call of a route; `Callers` says what is known of whoever calls, by the word of access. */
export type Call<T extends Route, Callers> = Asked<T> &
  (T["access"] extends keyof Callers ? Callers[T["access"]] : never);

/** An answer with another status than the usual one. */
export class Reply<T> {
  readonly status: Status;
  readonly data: T;

  constructor(status: Status, data: T) {
    this.status = status;
    this.data = data;
  }
}

/** As a schema has it, without the right to change it. */
type Told<T> = T extends readonly (infer E)[]
  ? readonly Told<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Told<T[K]> }
    : T;
type Answered<T extends Route> =
  NonNullable<T["answer"]> extends Shape<infer R> ? ([R] extends [never] ? undefined : Told<v.InferInput<R>>) : never;
type Handled<A> = A | Reply<A | undefined>;

/** One function per route; leaving one out does not compile. */
export type RouteHandlers<T extends Routes, Callers> = {
  readonly [K in keyof T]: (call: Call<T[K], Callers>) => Handled<Answered<T[K]>> | Promise<Handled<Answered<T[K]>>>;
};
