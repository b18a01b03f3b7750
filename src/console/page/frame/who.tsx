import { useDesk } from "../desk/desk";
import { useSource } from "../desk/source";
import { Icon } from "../parts/icon";

/** Who is here, and the way in or out. */
export function Who() {
  const { signedIn } = useDesk();
  const session = useSource(signedIn.session);
  if (!session) return null;
  if (session.userId === null) {
    return (
      <button type="button" class="button small" onClick={() => void signedIn.ask()}>
        <Icon name="person" />
        Sign in
      </button>
    );
  }
  const name = session.name ?? session.userId;
  return (
    <span class="who">
      <span class="who-name" title={`Signed in as ${name}`}>
        {name}
      </span>
      <button
        type="button"
        class="button quiet square"
        title="Sign out"
        aria-label="Sign out"
        onClick={() => void signedIn.signOut()}
      >
        <Icon name="out" />
      </button>
    </span>
  );
}
