import type { ApiContract, EventInfo, NamespaceInfo } from "../../wire";

/** Fields in which clients say who they are: another's there is refused, or taken. */
const OWN_ID = "user_id";
const OWN_NAME = "username";

/** An event's example as the text to begin with, spoken by a user of one's choice. */
export function exampleFor(info: EventInfo, userId: string): string {
  const { example } = info;
  if (typeof example !== "object" || example === null || Array.isArray(example)) return inLines(example);
  const filled: Record<string, unknown> = { ...example };
  if (typeof filled[OWN_ID] === "string" && userId !== "" && filled[OWN_ID] !== userId) {
    filled[OWN_ID] = userId;
    if (typeof filled[OWN_NAME] === "string") filled[OWN_NAME] = userId;
  }
  return inLines(filled);
}

function inLines(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

/** What was typed as what is sent. @throws SyntaxError in words of the browser */
export function payloadOf(text: string): readonly unknown[] {
  return text.trim() === "" ? [] : [JSON.parse(text)];
}

const JOINS = /(^|[:_.-])(join|subscribe)/i;

/** The event by which one comes to where another one is heard; undefined where there is no such thing. */
export function joinFor(namespace: NamespaceInfo, info: EventInfo): EventInfo | undefined {
  if (JOINS.test(info.event)) return undefined;
  const wanted = Object.keys(asObject(info.example));
  const fits = namespace.receives.filter(
    ({ event, example }) =>
      JOINS.test(event) && Object.keys(asObject(example)).some((key) => wanted.includes(key) && /_?id$/i.test(key)),
  );
  const [word] = info.event.split(/[:_.-]/);
  const shared = ({ event }: EventInfo) => (event.startsWith(word ?? "") ? 1 : 0);
  const likeness = (each: EventInfo) =>
    Object.keys(asObject(each.example)).filter((key) => wanted.includes(key)).length + 10 * shared(each);
  return fits.sort((one, other) => likeness(other) - likeness(one))[0];
}

/** What a newcomer sends first: what joins, else what comes first. */
export function firstEvent(namespace: NamespaceInfo, signInEvent: string | null): EventInfo | undefined {
  const events = namespace.receives.filter(({ event }) => event !== signInEvent);
  return events.find(({ event }) => JOINS.test(event)) ?? events[0];
}

/** The namespace in which most can be sent. */
export function firstNamespace({ namespaces }: ApiContract): NamespaceInfo | undefined {
  return [...namespaces].sort((one, other) => other.receives.length - one.receives.length)[0];
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
