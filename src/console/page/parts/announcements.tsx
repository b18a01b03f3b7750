import { useDesk } from "../desk/desk";
import { useSource } from "../desk/source";
import { Icon } from "./icon";

/** What has just been done, read out and shown for a while. */
export function Announcements() {
  const { toasts } = useDesk();
  const shown = useSource(toasts.shown);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.key} class="toast" data-tone={toast.tone}>
          <Icon name={toast.tone === "good" ? "done" : "warn"} />
          <span>{toast.text}</span>
          <button type="button" class="button quiet square" aria-label="Dismiss" onClick={() => toasts.dismiss(toast)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
