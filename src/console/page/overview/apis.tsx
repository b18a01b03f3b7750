import type { Figures } from "../../wire";
import { compact, plural, titled } from "../desk/format";
import { Copy } from "../parts/copy";
import { Spark } from "./spark";

/** Each API's own figures, and where it is. */
export function Apis({ history, now }: { history: readonly Figures[]; now: Figures }) {
  return (
    <section aria-labelledby="apis">
      <h2 id="apis" class="section-title">
        APIs
      </h2>
      <div class="apis">
        {now.apis.map((api, at) => (
          <article key={api.name} class="card api" aria-label={titled(api.name)}>
            <header>
              <span class="swatch" data-colour={(at % 6) + 1} aria-hidden="true" />
              <h3>{titled(api.name)}</h3>
              <Copy text={api.url} label={`Copy the address of ${api.name}`} isSmall />
            </header>
            <p class="api-url" title={api.title}>
              {api.url}
            </p>
            <p class="api-main">
              <span class="big">{compact(api.users)}</span>
              <span>{api.users === 1 ? "person" : "people"}</span>
              <span class="muted">on {plural(api.connections, "connection")}</span>
            </p>
            <Spark colour={(at % 6) + 1} values={history.map((each) => eventsOf(each, api.name))} />
            <dl class="api-rates">
              <div>
                <dt>Events</dt>
                <dd>{compact(api.events)}/s</dd>
              </div>
              <div>
                <dt>Messages</dt>
                <dd>{compact(api.deliveries)}/s</dd>
              </div>
              <div data-tone={api.refused > 0 ? "warn" : undefined}>
                <dt>Refused</dt>
                <dd>{compact(api.refused)}/s</dd>
              </div>
            </dl>
          </article>
        ))}
      </div>
    </section>
  );
}

/** What moves there, in and out: many an API mostly speaks. */
function eventsOf({ apis }: Figures, name: string): number {
  const api = apis.find((each) => each.name === name);
  return api ? api.events + api.deliveries : 0;
}
