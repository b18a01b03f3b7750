import { clean } from "../../realtime/fields";
import type { Session } from "../../realtime/session";
import { iso } from "../../runtime/clock";
import type { Playing } from "./contract";

/** What playback keeps of a socket: the last report, for the list of clients. */
export interface ClientData {
  activity: Playing | null;
}

/** A connected client as `GET /clients` shows it (CONTRACT §4). */
export function showClient(session: Session<ClientData>) {
  return {
    clientId: session.id,
    clientName: clientName(session),
    connectedAt: iso(session.connectedAt),
    activity: session.data.activity,
  };
}

const MAX_NAME = 64;

/** What the client calls itself, else the gist of its User-Agent. */
function clientName({ auth, userAgent }: Session<ClientData>): string {
  const given = typeof auth.name === "string" ? clean(auth.name) : "";
  return [...(given || shortUserAgent(userAgent))].slice(0, MAX_NAME).join("");
}

/** Most specific first: nearly all of them also claim to be the ones below. */
const BROWSERS = { Edg: "Edge", OPR: "Opera", Firefox: "Firefox", Chrome: "Chrome", Safari: "Safari" };
const SYSTEMS = {
  Android: "Android",
  iPhone: "iPhone",
  iPad: "iPad",
  Windows: "Windows",
  "Mac OS": "macOS",
  Linux: "Linux",
};

function shortUserAgent(userAgent: string): string {
  const browser = Object.entries(BROWSERS).find(([mark]) => userAgent.includes(`${mark}/`))?.[1];
  const system = Object.entries(SYSTEMS).find(([mark]) => userAgent.includes(mark))?.[1];
  if (browser) return system ? `${browser} on ${system}` : browser;
  return clean(userAgent.split(/[/\s]/)[0] ?? "") || "Unknown client";
}
