import * as v from "valibot";
import type { Refusal, RefusalCode } from "../refusal";
import { ACCESS } from "./access";
import type { Route, Status } from "./route";

// Whether a route does what its declaration says, so that what is generated from declarations is true.

/** What a route may refuse: what follows from its declaration, and what that names. */
export function refusalsOf({ method, access, only, query, names, body, refuses = [] }: Route): Set<RefusalCode> {
  const found = new Set<RefusalCode>([...refuses, "unavailable", "internal"]);
  const { takes } = ACCESS[access];
  if (takes.length > 0) found.add("authentication_failed");
  if (only !== undefined || access === "admin" || access.includes("moderator")) found.add("permission_denied");
  if (takes.includes("token") && method !== "GET") found.add("rate_limit_exceeded");
  if (query || body || names.length > 0) found.add("invalid_request");
  return found;
}

/** The statuses of a route's successes, the usual one first. */
export function successesOf({ status = 200, also = {} }: Route): readonly Status[] {
  return [status, ...Object.keys(also).map((each) => Number(each) as Status)];
}

/** @throws Error when the declaration says nothing of this refusal */
export function checkRefusal(route: Route, { code, message }: Refusal): void {
  if (!refusalsOf(route).has(code)) throw new Error(`${route.signature} does not declare ${code}: ${message}`);
}

/** @throws Error when an answer is none that the declaration describes */
export function checkAnswer(route: Route, status: Status, data: unknown): void {
  if (!successesOf(route).includes(status)) throw new Error(`${route.signature} does not declare the status ${status}`);
  if (status === 204) return;
  if (!route.answer) throw new Error(`${route.signature} declares no answer`);
  // As it travels: without what JSON cannot say.
  const sent = JSON.parse(JSON.stringify(data));
  const { success, output, issues } = v.safeParse(route.answer.schema, sent);
  if (!success) throw new Error(`${route.signature} answers otherwise than declared: ${v.getDotPath(issues[0])}`);
  if (!Bun.deepEquals(output, sent)) throw new Error(`${route.signature} answers more than is declared`);
}
