import type { ApiContract, EventInfo } from "../../wire";

/** What of the contracts speaks of what was searched for; APIs and namespaces without any of it are left out. */
export function found(contracts: readonly ApiContract[], search: string): readonly ApiContract[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return contracts;
  return contracts
    .map((api) => ({
      ...api,
      namespaces: api.namespaces
        .map((namespace) => {
          const speaks = ({ event, summary }: EventInfo) => {
            const text = `${api.name} ${namespace.name} ${event} ${summary}`.toLowerCase();
            return words.every((word) => text.includes(word));
          };
          return { ...namespace, receives: namespace.receives.filter(speaks), sends: namespace.sends.filter(speaks) };
        })
        .filter(({ receives, sends }) => receives.length + sends.length > 0),
    }))
    .filter(({ namespaces }) => namespaces.length > 0);
}

/** Where something stands on the page: `live`, `live/to/chat:message`. */
export function anchorOf(api: string, namespace = "/", way?: "to" | "from", event?: string): string {
  if (way === undefined) return api;
  return `${api}${namespace === "/" ? "" : namespace}/${way}/${event}`;
}
