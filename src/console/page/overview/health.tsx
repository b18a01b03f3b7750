import type { Figures } from "../../wire";
import { compact, number, plural } from "../desk/format";
import { Icon } from "../parts/icon";

/** How the process is, in words, and what it does. */
export function Health({ now }: { now: Figures }) {
  const isWell = now.health === "ok" && now.complaints.length === 0;
  return (
    <section class="health" data-tone={isWell ? "good" : "bad"} aria-label="Health">
      <Icon name={isWell ? "done" : "warn"} />
      <div>
        <p class="health-title">{isWell ? "All is well" : "Needs attention"}</p>
        {now.complaints.length > 0 && (
          <ul class="complaints" role="status">
            {now.complaints.map((complaint) => (
              <li key={complaint}>{complaint}</li>
            ))}
          </ul>
        )}
        <p class="muted">{inWords(now)}</p>
      </div>
    </section>
  );
}

function inWords({ apis, cpu }: Figures): string {
  const sum = (read: (api: Figures["apis"][number]) => number) => apis.reduce((all, api) => all + read(api), 0);
  const users = sum((api) => api.users);
  const connections = sum((api) => api.connections);
  if (connections === 0) return `Nobody is connected to the ${plural(apis.length, "API")}.`;
  const people = `${plural(users, "person is", "people are")} signed in on ${plural(connections, "connection")}`;
  const busy = `${compact(sum((api) => api.events))} events a second come in, ${compact(sum((api) => api.deliveries))} messages go out`;
  return `${people}. ${busy}, with ${number(Math.round(cpu * 100))} % of a core.`;
}
