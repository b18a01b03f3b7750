import { useEffect, useState } from "preact/hooks";
import type { ApiContract, EventInfo } from "../../wire";
import { useFetched } from "../desk/fetched";
import { plural, titled } from "../desk/format";
import { Loading, Notice, Trouble } from "../parts/notice";
import { Page } from "../parts/page";
import { Search } from "../parts/search";
import { anchorOf, found } from "./chosen";
import { Event } from "./event";

/** Every event of every API, from the contracts that the server checks them with. */
export function Events() {
  const { value: contracts, trouble, again } = useFetched<readonly ApiContract[]>("/contracts");
  const [search, setSearch] = useState("");
  const [anchor, setAnchor] = useState(() => decodeURIComponent(location.hash.slice(1)));

  useEffect(() => {
    const follow = () => setAnchor(decodeURIComponent(location.hash.slice(1)));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    if (contracts && anchor !== "") document.getElementById(anchor)?.scrollIntoView({ block: "start" });
  }, [contracts, anchor]);

  const shown = found(contracts ?? [], search);
  return (
    <Page title="Events" about="What clients may send and what they hear, by API and namespace.">
      <div class="toolbar">
        <Search label="Search events" value={search} onChange={setSearch} />
        <span class="muted" role="status">
          {contracts && plural(count(shown), "event")}
        </span>
        <span class="spacer" />
        <nav class="jumps" aria-label="APIs">
          {shown.map(({ name }) => (
            <a key={name} href={`#${anchorOf(name)}`}>
              {titled(name)}
            </a>
          ))}
        </nav>
      </div>
      {trouble && <Trouble text={trouble} again={again} />}
      {!contracts && !trouble && <Loading what="Looking…" />}
      {contracts && shown.length === 0 && <Notice title={`No event matches “${search}”`} />}
      {shown.map((api) => (
        <section key={api.name} class="reference" aria-labelledby={anchorOf(api.name)}>
          <header class="reference-head">
            <h2 id={anchorOf(api.name)} tabIndex={-1}>
              {titled(api.name)}
            </h2>
            <p class="muted">
              {api.title}, at <code>{api.url}</code>. <a href={`/asyncapi/${api.name}.json`}>AsyncAPI document</a>
            </p>
          </header>
          {api.namespaces.map(({ name, access, receives, sends }) => (
            <section key={name} class="namespace" aria-label={`Namespace ${name} of ${api.name}`}>
              <h3>
                Namespace <code>{name}</code> <span class="muted">may be opened by: {access}</span>
              </h3>
              <Group title="Clients send" api={api.name} namespace={name} events={receives} way="to" anchor={anchor} />
              <Group title="Clients hear" api={api.name} namespace={name} events={sends} way="from" anchor={anchor} />
            </section>
          ))}
        </section>
      ))}
    </Page>
  );
}

interface GroupProps {
  readonly title: string;
  readonly api: string;
  readonly namespace: string;
  readonly events: readonly EventInfo[];
  readonly way: "to" | "from";
  readonly anchor: string;
}

function Group({ title, events, ...where }: GroupProps) {
  if (events.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <div class="card events">
        {events.map((info) => (
          <Event key={info.event} info={info} {...where} />
        ))}
      </div>
    </>
  );
}

function count(apis: readonly ApiContract[]): number {
  const namespaces = apis.flatMap((api) => api.namespaces);
  return namespaces.reduce((sum, { receives, sends }) => sum + receives.length + sends.length, 0);
}
