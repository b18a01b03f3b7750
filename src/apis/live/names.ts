import { Refusal } from "../../refusal";
import type { Stream } from "./streams";
import { type LiveSession, userOf } from "./wire";

/** The display name of a socket's user on a stream. */
export function nameOf(stream: Stream, session: LiveSession): string {
  return stream.names.get(userOf(session)) ?? session.identity?.username ?? "";
}

/** Gives a user a display name in the chat. @throws Refusal `conflict` when a member has it and it was asked for */
export function giveName(stream: Stream, user: string, name: string, isAskedFor: boolean): void {
  const owner = stream.owners.get(folded(name));
  if (owner !== undefined && owner !== user && isAskedFor) {
    throw new Refusal("conflict", "Somebody here has that username", { field: "username" });
  }
  forgetName(stream, user);
  stream.names.set(user, name);
  if (owner === undefined || owner === user) stream.owners.set(folded(name), user);
}

/** The user has left the chat. */
export function forgetName(stream: Stream, user: string): void {
  const name = stream.names.get(user);
  stream.names.delete(user);
  if (name !== undefined && stream.owners.get(folded(name)) === user) stream.owners.delete(folded(name));
}

/** Names that look alike are one. */
function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
