import { useDesk } from "../desk/desk";
import { Dialog } from "../parts/dialog";
import { SignInForm } from "./form";

/** Asked for when something is to be changed and nobody is signed in. */
export function SignInDialog() {
  const { signedIn } = useDesk();
  return (
    <Dialog title="Sign in" about="Changes need an admin, or the console's token." onClose={() => signedIn.dismiss()}>
      <SignInForm onCancel={() => signedIn.dismiss()} />
    </Dialog>
  );
}
