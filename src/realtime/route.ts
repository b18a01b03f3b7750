import type { Endpoint } from "./endpoint";

/** Which API a request is for, and its path there. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly path: string;
}

/**
 * Single-port mode: the API is that of the host (an entry of `hosts`, or a first label that is an API's name), else
 * that of the first part of the path. One API alone needs neither. Where the path begins with the API's name that is taken
 * off, so that one URL is right whichever way an API is served.
 *
 * @param hosts `HEADEND_HOSTS`: host name to API
 */
export function byHostOrPath(
  endpoints: readonly Endpoint[],
  hosts: ReadonlyMap<string, string>,
): (host: string, path: string) => Route | undefined {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.api.name, endpoint]));
  const byHost = new Map([...hosts].map(([host, name]) => [host.toLowerCase(), byName.get(name)]));
  const only = endpoints.length === 1 ? endpoints[0] : undefined;
  return (host, path) => {
    const hostname = host.toLowerCase().replace(/:\d+$/, "");
    const named = byHost.get(host.toLowerCase()) ?? byHost.get(hostname) ?? byName.get(hostname.split(".")[0] ?? "");
    if (named) return { endpoint: named, path: without(named.api.name, path) };
    const [, name = "", rest] = /^\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const prefixed = byName.get(name);
    if (prefixed) return { endpoint: prefixed, path: rest ?? "/" };
    return only && { endpoint: only, path };
  };
}

function without(name: string, path: string): string {
  const prefix = `/${name}`;
  return path === prefix ? "/" : path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
