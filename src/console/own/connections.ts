import { MAX_ROWS, type Panel, type Row } from "../../panel";
import type { Endpoint } from "../../realtime/endpoint";
import type { Session } from "../../realtime/session";
import { Refusal } from "../../refusal";

/** Who is connected, to what, and from where. It is looked at when somebody asks, and not kept. */
export function connectionsPanel(endpoints: readonly Endpoint[]): Panel {
  return {
    name: "connections",
    title: "Connections",
    columns: [
      { key: "api", title: "API", kind: "text" },
      { key: "user", title: "User", kind: "text" },
      { key: "address", title: "Address", kind: "text" },
      { key: "namespaces", title: "Namespaces", kind: "text" },
      { key: "agent", title: "Client", kind: "text" },
      { key: "since", title: "Since", kind: "time" },
      { key: "id", title: "Socket", kind: "id" },
    ],
    actions: [{ name: "disconnect", title: "Disconnect", isDangerous: true, fields: [] }],
    async rows(search) {
      const rows = endpoints.flatMap((endpoint) => newest(endpoint, search.toLowerCase()));
      return rows.sort((a, b) => Number(b.since) - Number(a.since)).slice(0, MAX_ROWS);
    },
    async act(_action, id) {
      for (const endpoint of endpoints) {
        for (const sessions of endpoint.visits()) {
          const session = sessions.find((each) => each.id === id);
          if (!session) continue;
          const user = session.identity ? nameOf(session.identity.userId) : "A guest";
          session.disconnect();
          return `${user} is disconnected from ${endpoint.api.name}`;
        }
      }
      throw new Refusal("not_found", "This client is not connected any more");
    },
  };
}

/** As many as are shown, of one API. */
function newest(endpoint: Endpoint, search: string): Row[] {
  const rows: Row[] = [];
  for (const sessions of endpoint.visits()) {
    const row = show(endpoint.api.name, sessions);
    const isWanted = search === "" || holds(row, search);
    if (row && isWanted && rows.push(row) >= MAX_ROWS) break;
  }
  return rows;
}

function show(api: string, sessions: readonly Session[]): Row | undefined {
  const [first] = sessions;
  if (!first) return undefined;
  const users = new Set(sessions.flatMap(({ identity }) => (identity ? nameOf(identity.userId) : [])));
  return {
    id: first.id,
    api,
    user: [...users].join(", ") || null,
    address: first.peer.address,
    namespaces: sessions.map(({ namespace }) => namespace).join(" "),
    agent: first.userAgent.slice(0, 200),
    since: Math.min(...sessions.map(({ connectedAt }) => connectedAt)),
  };
}

/** Users of a tenant are known inside by its name, too. */
function nameOf(userId: string): string {
  return userId.replace("\0", " / ");
}

function holds(row: Row | undefined, search: string): boolean {
  return Object.values(row ?? {}).some((value) => typeof value === "string" && value.toLowerCase().includes(search));
}
