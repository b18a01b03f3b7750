import type { Context } from "hono";
import { parse } from "../parse";
import { id } from "../realtime/fields";
import { readForm, readJson, readOptionalJson, readQuery } from "./body";
import type { Peer } from "./peer";
import type { RestEnv } from "./rest";
import type { Route, Schema } from "./route";

const ID = id();

/** A call under way, before anything is known of its types: what `route.ts` declares of one, parsed when it is asked for. */
export class RawCall {
  readonly route: Route;
  readonly request: Request;
  readonly peer: Peer;
  readonly params: Readonly<Record<string, unknown>> = {};
  readonly setCookie: (cookie: string) => void;
  readonly #context: Context<RestEnv>;
  #query: { readonly parsed: unknown } | undefined;
  #body: Promise<unknown> | undefined;

  constructor(route: Route, context: Context<RestEnv>) {
    this.route = route;
    this.request = context.req.raw;
    this.peer = context.env.peer;
    this.#context = context;
    this.setCookie = (cookie) => context.header("Set-Cookie", cookie, { append: true });
    for (const name of route.names) {
      const get = () => parse(this.#schemaOf(name), context.req.param(name), name);
      Object.defineProperty(this.params, name, { get, enumerable: true });
    }
  }

  /** @throws Refusal `invalid_request` */
  get query(): unknown {
    const { query } = this.route;
    if (!query) return undefined;
    this.#query ??= { parsed: readQuery(this.#context, query) };
    return this.#query.parsed;
  }

  /** Read once, however many ask. @throws Refusal `invalid_request` */
  readonly body = (): Promise<unknown> => {
    this.#body ??= this.#read();
    return this.#body;
  };

  async #read(): Promise<unknown> {
    const { body, bodyIs } = this.route;
    if (!body) return undefined;
    if (bodyIs === "form") return readForm(this.#context, body);
    return bodyIs === "optional" ? readOptionalJson(this.#context, body) : readJson(this.#context, body);
  }

  #schemaOf(name: string): Schema {
    return this.route.params?.[name] ?? ID;
  }
}
