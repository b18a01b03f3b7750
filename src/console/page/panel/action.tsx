import { useState } from "preact/hooks";
import type { Action, Row } from "../../../panel";
import type { Done } from "../../wire";
import { CallFailed, sentenceOf } from "../desk/calls";
import { useDesk } from "../desk/desk";
import { Dialog } from "../parts/dialog";
import { FieldInput } from "./fields";
import { Outcome } from "./outcome";
import { findSecret, type Told } from "./secret";

interface ActionProps {
  /** Where to: `/panels/live/streams`. */
  readonly path: string;
  readonly action: Action;
  /** Of the row; "" for an action without one. */
  readonly id: string;
  /** What the operator knows the row by. */
  readonly name: string;
  readonly row: Row | undefined;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks what an action needs, asks again where it cannot be undone, does it and says what has been done. */
export function ActionDialog({ path, action, id, name, row, onDone, onClose }: ActionProps) {
  const { calls, toasts } = useDesk();
  const [values, setValues] = useState(() =>
    Object.fromEntries(action.fields.map((field) => [field.name, field.initial ?? ""])),
  );
  const [isSure, setSure] = useState(action.fields.length === 0);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<{ text: string; field?: string | undefined }>();
  const [told, setTold] = useState<Told>();

  const perform = async () => {
    setBusy(true);
    setTrouble(undefined);
    try {
      const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
      const done = await calls.post<Done>(path, { action: action.name, id, fields: filled });
      onDone();
      const told = findSecret(done.message, [...Object.values(row ?? {}), ...Object.values(values)]);
      if (told.secret !== undefined) return setTold(told);
      onClose();
      toasts.say(done.message);
    } catch (error) {
      setTrouble({ text: sentenceOf(error), field: error instanceof CallFailed ? error.field : undefined });
      setSure(action.fields.length === 0);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    if (action.isDangerous && !isSure) setSure(true);
    else void perform();
  };

  const title = id === "" ? action.title : `${action.title}: ${name}`;
  if (told) return <Outcome title={title} told={told} onClose={onClose} />;

  const isConfirming = Boolean(action.isDangerous) && isSure;
  const field = action.fields.find((each) => each.name === trouble?.field);
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        {isConfirming ? (
          <Confirmation action={action} name={name} values={values} />
        ) : (
          action.fields.map((each, at) => (
            <FieldInput
              key={each.name}
              field={each}
              value={values[each.name] ?? ""}
              trouble={each === field ? trouble?.text : undefined}
              isFirst={at === 0}
              onChange={(value) => setValues((last) => ({ ...last, [each.name]: value }))}
            />
          ))
        )}
        {!isConfirming && action.fields.length === 0 && <p>This is done to “{name}”.</p>}
        {trouble && !(field && !isConfirming) && (
          <p class="form-trouble" role="alert">
            {trouble.text}
          </p>
        )}
        <footer class="dialog-foot">
          <button
            type="button"
            class="button"
            onClick={isConfirming && action.fields.length > 0 ? () => setSure(false) : onClose}
          >
            {isConfirming && action.fields.length > 0 ? "Back" : "Cancel"}
          </button>
          <button
            key={isConfirming ? "sure" : "first"}
            type="submit"
            class={`button ${action.isDangerous ? "danger" : "primary"}`}
            disabled={isBusy}
          >
            {isBusy ? "Working…" : isConfirming ? `Yes, ${action.title.toLowerCase()}` : action.title}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ConfirmationProps {
  readonly action: Action;
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

function Confirmation({ action, name, values }: ConfirmationProps) {
  const filled = action.fields.filter((field) => values[field.name] !== "" && field.kind !== "password");
  return (
    <div role="alert">
      <p>
        <strong>
          {action.title}
          {name !== "" && ` “${name}”`}? This cannot be undone.
        </strong>
      </p>
      {filled.length > 0 && (
        <dl class="facts">
          {filled.map((field) => (
            <div key={field.name}>
              <dt>{field.title}</dt>
              <dd>{values[field.name]}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
