import { useEffect, useState } from "preact/hooks";
import type { ApiContract } from "../../wire";
import { useDesk } from "../desk/desk";
import { useSource } from "../desk/source";
import { Composer } from "./composer";
import { Connecting } from "./connecting";
import { firstNamespace } from "./fill";
import { Happenings } from "./happenings";
import { Trial } from "./trial";

interface PaneProps {
  readonly title: string;
  readonly api: ApiContract;
  /** Who it is at first. */
  readonly user: string;
  /** What the address asks for. */
  readonly asked: { readonly namespace: string | null; readonly event: string | null };
}

/** One connection: who, what it says and what it hears. */
export function Pane({ title, api, user, asked }: PaneProps) {
  const { calls } = useDesk();
  const [trial] = useState(() => new Trial(calls));
  const [namespaceName, setNamespace] = useState(asked.namespace ?? firstNamespace(api)?.name ?? "/");
  const [userId, setUserId] = useState(user);
  const state = useSource(trial.state);
  useEffect(() => () => trial.disconnect(), [trial]);

  const namespace = api.namespaces.find(({ name }) => name === namespaceName) ?? api.namespaces[0];
  if (!namespace) return null;
  return (
    <section class="card pane" aria-label={title}>
      <header class="pane-head">
        <h2>{title}</h2>
        <span
          class="pill"
          data-tone={state === "open" ? "good" : state === "connecting" ? "busy" : "plain"}
          role="status"
        >
          {state === "open" ? "connected" : state === "connecting" ? "connecting…" : "not connected"}
        </span>
      </header>
      <Connecting
        api={api}
        trial={trial}
        namespace={namespace.name}
        onNamespace={setNamespace}
        userId={userId}
        onUserId={setUserId}
      />
      <Composer
        key={namespace.name}
        api={api}
        namespace={namespace}
        trial={trial}
        userId={userId}
        askedEvent={asked.event}
      />
      <Happenings title={title} trial={trial} />
    </section>
  );
}
