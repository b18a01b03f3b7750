import { useEffect, useState } from "preact/hooks";
import type { ApiContract } from "../../wire";
import { useFetched } from "../desk/fetched";
import { titled } from "../desk/format";
import { hrefOf, keepInAddress, type Route } from "../desk/route";
import { Loading, Notice, Trouble } from "../parts/notice";
import { Page } from "../parts/page";
import { Pane } from "./pane";

/** Who the two are at first: the users of the documents. */
const FIRST = "user_abc123";
const SECOND = "user_xyz789";

/** Two clients of an API in the page: whatever its contract has can be sent, and what comes is seen. */
export function Try({ route }: { route: Route }) {
  const { value: contracts, trouble, again } = useFetched<readonly ApiContract[]>("/contracts");
  const [chosen, setChosen] = useState(route.query.get("api") ?? "");
  const api = contracts?.find(({ name }) => name === chosen) ?? contracts?.[0];

  useEffect(() => {
    const asked = route.query.get("api");
    if (asked !== null) setChosen(asked);
  }, [route]);

  const choose = (name: string) => {
    setChosen(name);
    keepInAddress("try", [], { api: name });
  };
  const asked =
    api !== undefined && route.query.get("api") === api.name
      ? { namespace: route.query.get("namespace"), event: route.query.get("event") }
      : { namespace: null, event: null };
  return (
    <Page
      title="Try it"
      about="Connect as anybody, send any event and see what comes. With two connections, one sees what the other does."
    >
      {trouble && <Trouble text={trouble} again={again} />}
      {!contracts && !trouble && <Loading what="Looking…" />}
      {contracts?.length === 0 && <Notice title="No API is served" />}
      {contracts && api && (
        <>
          <div class="toolbar">
            <fieldset class="segments">
              <legend class="unseen">API</legend>
              {contracts.map(({ name }) => (
                <label key={name}>
                  <input type="radio" name="api" checked={name === api.name} onChange={() => choose(name)} />
                  <span>{titled(name)}</span>
                </label>
              ))}
            </fieldset>
            <span class="muted">
              {api.url} · <a href={`${hrefOf("events")}#${api.name}`}>its events</a>
            </span>
          </div>
          <div class="panes">
            <Pane key={`${api.name} 1`} title="First connection" api={api} user={FIRST} asked={asked} />
            <Pane key={`${api.name} 2`} title="Second connection" api={api} user={SECOND} asked={asked} />
          </div>
        </>
      )}
    </Page>
  );
}
