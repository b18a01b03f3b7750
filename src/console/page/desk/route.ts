import { useEffect, useState } from "preact/hooks";

/** Where the operator is: the address after `#`, or the page of the events at its own address. */
export interface Route {
  /** `overview`, `panel`, `log`, `try` or `events`. */
  readonly page: string;
  /** What follows the page: `["live", "streams"]`. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const EVENTS_PATH = "/docs/events";

export function readRoute(pathname: string, hash: string): Route {
  if (pathname === EVENTS_PATH) return { page: "events", parts: [], query: new URLSearchParams() };
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?");
  const [page = "", ...parts] = path.split("/").filter(Boolean).map(decoded);
  return { page: page || "overview", parts, query: new URLSearchParams(query) };
}

/** An address of the page; as a link it works from `/docs/events` too. */
export function hrefOf(page: string, parts: readonly string[] = [], query: Readonly<Record<string, string>> = {}) {
  if (page === "overview") return "/#/";
  if (page === "events") return EVENTS_PATH;
  const path = [page, ...parts].map(encodeURIComponent).join("/");
  const filled = Object.entries(query).filter(([, value]) => value !== "");
  return `/#/${path}${filled.length > 0 ? `?${new URLSearchParams(filled)}` : ""}`;
}

/** Changes the query of the address without a step in the browser's history. */
export function keepInAddress(page: string, parts: readonly string[], query: Readonly<Record<string, string>>): void {
  history.replaceState(null, "", hrefOf(page, parts, query));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.pathname, location.hash));
  useEffect(() => {
    const read = () => setRoute(readRoute(location.pathname, location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return route;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
