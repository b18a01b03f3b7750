import type { PanelInfo } from "../../wire";
import { useDesk } from "../desk/desk";
import { titled } from "../desk/format";
import { hrefOf, type Route } from "../desk/route";
import { useSource } from "../desk/source";
import { Icon, type IconName } from "../parts/icon";
import { groupsOf } from "./groups";

/** Every page there is: ours, and the panels by whose they are. */
export function Navigation({ panels, route }: { panels: readonly PanelInfo[]; route: Route }) {
  const version = useSource(useDesk().signedIn.session)?.version;
  const served = useSource(useDesk().stream.figures).at(-1)?.apis ?? [];
  const colours = new Map(served.map(({ name }, index) => [name, (index % 6) + 1]));
  const at = (page: string) => route.page === page;
  return (
    <nav id="navigation" class="navigation" aria-label="Pages">
      <ul>
        <Entry href={hrefOf("overview")} icon="overview" title="Overview" isHere={at("overview")} />
        <Entry href={hrefOf("log")} icon="log" title="Log" isHere={at("log")} />
        <Entry href={hrefOf("try")} icon="try" title="Try it" isHere={at("try")} />
      </ul>
      {groupsOf(panels).map(([api, own]) => (
        <section key={api} aria-label={titled(api)}>
          <h2>
            <span class="swatch" data-colour={colours.get(api) ?? 6} aria-hidden="true" />
            {titled(api)}
          </h2>
          <ul>
            {own.map(({ name, title }) => (
              <Entry
                key={name}
                href={hrefOf("panel", [api, name])}
                title={title}
                isHere={at("panel") && route.parts[0] === api && route.parts[1] === name}
              />
            ))}
          </ul>
        </section>
      ))}
      <section aria-label="Reference">
        <h2>Reference</h2>
        <ul>
          <Entry href={hrefOf("events")} icon="events" title="Events" isHere={at("events")} />
          <Entry href="/docs/rest" icon="rest" title="REST calls" isHere={false} />
          <Entry href="/metrics" icon="metrics" title="Metrics" isHere={false} />
        </ul>
      </section>
      {version && <p class="muted version">Headend {version}</p>}
    </nav>
  );
}

interface EntryProps {
  readonly href: string;
  readonly icon?: IconName;
  readonly title: string;
  readonly isHere: boolean;
}

function Entry({ href, icon, title, isHere }: EntryProps) {
  return (
    <li>
      <a href={href} aria-current={isHere ? "page" : undefined}>
        {icon && <Icon name={icon} />}
        {title}
      </a>
    </li>
  );
}
