import { useId, useState } from "preact/hooks";
import type { ApiContract, EventInfo, NamespaceInfo } from "../../wire";
import { useSource } from "../desk/source";
import { exampleFor, firstEvent, joinFor, payloadOf } from "./fill";
import type { Trial } from "./trial";

interface ComposerProps {
  readonly api: ApiContract;
  readonly namespace: NamespaceInfo;
  readonly trial: Trial;
  readonly userId: string;
  readonly askedEvent: string | null;
}

/** An event of the contract, its example to be edited, and the button that sends it. */
export function Composer({ api, namespace, trial, userId, askedEvent }: ComposerProps) {
  const id = useId();
  const state = useSource(trial.state);
  const sent = useSource(trial.sent);
  const find = (name: string | null) => namespace.receives.find(({ event }) => event === name);
  const [event, setEvent] = useState(() => (find(askedEvent) ?? firstEvent(namespace, api.signInEvent))?.event ?? "");
  const info = find(event);
  /** As long as nobody has typed, the example speaks for whoever is connected. */
  const [typed, setTyped] = useState<string>();
  const text = typed ?? (info ? exampleFor(info, userId) : "");
  const [wantsAnswer, setWantsAnswer] = useState(true);
  const [trouble, setTrouble] = useState<string>();

  if (namespace.receives.length === 0) {
    return <p class="muted composer-none">This namespace takes no events; connect to hear what it sends.</p>;
  }
  const choose = (name: string) => {
    setEvent(name);
    setTyped(undefined);
    setTrouble(undefined);
  };
  const send = () => {
    if (!info) return;
    try {
      trial.send(info.event, payloadOf(text), wantsAnswer);
      setTrouble(undefined);
    } catch (error) {
      setTrouble(`This is not JSON: ${error instanceof Error ? error.message : ""}`);
    }
  };
  const submit = (happening: Event) => {
    happening.preventDefault();
    if (state === "open") send();
  };
  const join = info && joinFor(namespace, info);
  const isOutside = state === "open" && join !== undefined && !sent.has(join.event);
  return (
    <form class="composer" onSubmit={submit}>
      <div class="field">
        <label for={`${id}-event`}>Event</label>
        <select id={`${id}-event`} value={event} onChange={(change) => choose(change.currentTarget.value)}>
          {namespace.receives.map((each) => (
            <option key={each.event} value={each.event}>
              {each.event}
            </option>
          ))}
        </select>
        {info && <p class="hint">{inWords(info)}</p>}
      </div>
      {isOutside && join && (
        <p class="advice">
          <code>{join.event}</code> comes first: nothing is heard where one is not.{" "}
          <button
            type="button"
            class="button small"
            onClick={() => trial.send(join.event, payloadOf(exampleFor(join, userId)), true)}
          >
            Send {join.event}
          </button>
        </p>
      )}
      <div class="field">
        <label for={`${id}-payload`}>Payload, as JSON</label>
        <textarea
          id={`${id}-payload`}
          class="code"
          spellcheck={false}
          autocomplete="off"
          rows={Math.min(Math.max(text.split("\n").length, 4), 14)}
          value={text}
          aria-invalid={trouble ? true : undefined}
          aria-describedby={trouble ? `${id}-trouble` : undefined}
          onInput={(change) => setTyped(change.currentTarget.value)}
          onKeyDown={(press) => {
            if (press.key !== "Enter" || !(press.ctrlKey || press.metaKey)) return;
            press.preventDefault();
            if (state === "open") send();
          }}
        />
        {trouble && (
          <p id={`${id}-trouble`} class="field-trouble" role="alert">
            {trouble}
          </p>
        )}
      </div>
      <div class="composer-foot">
        <label class="check">
          <input
            type="checkbox"
            checked={wantsAnswer}
            onChange={(change) => setWantsAnswer(change.currentTarget.checked)}
          />
          with acknowledgement
        </label>
        <span class="spacer" />
        {typed !== undefined && (
          <button type="button" class="button quiet" title="The example again" onClick={() => setTyped(undefined)}>
            Reset
          </button>
        )}
        <button type="submit" class="button primary" disabled={state !== "open"}>
          Send {event}
        </button>
      </div>
    </form>
  );
}

function inWords({ summary, access, limits }: EventInfo): string {
  const who = access === undefined || access === "anyone" ? "" : ` For: ${access}.`;
  return `${summary}${who}${limits && limits.length > 0 ? ` Limit: ${limits.join(" and ")}.` : ""}`;
}
