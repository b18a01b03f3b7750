import type { Figures } from "../../wire";
import { bytes, compact, number, plural } from "../desk/format";

interface Tile {
  readonly title: string;
  readonly figure: string;
  readonly about: string;
  readonly isBad?: boolean;
}

/** Above this the loop keeps people waiting. */
const LAG_BAD_MS = 200;

/** The figures one looks at first, large. */
export function Tiles({ now }: { now: Figures }) {
  return (
    <dl class="tiles">
      {tilesOf(now).map(({ title, figure, about, isBad }) => (
        <div key={title} class="card tile" data-tone={isBad ? "bad" : undefined}>
          <dt>{title}</dt>
          <dd>
            <span class="big">{figure}</span>
            <span class="muted">{about}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function tilesOf(now: Figures): readonly Tile[] {
  const sum = (read: (api: Figures["apis"][number]) => number) => now.apis.reduce((all, api) => all + read(api), 0);
  const connections = sum((api) => api.connections);
  const refused = sum((api) => api.refused);
  return [
    {
      title: "People",
      figure: compact(sum((api) => api.users)),
      about: `on ${plural(connections, "connection")}; counted per API`,
    },
    {
      title: "Events in",
      figure: perSecond(sum((api) => api.events)),
      about: refused > 0 ? `a second; ${perSecond(refused)} refused` : "a second; none refused",
    },
    { title: "Messages out", figure: perSecond(sum((api) => api.deliveries)), about: "a second" },
    {
      title: "Lag",
      figure: `${number(now.lagMs)} ms`,
      about: "of the event loop, p99",
      isBad: now.lagMs >= LAG_BAD_MS,
    },
    { title: "Processor", figure: `${number(Math.round(now.cpu * 100))} %`, about: "of one core" },
    { title: "Memory", figure: bytes(now.rssBytes), about: `${bytes(now.heapBytes)} heap` },
    {
      title: "Database",
      figure: bytes(now.databaseBytes),
      about: `${compact(now.unwritten)} unwritten; ${bytes(now.diskFreeBytes)} free`,
    },
    { title: "Errors", figure: perSecond(now.errors), about: "logged a second", isBad: now.errors > 0 },
  ];
}

function perSecond(value: number): string {
  return compact(value);
}
