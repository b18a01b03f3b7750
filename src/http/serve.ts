import { Refusal } from "../refusal";
import type { Log } from "../runtime/log";
import type { Rules } from "./access";
import { RawCall } from "./call";
import type { Peer } from "./peer";
import { type RestStyle, restApp } from "./rest";
import { Reply, type Route, type RouteHandlers, type Routes } from "./route";
import { checkAnswer, checkRefusal } from "./truth";

interface RestOptions<Callers> {
  readonly log: Log;
  readonly rules: Rules<Callers>;
  /** Compare what is answered with what is declared: tests and development. */
  readonly isChecked: boolean;
}

/** Answers the REST calls of an API: who calls, then the handler, then the API's own way to say yes or no. */
export function openRest<T extends Routes, Callers>(
  rest: RestStyle & { readonly routes: T },
  { log, rules, isChecked }: RestOptions<Callers>,
  handlers: RouteHandlers<T, Callers>,
): (request: Request, peer: Peer, path: string) => Response | Promise<Response> {
  const app = restApp(log, (refusal) => rest.refusal(refusal));
  for (const [name, route] of Object.entries(rest.routes)) add(route, handlers[name] as unknown as Handler);
  return (request, peer, path) => app.fetch(request, { peer, path });

  type Handler = (call: RawCall) => unknown;

  function add(route: Route, handler: Handler): void {
    const rule = (rules as Record<string, (call: RawCall) => object | Promise<object>>)[route.access];
    if (!rule) throw new Error(`${route.signature}: this API does not know ${route.access}`);
    app.on(route.method, route.path, async (c) => {
      const call = new RawCall(route, c);
      let answer: unknown;
      try {
        answer = await handler(Object.assign(call, await rule(call)));
      } catch (error) {
        if (isChecked && error instanceof Refusal) checkRefusal(route, error);
        throw error;
      }
      const { status, data } = answer instanceof Reply ? answer : { status: route.status ?? 200, data: answer };
      if (isChecked) checkAnswer(route, status, data);
      if (status === 204) return c.body(null, 204);
      return c.json(rest.envelope ? { ...rest.envelope, data } : data, status);
    });
  }
}
