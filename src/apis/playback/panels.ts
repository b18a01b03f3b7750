import { MAX_ROWS, type Panel, type Row } from "../../panel";
import { parse } from "../../parse";
import type { Line } from "../../realtime/api";
import { id as idOf } from "../../realtime/fields";
import type { Session } from "../../realtime/session";
import { Refusal } from "../../refusal";
import { type ClientData, showClient } from "./clients";
import type { PlaybackContract } from "./contract";

/** Connected clients with what they play, which an operator can have them play, too. */
export function clientsPanel({ sessions, publisher }: Line<PlaybackContract, ClientData>): Panel {
  return {
    name: "clients",
    title: "Clients",
    columns: [
      { key: "client", title: "Client", kind: "text" },
      { key: "user", title: "User", kind: "id" },
      { key: "type", title: "Type", kind: "text" },
      { key: "item", title: "Item", kind: "id" },
      { key: "percent", title: "Seen", kind: "percent" },
      { key: "seconds", title: "At second", kind: "number" },
      { key: "since", title: "Connected", kind: "time" },
      { key: "id", title: "Id", kind: "id" },
    ],
    actions: [
      {
        name: "play",
        title: "Play something",
        fields: [
          { name: "type", title: "Type", kind: "choice", choices: ["movie", "episode"], initial: "movie" },
          { name: "id", title: "Id of the movie or episode", kind: "text" },
        ],
      },
    ],
    async rows(search) {
      const wanted = search.toLowerCase();
      return [...sessions.signedIn()]
        .map(clientRow)
        .filter(({ client, user, item }) => `${client} ${user} ${item}`.toLowerCase().includes(wanted))
        .sort((a, b) => Number(b.since) - Number(a.since))
        .slice(0, MAX_ROWS);
    },
    async act(_action, id, fields) {
      const item = parse(idOf(), fields.id, "id");
      for (const client of sessions.signedIn()) {
        if (client.id !== id) continue;
        publisher.send(client, "play", fields.type === "movie" ? { movieId: item } : { episodeId: item });
        return `${showClient(client).clientName} was told to play ${item}`;
      }
      throw new Refusal("not_found", "Client not found");
    },
  };
}

function clientRow(session: Session<ClientData>): Row {
  const { clientId, clientName, activity } = showClient(session);
  return {
    id: clientId,
    client: clientName,
    user: session.identity?.userId ?? null,
    type: activity?.type ?? null,
    item: activity ? (activity.type === "tv" ? activity.episodeId : activity.movieId) : null,
    percent: activity ? Math.round(activity.progress * 1000) / 10 : null,
    seconds: activity?.time ?? null,
    since: session.connectedAt,
  };
}
