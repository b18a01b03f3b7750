import { Refusal } from "../../refusal";
import type { Stream } from "./streams";
import { type LiveSession, userOf } from "./wire";

/** The display name of a socket's user on a stream. */
export function nameOf(stream: Stream, session: LiveSession): string {
  return stream.names.get(userOf(session)) ?? session.identity?.username ?? "";
}

/** Gives a user a display name in the chat. @throws Refusal `conflict` when a member has it and it was asked for */
export function giveName(stream: Stream, user: string, name: string, isAskedFor: boolean): void {
  // Clients send their name with everything.
  if (stream.names.get(user) === name) return;
  const key = folded(name);
  const bearers = stream.bearers.get(key) ?? new Set();
  // Who has it keeps it, whoever else brings the same one in a token.
  if (isAskedFor && bearers.size > 0 && !bearers.has(user)) {
    throw new Refusal("conflict", "Somebody here has that username", { field: "username" });
  }
  forgetName(stream, user);
  stream.names.set(user, name);
  stream.bearers.set(key, bearers.add(user));
}

/** The user has left the chat. */
export function forgetName(stream: Stream, user: string): void {
  const name = stream.names.get(user);
  if (name === undefined) return;
  stream.names.delete(user);
  const bearers = stream.bearers.get(folded(name));
  bearers?.delete(user);
  if (bearers?.size === 0) stream.bearers.delete(folded(name));
}

/** Names that look alike are one: by way of upper case, in which ß is SS and the lower sigmas are one, unlike in lower. */
function folded(name: string): string {
  const visible = name.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return visible.toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
}
