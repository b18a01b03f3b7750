import { useId, useState } from "preact/hooks";
import { sentenceOf } from "../desk/calls";
import { useDesk } from "../desk/desk";

type Way = "password" | "token";

/** The two ways in: an admin's account, or the token that the server prints at its start. */
export function SignInForm({ onCancel }: { onCancel?: () => void }) {
  const { signedIn } = useDesk();
  const [way, setWay] = useState<Way>("password");
  const [trouble, setTrouble] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const id = useId();

  const submit = async (event: Event) => {
    event.preventDefault();
    const filled = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(filled.get(name) ?? "");
    setBusy(true);
    setTrouble(undefined);
    try {
      await signedIn.signIn(
        way === "token" ? { token: text("token").trim() } : { login: text("login"), password: text("password") },
      );
    } catch (error) {
      setTrouble(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <fieldset class="segments">
        <legend class="unseen">How</legend>
        <Segment name={id} way="password" title="Account" chosen={way} onChoose={setWay} />
        <Segment name={id} way="token" title="Console token" chosen={way} onChoose={setWay} />
      </fieldset>
      {way === "password" ? (
        <>
          <div class="field">
            <label for={`${id}-login`}>Email or name</label>
            <input id={`${id}-login`} name="login" autocomplete="username" required />
          </div>
          <div class="field">
            <label for={`${id}-password`}>Password</label>
            <input id={`${id}-password`} name="password" type="password" autocomplete="current-password" required />
          </div>
        </>
      ) : (
        <div class="field">
          <label for={`${id}-token`}>Console token</label>
          <input
            id={`${id}-token`}
            name="token"
            type="password"
            autocomplete="off"
            required
            aria-describedby={`${id}-hint`}
          />
          <p id={`${id}-hint`} class="hint">
            The server prints it at its start, as the end of the console's address.
          </p>
        </div>
      )}
      {trouble && (
        <p class="form-trouble" role="alert">
          {trouble}
        </p>
      )}
      <footer class="dialog-foot">
        {onCancel && (
          <button type="button" class="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" class="button primary" disabled={isBusy}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
      </footer>
    </form>
  );
}

interface SegmentProps {
  readonly name: string;
  readonly way: Way;
  readonly title: string;
  readonly chosen: Way;
  readonly onChoose: (way: Way) => void;
}

function Segment({ name, way, title, chosen, onChoose }: SegmentProps) {
  return (
    <label>
      <input type="radio" name={name} checked={way === chosen} onChange={() => onChoose(way)} />
      <span>{title}</span>
    </label>
  );
}
