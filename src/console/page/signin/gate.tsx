import { useEffect } from "preact/hooks";
import type { Session } from "../../wire";
import { useDesk } from "../desk/desk";
import { useSource } from "../desk/source";
import { Loading, Notice } from "../parts/notice";
import { ThemeSwitch } from "../parts/theme";
import { SignInForm } from "./form";

const AGAIN_MS = 3_000;

/** In place of everything, while the server has not said that this page may read. */
export function Gate({ session }: { session: Session | undefined }) {
  const { signedIn } = useDesk();
  const trouble = useSource(signedIn.trouble);
  useEffect(() => {
    if (trouble === undefined) return;
    const timer = setInterval(() => void signedIn.refresh(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [trouble, signedIn]);
  return (
    <main class="gate">
      <div class="gate-theme">
        <ThemeSwitch />
      </div>
      {session ? (
        <div class="card gate-card">
          <h1>Headend console</h1>
          <p class="muted">What is here is for admins.</p>
          <SignInForm />
        </div>
      ) : trouble ? (
        <div class="card gate-card">
          <h1>Headend console</h1>
          <Notice title={trouble} tone="bad">
            Trying again every few seconds.
          </Notice>
        </div>
      ) : (
        <>
          <h1 class="unseen">Headend console</h1>
          <Loading what="Opening…" />
        </>
      )}
    </main>
  );
}
