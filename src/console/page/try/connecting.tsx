import { useId, useState } from "preact/hooks";
import type { ApiContract } from "../../wire";
import { useSource } from "../desk/source";
import type { Trial } from "./trial";

const ROLES = ["", "admin", "moderator", "instructor", "owner"];

interface ConnectingProps {
  readonly api: ApiContract;
  readonly trial: Trial;
  readonly namespace: string;
  readonly onNamespace: (name: string) => void;
  readonly userId: string;
  readonly onUserId: (userId: string) => void;
}

/** Who connects, and to which namespace. */
export function Connecting({ api, trial, namespace, onNamespace, userId, onUserId }: ConnectingProps) {
  const id = useId();
  const state = useSource(trial.state);
  const [role, setRole] = useState("");
  const [appId, setAppId] = useState("");
  const isOff = state === "closed";
  const takesApp = api.namespaces.some(({ receives }) => receives.some(({ schema }) => knowsApps(schema)));

  const submit = (event: Event) => {
    event.preventDefault();
    if (isOff) void trial.connect({ api, namespace, userId: userId.trim(), role, appId: appId.trim() });
    else trial.disconnect();
  };
  return (
    <form class="connecting" onSubmit={submit}>
      <div class="field">
        <label for={`${id}-user`}>User id</label>
        <input
          id={`${id}-user`}
          value={userId}
          disabled={!isOff}
          placeholder="a guest"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onUserId(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for={`${id}-role`}>Role</label>
        <select
          id={`${id}-role`}
          value={role}
          disabled={!isOff}
          onChange={(event) => setRole(event.currentTarget.value)}
        >
          {ROLES.map((each) => (
            <option key={each} value={each}>
              {each === "" ? "none" : each}
            </option>
          ))}
        </select>
      </div>
      {takesApp && (
        <div class="field">
          <label for={`${id}-app`}>App</label>
          <input
            id={`${id}-app`}
            value={appId}
            disabled={!isOff}
            placeholder="default"
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setAppId(event.currentTarget.value)}
          />
        </div>
      )}
      {api.namespaces.length > 1 && (
        <div class="field">
          <label for={`${id}-namespace`}>Namespace</label>
          <select
            id={`${id}-namespace`}
            value={namespace}
            disabled={!isOff}
            onChange={(event) => onNamespace(event.currentTarget.value)}
          >
            {api.namespaces.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      <button type="submit" class={`button ${isOff ? "primary" : ""}`}>
        {isOff ? "Connect" : state === "connecting" ? "Give up" : "Disconnect"}
      </button>
    </form>
  );
}

/** An API with tenants says so in what signs in. */
function knowsApps(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "properties" in schema
    ? Object.hasOwn(schema.properties as object, "app_id")
    : false;
}
