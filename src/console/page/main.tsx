import { render } from "preact";
import { App } from "./app";
import { DeskContext, openDesk } from "./desk/desk";
import { tokenIn } from "./desk/session";

const desk = openDesk();
const token = tokenIn(location.hash);
// Out of the address bar and the history before anything else: it opens the console to whoever reads it.
if (token !== undefined) history.replaceState(null, "", location.pathname);

const root = document.createElement("div");
root.className = "root";
document.body.append(root);
render(
  <DeskContext.Provider value={desk}>
    <App />
  </DeskContext.Provider>,
  root,
);

desk.clock.start();
if (token !== undefined) {
  await desk.signedIn.signIn({ token }).then(
    () => desk.toasts.say("You are signed in with the console's token."),
    () => desk.toasts.say("The token of this address is not the console's token any more.", "bad"),
  );
}
await desk.signedIn.refresh();
